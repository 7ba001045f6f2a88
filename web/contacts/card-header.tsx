import { ActionIcon, Alert, Anchor, Avatar, Group, Menu, Stack, Text, Title } from '@mantine/core'
import { IconArrowsJoin2, IconDots, IconMailOff, IconTrash } from '@tabler/icons-react'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { useQueryClient } from '@tanstack/react-query'
import type { ContactCard } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { useFormat } from '../ui/format.ts'
import { MergeDialog } from './merge-dialog.tsx'

export function CardHeader({ card }: { card: ContactCard }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const may = useMay('contacts')
  const navigate = useNavigate()
  const client = useQueryClient()
  const [merging, { open: openMerge, close: closeMerge }] = useDisclosure(false)
  const erase = () => confirmDelete({
    title: t('erase.title', { name: card.name }),
    text: t('erase.text'),
    confirm: t('erase.button'),
    onConfirm: async () => {
      await api.delete(`/contacts/${card.id}`)
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('erase.done'))
      void navigate('/contacts')
    },
  })
  return (
    <>
      <PageHeader
        title={card.name} back={{ to: '/contacts', label: t('title') }}
        heading={(
          <Group gap="md" wrap="nowrap">
            <Avatar size={52} name={card.name} color="initials" aria-hidden />
            <Stack gap={0} miw={0}>
              <Title order={1} style={{ overflowWrap: 'anywhere' }}>{card.name}</Title>
              <Group gap="sm">
                {card.email !== null && card.email !== card.name && <Anchor size="sm" href={`mailto:${card.email}`}>{card.email}</Anchor>}
                {card.phone !== null && <Anchor size="sm" href={`tel:${card.phone}`}>{card.phone}</Anchor>}
                {card.company !== null && <Text size="sm" c="dimmed">{card.job_title !== null && <>{card.job_title} · </>}<Anchor component={Link} to={`/companies/${card.company.id}`} inherit>{card.company.name}</Anchor></Text>}
              </Group>
            </Stack>
          </Group>
        )}
        actions={may && (
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="default" size={34} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconArrowsJoin2 size={16} stroke={1.7} />} onClick={openMerge}>{t('merge.menu')}</Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.7} />} onClick={erase}>{t('erase.menu')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      />
      <MergeDialog keep={card.id} opened={merging} onClose={closeMerge} />
      {card.suppression !== null && (
        <Alert color="amber" icon={<IconMailOff size={18} />} mb="md">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t(`suppressed.${card.suppression.reason}`, { since: format.day(card.suppression.since), defaultValue: t('suppressed.manual', { since: format.day(card.suppression.since) }) })}</Text>
            {card.suppression.detail !== '' && <Text size="xs" c="dimmed">{card.suppression.detail}</Text>}
          </Group>
        </Alert>
      )}
    </>
  )
}
