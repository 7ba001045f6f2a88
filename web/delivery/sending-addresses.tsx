import { useState } from 'react'
import { Button, Group, Paper, Stack, TagsInput, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ReputationSettings } from '../../shared/reputation.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { reputationSettingsKey } from './sending-key.ts'

/** From which addresses mails leave, where the name of the server does not say. */
export function SendingAddresses() {
  const { t } = useTranslation('domains')
  const { user } = useSession()
  const client = useQueryClient()
  const found = useQuery({ queryKey: reputationSettingsKey, queryFn: ({ signal }) => api.get<ReputationSettings>('/reputation/settings', { signal }) })
  const [typed, setTyped] = useState<string[] | null>(null)
  const kept = found.data?.sending_addresses ?? []
  const save = useMutation({
    mutationFn: () => api.patch<ReputationSettings>('/reputation/settings', { sending_addresses: typed ?? kept }),
    onSuccess: (saved) => {
      client.setQueryData(reputationSettingsKey, saved)
      setTyped(null)
      notifyDone(t('app:saved'))
    },
  })
  return (
    <Paper p="md">
      <Stack gap="xs">
        <Title order={2} size="h4">{t('addresses')}</Title>
        <Text size="sm" c="dimmed">{t('addresses_text')}</Text>
        <Group align="flex-start" gap="xs">
          <TagsInput aria-label={t('addresses')} placeholder="203.0.113.7" value={typed ?? kept} onChange={setTyped} disabled={user.role !== 'administrator'} maxTags={50} flex="1 1 240px" maw={520} />
          {user.role === 'administrator' && <Button variant="light" disabled={typed === null} loading={save.isPending} onClick={() => save.mutate()}>{t('app:save')}</Button>}
        </Group>
        <ErrorNotice error={save.error} />
      </Stack>
    </Paper>
  )
}
