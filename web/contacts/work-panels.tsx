import { Group, Select, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import { leadStatus } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { cardKey } from './card-query.ts'
import { Panel } from './panel.tsx'

export function LeadsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: ({ id, status }: { id: number, status: string }) => api.patch(`/leads/${id}`, { status }),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: cardKey(card.id) }), client.invalidateQueries({ queryKey: ['list'] })]),
    onError: notifyError,
  })
  if (card.leads.length === 0) return null
  return (
    <Panel title={t('title')}>
      <Stack gap={10}>
        {card.leads.map(lead => (
          <Group key={lead.id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Text size="sm" truncate>{lead.source_label}</Text>
              <Text size="xs" c="dimmed"><TimeAgo time={lead.created_at} />{lead.owner !== null && <> · {lead.owner.name}</>}</Text>
            </Stack>
            <Select
              size="xs" w={130} flex="none" aria-label={t('status')} disabled={!may} value={lead.status} allowDeselect={false}
              data={leadStatus.options.map(status => ({ value: status, label: t(`statuses.${status}`) }))} onChange={status => status !== null && change.mutate({ id: lead.id, status })}
            />
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}
