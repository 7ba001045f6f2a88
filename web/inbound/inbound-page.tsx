import { useState } from 'react'
import { Alert, Badge, Button, Group, Select, Tabs, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconInbox, IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { inboundOutcome, type InboundCounts, type InboundMail, type InboundOutcome } from '../../shared/inbound.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { Complaints } from './complaints.tsx'
import { WholeMail } from './whole-mail.tsx'

const colours: Record<InboundOutcome, string> = {
  bounced_hard: 'orange', bounced_soft: 'amber', blocked: 'red', delayed: 'gray', complained: 'red', report_noted: 'gray', dmarc_report: 'gray', auto_replied: 'gray', unsubscribed: 'amber', replied: 'pine',
  unproven: 'gray', stranger: 'gray', own: 'gray', nothing_of_ours: 'gray',
}

/** What came in: every mail with what it was taken for and what came of it; and complaints. */
export function Page() {
  const { t } = useTranslation('inbound')
  const [params, setParams] = useSearchParams()
  const tab = params.get('tab') === 'complaints' ? 'complaints' : 'mails'
  return (
    <>
      <PageHeader title={t('page.title')} subtitle={t('page.subtitle')} />
      <Tabs value={tab} onChange={value => setParams(value === 'complaints' ? { tab: 'complaints' } : {})} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="mails">{t('page.mails')}</Tabs.Tab>
          <Tabs.Tab value="complaints">{t('page.complaints')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="mails"><Mails /></Tabs.Panel>
        <Tabs.Panel value="complaints"><Complaints /></Tabs.Panel>
      </Tabs>
    </>
  )
}

function Mails() {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const administers = useMay('administer')
  const [outcome, setOutcome] = useState<string | null>(null)
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const [open, setOpen] = useState<number | null>(null)
  const counts = useQuery({ queryKey: ['inbound-counts'], queryFn: ({ signal }) => api.get<InboundCounts>('/inbound-mails/counts', { signal }) })
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: ['list'] }), client.invalidateQueries({ queryKey: ['inbound-counts'] })])
  useLive(['inbound'], () => void refresh())
  const retry = useMutation({ mutationFn: () => api.post('/inbound-mails/retrials'), onSuccess: refresh, onError: notifyError })
  const columns: Column<InboundMail>[] = [
    { key: 'from', label: t('columns.from'), fixed: true, render: row => <><Text size="sm" truncate>{row.from.name || row.from.email || t('columns.nobody')}</Text><Text size="xs" c="dimmed" truncate>{row.subject || t('no_subject')}</Text></> },
    { key: 'outcome', label: t('columns.outcome'), render: row => row.state === 'done' && row.outcome !== null ? <Badge color={colours[row.outcome]}>{t(`outcomes.${row.outcome}`)}</Badge> : <Badge color={row.state === 'failed' ? 'red' : 'gray'}>{t(`states.${row.state}`)}</Badge> },
    { key: 'text', label: t('columns.text'), render: row => <Text size="sm" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{row.kind === 'human' || row.kind === 'auto_reply' ? row.text : row.error ?? row.detail}</Text> },
    { key: 'way', label: t('columns.way'), hidden: true, render: row => <Text size="sm">{row.mailbox ?? t('columns.server')}</Text> },
    { key: 'received', label: t('columns.received'), render: row => <TimeAgo time={row.received_at} size="sm" /> },
  ]
  const label = (value: InboundOutcome) => `${t(`outcomes.${value}`)}${(counts.data?.outcomes[value] ?? 0) > 0 ? ` · ${counts.data?.outcomes[value]}` : ''}`
  return (
    <>
      {(counts.data?.failed ?? 0) > 0 && <Alert color="red" variant="light" mb="md">{t('failed', { count: counts.data?.failed ?? 0 })} {administers && <Button size="compact-xs" variant="subtle" loading={retry.isPending} onClick={() => retry.mutate()}>{t('retry')}</Button>}</Alert>}
      <DataList<InboundMail>
        name="inbound-mails" path={withQuery('/inbound-mails', { outcome, search })} columns={columns} rowKey={row => row.id} onRow={row => setOpen(row.id)} minWidth={760}
        toolbar={(
          <Group gap="xs" flex={1}>
            <TextInput w={{ base: '100%', xs: 260 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />
            <Select w={{ base: '100%', xs: 280 }} clearable placeholder={t('any_outcome')} aria-label={t('columns.outcome')} value={outcome} onChange={setOutcome} data={inboundOutcome.options.map(value => ({ value, label: label(value) }))} />
          </Group>
        )}
        empty={outcome !== null || search !== '' ? <EmptyState icon={IconSearch} title={t('nothing_found')} /> : <EmptyState icon={IconInbox} title={t('empty')} text={t(administers ? 'empty_text_administrator' : 'empty_text')} />}
      />
      <WholeMail id={open} onClose={() => setOpen(null)} />
    </>
  )
}
