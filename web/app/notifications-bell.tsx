import { ActionIcon, Box, Button, Group, Indicator, Popover, ScrollArea, Stack, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBell } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { TimeAgo } from '../ui/time-ago.tsx'
import { api } from './api.ts'
import type { Notification } from '../../shared/activities.ts'
import type { Page } from './api.ts'
import { useLive } from './live.ts'
import { useSession } from './session.tsx'

export function NotificationsBell() {
  const { t } = useTranslation()
  const { user } = useSession()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [opened, { close, toggle }] = useDisclosure(false)
  const list = useQuery({ queryKey: ['notifications'], queryFn: () => api.get<Page<Notification> & { unread: number }>('/notifications'), refetchInterval: 60_000 })
  useLive([`user:${user.id}`], () => void client.invalidateQueries({ queryKey: ['notifications'] }))
  const read = useMutation({
    mutationFn: () => api.post('/notifications/reading', {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ['notifications'] }),
  })
  const items = list.data?.data ?? []
  const unread = list.data?.unread ?? 0

  const open = (item: Notification) => {
    close()
    if (item.link !== '') void navigate(item.link)
  }

  return (
    <Popover opened={opened} onChange={(value) => { if (!value) close() }} position="bottom-end" width={340} shadow="md">
      <Indicator disabled={unread === 0} color="amber.4" size={9} offset={6} withBorder>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size={36} onClick={toggle} aria-label={t('notifications.open', { count: unread })}>
            <IconBell size={19} stroke={1.7} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0}>
        <Group justify="space-between" px="md" py="xs">
          <Text fw={600} size="sm">{t('notifications.title')}</Text>
          {unread > 0 && <Button variant="subtle" size="compact-xs" loading={read.isPending} onClick={() => read.mutate()}>{t('notifications.read_all')}</Button>}
        </Group>
        {items.length === 0
          ? <Text size="sm" c="dimmed" px="md" pb="md">{t('notifications.none')}</Text>
          : (
              <ScrollArea.Autosize mah={420}>
                <Stack gap={0} pb="xs">
                  {items.map(item => (
                    <UnstyledButton key={item.id} px="md" py={8} onClick={() => open(item)}>
                      <Group gap="xs" wrap="nowrap" align="flex-start">
                        <Box w={7} h={7} mt={7} bdrs="xl" bg={item.read_at === null ? 'amber.4' : 'transparent'} flex="none" />
                        <Stack gap={0}>
                          <Text size="sm" fw={item.read_at === null ? 600 : 400}>{item.title}</Text>
                          {item.body !== '' && <Text size="xs" c="dimmed" lineClamp={2}>{item.body}</Text>}
                          <TimeAgo time={item.created_at} size="xs" c="dimmed" />
                        </Stack>
                      </Group>
                    </UnstyledButton>
                  ))}
                </Stack>
              </ScrollArea.Autosize>
            )}
      </Popover.Dropdown>
    </Popover>
  )
}
