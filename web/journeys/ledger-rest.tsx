import { useState } from 'react'
import { Button, Checkbox, Group, Select, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { JourneyRest, LedgerNumbers } from '../../shared/messages.ts'
import { api, withQuery } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ledgerKey } from '../messages/ledger.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'

const parts = ['allowed_now', 'failed', 'unknown'] as const

/** What of a journey's mails can be sent after all: chosen by kind and by how long ago it was meant to leave. */
export function LedgerRest({ journeyId, step, counts }: { journeyId: number, step: string | null, counts: LedgerNumbers }) {
  const { t } = useTranslation('journeys')
  const client = useQueryClient()
  const may = useMay('marketing')
  const [days, setDays] = useState('7')
  const [chosen, setChosen] = useState({ allowed_now: true, failed: false, unknown: false })
  const base = `/journeys/${journeyId}`
  const found = useQuery({ queryKey: [...ledgerKey(base), 'rest', step, days, counts], queryFn: ({ signal }) => api.get<JourneyRest>(withQuery(`${base}/rest`, { step, days }), { signal }), placeholderData: previous => previous, enabled: counts.skipped + counts.failed + counts.unknown > 0 })
  const send = useMutation({
    mutationFn: () => api.post<{ sent_again: number }>(`${base}/rest`, { ...step === null ? {} : { step }, days: Number(days), ...chosen }),
    onSuccess: ({ sent_again }) => {
      notifyDone(t('ledger.sent_again', { count: sent_again }))
      void client.invalidateQueries({ queryKey: ledgerKey(base) })
      void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`${base}/messages`) })
    },
  })
  if (!may || !found.data) return null
  const rest = found.data
  const total = parts.reduce((sum, part) => sum + (chosen[part] ? rest[part] : 0), 0)
  return (
    <Stack gap="xs" mt="xs">
      <Group gap="sm" align="flex-end">
        <Text fw={600} size="sm">{t('ledger.rest')}</Text>
        <Select size="xs" w={220} allowDeselect={false} aria-label={t('ledger.rest_since')} value={days} onChange={value => setDays(value ?? '7')} data={['1', '7', '30', '90'].map(value => ({ value, label: t('ledger.rest_days', { count: Number(value) }) }))} />
      </Group>
      {parts.every(part => rest[part] === 0) && <Text size="sm" c="dimmed">{t('ledger.rest_none')}</Text>}
      {parts.filter(part => rest[part] > 0).map(part => (
        <Checkbox key={part} label={t(`ledger.rest_${part}`, { count: rest[part] })} checked={chosen[part]} onChange={event => setChosen({ ...chosen, [part]: event.currentTarget.checked })} {...part === 'unknown' ? { description: t('ledger.rest_unknown_hint') } : {}} />
      ))}
      <ErrorNotice error={send.error} />
      {parts.some(part => rest[part] > 0) && <Group><Button variant="light" disabled={total === 0} loading={send.isPending} onClick={() => send.mutate()}>{t('ledger.send_again', { count: total })}</Button></Group>}
    </Stack>
  )
}
