import { useState, type ReactNode } from 'react'
import { Anchor, Select, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core'
import { IconClockCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { ReactionFigures, ReactionReport } from '../../shared/reactions.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Figures } from '../ui/figures.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { useDuration } from './reaction-mark.tsx'

const spans = [7, 30, 90, 365] as const

/** How fast leads are answered; each number opens the leads behind it. */
export function Page() {
  const { t } = useTranslation('reactions')
  const { company } = useSession()
  const [params, setParams] = useSearchParams()
  const [today] = useState(() => new Date())
  const days = spans.find(each => String(each) === params.get('days')) ?? 30
  const day = (back: number) => new Intl.DateTimeFormat('en-CA', { timeZone: company.time_zone }).format(new Date(today.getTime() - back * 86_400_000))
  const query = { from: day(days - 1), to: day(0) }
  const report = useQuery({ queryKey: ['leads', 'reactions', query], queryFn: ({ signal }) => api.get<ReactionReport>(withQuery('/reports/reactions', query), { signal }), placeholderData: before => before })
  useLive(['leads'], () => void report.refetch())
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')}
        actions={(
          <Select size="xs" w={170} aria-label={t('time')} allowDeselect={false} value={String(days)} onChange={value => setParams({ days: value ?? '30' }, { replace: true })} data={spans.map(each => ({ value: String(each), label: t('last_days', { count: each }) }))} />
        )}
      />
      {report.isError && <ErrorNotice error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton height={320} radius="md" />}
      {report.data && <Report report={report.data} />}
    </>
  )
}

type OpenLeads = (asked: Record<string, string>) => string

function Report({ report }: { report: ReactionReport }) {
  const { t } = useTranslation('reactions')
  const { t: words } = useTranslation('leads')
  const format = useFormat()
  const duration = useDuration()
  const { totals } = report
  const leads: OpenLeads = asked => withQuery('/leads', { status: 'all', from: report.from, to: report.to, ...asked })
  if (totals.leads === 0) return <EmptyState icon={IconClockCheck} title={t('empty_title')} text={t('empty_text')} />
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
        <StatNumber label={t('leads')} value={format.number(totals.leads)} to={leads({})} />
        <StatNumber label={t('median')} value={totals.median_seconds === null ? '–' : duration(totals.median_seconds)} hint={t('median_hint')} to={leads({ reaction: 'answered' })} />
        <StatNumber label={t('within')} value={totals.share_within === null ? '–' : format.percent(totals.share_within, 0)} hint={format.number(totals.within)} to={leads({ reaction: 'within' })} />
        <StatNumber label={t('late')} value={format.number(totals.late)} to={leads({ reaction: 'late' })} />
        <StatNumber label={t('waiting')} value={format.number(totals.waiting)} to={leads({ reaction: 'waiting' })} />
        <StatNumber label={t('overdue_of_them')} value={format.number(totals.overdue)} to={leads({ reaction: 'overdue' })} />
      </SimpleGrid>
      <Answers title={t('by_owner')} name={t('owner')} leads={leads} rows={report.owners.map(row => ({ ...row, key: String(row.owner?.id), name: row.owner?.name ?? words('nobodys'), asked: { owner: row.owner === null ? 'nobody' : String(row.owner.id) } }))} />
      <Answers title={t('by_source')} name={t('source')} leads={leads} rows={report.sources.map(row => ({ ...row, key: row.source, name: words(`sources.${row.source}`), asked: { source: row.source } }))} />
      <Answers title={t('by_hour')} name={t('hour')} hint={t('by_hour_hint')} leads={leads} rows={report.hours.map(row => ({ ...row, key: String(row.hour), name: `${String(row.hour).padStart(2, '0')}:00`, asked: { hour: String(row.hour) } }))} />
    </Stack>
  )
}

type Row = ReactionFigures & { key: string, name: string, asked: Record<string, string> }

function Answers({ title, hint, name, leads, rows }: { title: string, hint?: string, /** what the rows are */ name: string, leads: OpenLeads, rows: Row[] }) {
  const { t } = useTranslation('reactions')
  const format = useFormat()
  const duration = useDuration()
  const number = (value: number, to: string): ReactNode => value === 0 ? <Text span inherit c="dimmed">0</Text> : <Anchor component={Link} inherit to={to}>{format.number(value)}</Anchor>
  return (
    <Figures
      title={title} {...(hint === undefined ? {} : { hint })} heads={[name, t('leads'), t('median'), t('within'), t('late'), t('waiting'), t('overdue_short')]}
      rows={rows.map(row => ({
        key: row.key, cells: [
          row.name, number(row.leads, leads(row.asked)), row.median_seconds === null ? '–' : duration(row.median_seconds),
          row.share_within === null ? '–' : <Anchor component={Link} inherit to={leads({ ...row.asked, reaction: 'within' })}>{format.percent(row.share_within, 0)}</Anchor>,
          ...(['late', 'waiting', 'overdue'] as const).map(reaction => number(row[reaction], leads({ ...row.asked, reaction }))),
        ],
      }))}
    />
  )
}
