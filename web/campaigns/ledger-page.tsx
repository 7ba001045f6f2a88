import { useState } from 'react'
import { Alert, Anchor, Badge, Button, Group, Paper, Select, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Campaign, CampaignReport, LedgerEntry, LedgerState } from '../../shared/campaigns.ts'
import { api, apiUrl, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { personName } from '../ui/people-drawer.tsx'
import { useList } from '../ui/use-list.ts'
import { serverWords } from '../ui/server-words.ts'
import { useReasonWords } from './reason-words.ts'
import { Rest } from './report.tsx'
import classes from './campaigns.module.css'

const states: LedgerState[] = ['sent', 'queued', 'sending', 'skipped', 'failed', 'bounced', 'unknown']
const colors: Record<LedgerState, string> = { sent: 'pine', queued: 'amber', sending: 'amber', skipped: 'gray', failed: 'red', bounced: 'red', unknown: 'red' }

/** The ledger: what became of every mail of a campaign, and why. */
export function Page() {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const words = useReasonWords()
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const key = ['campaign', id]
  const campaign = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Campaign>(`/campaigns/${id}`, { signal }) })
  const report = useQuery({ queryKey: ['campaign-report', id, campaign.data?.ledger], enabled: campaign.isSuccess, queryFn: ({ signal }) => api.get<CampaignReport>(`/campaigns/${id}/report`, { signal }), placeholderData: previous => previous })
  useLive([`campaign:${id}`], () => void client.invalidateQueries({ queryKey: key }))
  const [state, setState] = useState<LedgerState | null>(null)
  const [reason, setReason] = useState<string | null>(null)
  const show = (nextState: LedgerState | null, nextReason: string | null = null) => {
    setState(nextState)
    setReason(nextReason)
  }
  const back = { to: `/campaigns/${id}`, label: campaign.data?.name ?? t('title') }
  if (campaign.isError) return <><PageHeader title={t('ledger')} back={back} /><ErrorNotice error={campaign.error} retry={() => void campaign.refetch()} /></>
  if (!campaign.data || !report.data) return <><PageHeader title={t('ledger')} back={back} /><Skeleton height={360} radius="md" /></>
  const { ledger, reasons, waiting } = report.data
  const count: Record<LedgerState, number> = { ...ledger, sent: ledger.sent - ledger.bounced }
  const lines: { state: LedgerState, reason: string, count: number, next_at: string | null, last_at: string | null }[] = [
    ...waiting.map(line => ({ ...line, state: 'queued' as const })),
    ...reasons.map(line => ({ ...line, next_at: null, last_at: null })),
  ]
  return (
    <>
      <PageHeader
        title={t('ledger')} subtitle={t('ledger_text')} back={back}
        actions={<Button variant="default" component="a" href={apiUrl(withQuery(`/campaigns/${id}/ledger.csv`, { ...(state ? { state } : {}), ...(reason ? { reason } : {}) }))} leftSection={<IconDownload size={16} />} disabled={ledger.planned === 0}>{t('download_ledger')}</Button>}
      />
      <Stack gap="md">
        <Paper>
          <SimpleGrid cols={{ base: 2, xs: 4, lg: 8 }} spacing="xs">
            <Count label={t('ledger_all')} value={ledger.planned} chosen={state === null} onClick={() => show(null)} />
            {states.map(each => <Count key={each} label={t(`ledger_states.${each}`)} value={count[each]} chosen={state === each} onClick={() => show(each)} />)}
          </SimpleGrid>
        </Paper>
        {count.unknown > 0 && <Alert color="amber" variant="light" title={t('unknown_title')}>{t('unknown_text')}</Alert>}
        {lines.length > 0 && (
          <Paper>
            <Stack gap="xs">
              <Title order={2} size="h3">{t('ledger_reasons')}</Title>
                <Table highlightOnHover>
                  <Table.Tbody>
                    {lines.map(line => (
                      <Table.Tr key={`${line.state} ${line.reason}`} bg={state === line.state && reason === line.reason ? 'var(--mantine-color-default-hover)' : undefined}>
                        <Table.Td><Group gap="xs"><Badge color={colors[line.state]}>{t(`ledger_states.${line.state}`)}</Badge><Text size="sm">{words(line.reason)}</Text></Group>{line.next_at && line.reason !== 'in_turn' && <Text size="xs" c="dimmed">{line.next_at === line.last_at ? t('waits_until', { time: format.dayAndTime(line.next_at) }) : t('waits_between', { from: format.dayAndTime(line.next_at), to: format.dayAndTime(line.last_at ?? line.next_at) })}</Text>}</Table.Td>
                        <Table.Td ta="right" w={90}><Button variant="subtle" size="compact-sm" onClick={() => show(line.state, line.reason)} aria-label={`${words(line.reason)}: ${format.number(line.count)}`}>{format.number(line.count)}</Button></Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              {campaign.data.state === 'sent' && <Rest campaign={campaign.data} onDone={next => client.setQueryData(key, next)} />}
            </Stack>
          </Paper>
        )}
        <Entries id={id} state={state} reason={reason} onState={next => show(next)} onAll={() => show(null)} />
      </Stack>
    </>
  )
}

function Count({ label, value, chosen, onClick }: { label: string, value: number, chosen: boolean, onClick: () => void }) {
  const format = useFormat()
  return (
    <button type="button" className={classes.count} data-chosen={chosen || undefined} aria-pressed={chosen} onClick={onClick}>
      <Text size="xs" c="dimmed" component="span" display="block">{label}</Text>
      <Text fw={600} component="span" style={{ fontVariantNumeric: 'tabular-nums' }}>{format.number(value)}</Text>
    </button>
  )
}

function Entries({ id, state, reason, onState, onAll }: { id: number, state: LedgerState | null, reason: string | null, onState: (state: LedgerState | null) => void, onAll: () => void }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const words = useReasonWords()
  const list = useList<LedgerEntry>(withQuery(`/campaigns/${id}/messages`, { ...(state ? { state } : {}), ...(reason ? { reason } : {}) }))
  return (
    <Paper>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">{t('ledger_mails')}</Title>
          <Group gap="xs">
            {reason && <Button size="compact-sm" variant="light" onClick={onAll}>{words(reason)} ×</Button>}
            <Select size="xs" w={180} aria-label={t('ledger_state')} placeholder={t('ledger_all')} clearable value={state} onChange={value => onState(value as LedgerState | null)} data={states.map(value => ({ value, label: t(`ledger_states.${value}`) }))} />
          </Group>
        </Group>
        {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Skeleton height={200} />}
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('app:nobody')}</Text>}
        {list.rows.length > 0 && (
          <Table.ScrollContainer minWidth={640}>
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t('ledger_person')}</Table.Th><Table.Th>{t('ledger_state')}</Table.Th><Table.Th>{t('ledger_when')}</Table.Th><Table.Th>{t('ledger_sender')}</Table.Th><Table.Th ta="right">{t('ledger_tries')}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {list.rows.map(row => (
                  <Table.Tr key={row.message_id}>
                    <Table.Td><Anchor component={Link} size="sm" to={`/contacts/${row.contact_id}`}>{personName(row)}</Anchor>{row.email && <Text size="xs" c="dimmed">{row.email}</Text>}</Table.Td>
                    <Table.Td maw={320}>
                      <Badge color={colors[row.state]} size="sm">{t(`ledger_states.${row.state}`)}</Badge>
                      {row.reason && <Text size="sm">{words(row.reason)}</Text>}
                      {row.detail && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{serverWords(row.detail)}</Text>}
                    </Table.Td>
                    <Table.Td><Text size="sm">{row.state === 'queued' ? t('waits_until', { time: format.dayAndTime(row.waits_until ?? row.queued_at) }) : row.sent_at ? format.dayAndTime(row.sent_at) : '—'}</Text></Table.Td>
                    <Table.Td><Text size="sm">{row.sender ?? '—'}</Text>{row.provider && <Text size="xs" c="dimmed">→ {row.provider}</Text>}</Table.Td>
                    <Table.Td ta="right"><Text size="sm">{format.number(row.attempts)}</Text></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Paper>
  )
}
