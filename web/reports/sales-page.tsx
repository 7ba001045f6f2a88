import { useState } from 'react'
import { Anchor, Group, Select, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core'
import { IconReportMoney } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { SalesReport } from '../../shared/sales-report.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useSession } from '../app/session.tsx'
import { usePipelines } from '../deals/use-pipelines.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { Conversion, Ended, Forecast, Reasons } from './sales-tables.tsx'

/** Deals that were won and lost and those that are expected; each number opens the deals behind it. */
export function Page() {
  const { t } = useTranslation('sales')
  const { company } = useSession()
  const pipelines = usePipelines()
  const [params, setParams] = useSearchParams()
  const [times] = useState(() => timesOf(company.time_zone))
  const chosen = times.find(time => time.key === params.get('time')) ?? times[0]!
  const [pipeline, currency] = [params.get('pipeline') ?? '', params.get('currency') ?? company.currency]
  const set = (name: string, value: string | null) => setParams((before) => {
    const next = new URLSearchParams(before)
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
    return next
  }, { replace: true })
  const query = { from: chosen.from, to: chosen.to, pipeline, currency }
  const report = useQuery({ queryKey: ['sales', query], queryFn: ({ signal }) => api.get<SalesReport>(withQuery('/reports/sales', Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))), { signal }), placeholderData: before => before })
  useLive(['deals'], () => void report.refetch())
  return (
    <>
      <PageHeader
        title={t('title')} subtitle={t('subtitle')}
        actions={(
          <>
            {pipelines.length > 1 && <Select size="xs" w={170} aria-label={t('pipeline')} placeholder={t('all_pipelines')} clearable value={pipeline === '' ? null : pipeline} onChange={value => set('pipeline', value)} data={pipelines.map(each => ({ value: String(each.id), label: each.name }))} />}
            <Select size="xs" w={170} aria-label={t('time')} allowDeselect={false} value={chosen.key} onChange={value => set('time', value)} data={times.map(time => ({ value: time.key, label: time.kind === 'year' ? t('year', { year: time.year }) : t('quarter', { quarter: time.quarter, year: time.year }) }))} />
          </>
        )}
      />
      {report.isError && <ErrorNotice error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton height={320} radius="md" />}
      {report.data && <Report report={report.data} pipeline={pipeline} setCurrency={value => set('currency', value)} />}
    </>
  )
}

type Time = { key: string, kind: 'quarter' | 'year', quarter: number, year: number, from: string, to: string }

/** This quarter and eleven before it, then the years they lie in, on the company's calendar. */
function timesOf(timeZone: string): Time[] {
  const [year, month] = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' }).format(new Date()).split('-').map(Number) as [number, number]
  const day = (y: number, m: number, d: number) => new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10)
  const latest = year * 4 + Math.floor((month - 1) / 3)
  const quarters = Array.from({ length: 12 }, (_, back): Time => {
    const [y, q] = [Math.floor((latest - back) / 4), (latest - back) % 4]
    return { key: `${y}-Q${q + 1}`, kind: 'quarter', quarter: q + 1, year: y, from: day(y, q * 3, 1), to: day(y, q * 3 + 3, 0) }
  })
  const years = Array.from({ length: 10 }, (_, back): Time => ({ key: String(year - back), kind: 'year', quarter: 0, year: year - back, from: day(year - back, 0, 1), to: day(year - back, 12, 0) }))
  return [...quarters, ...years]
}

function Report({ report, pipeline, setCurrency }: { report: SalesReport, pipeline: string, setCurrency: (currency: string) => void }) {
  const { t } = useTranslation('sales')
  const format = useFormat()
  const { totals, currency } = report
  const deals = (asked: Record<string, string>) => withQuery('/deals', { view: 'list', currency, ...(pipeline === '' ? {} : { pipeline }), ...asked })
  const closed = { closed_from: report.from, closed_to: report.to }
  const others = report.other_currencies.length > 0 && (
    <Group gap="xs">
      <Text size="sm">{t('others')}</Text>
      {report.other_currencies.map(other => <Anchor key={other.currency} component="button" type="button" size="sm" onClick={() => setCurrency(other.currency)}>{t('other', { currency: other.currency, count: other.deals })}</Anchor>)}
    </Group>
  )
  if (totals.won + totals.lost === 0 && report.forecast.length === 0 && report.stages.length === 0) return <Stack>{others}<EmptyState icon={IconReportMoney} title={t('empty_title')} text={t('empty_text')} /></Stack>
  return (
    <Stack gap="lg">
      {others}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
        <StatNumber label={t('won_value')} value={format.money(totals.won_value, currency)} to={deals({ ...closed, state: 'won' })} />
        <StatNumber label={t('won')} value={format.number(totals.won)} to={deals({ ...closed, state: 'won' })} />
        <StatNumber label={t('lost')} value={format.number(totals.lost)} hint={format.money(totals.lost_value, currency)} to={deals({ ...closed, state: 'lost' })} />
        <StatNumber label={t('win_rate')} value={totals.win_rate === null ? '–' : format.percent(totals.win_rate)} hint={t('win_rate_hint')} />
        <StatNumber label={t('days')} value={totals.mean_days_to_win === null ? '–' : format.number(Math.round(totals.mean_days_to_win * 10) / 10)} hint={t('days_hint')} />
      </SimpleGrid>
      <Forecast report={report} deals={deals} />
      <Conversion report={report} deals={deals} />
      {report.periods.length > 1 && <Ended title={t('by_quarter')} of={t('quarter_head')} currency={currency} deals={deals} rows={report.periods.map(row => ({ key: row.period, name: t('quarter', { quarter: row.period.slice(-1), year: row.period.slice(0, 4) }), asked: { closed_from: row.from, closed_to: row.to }, ...row }))} />}
      <Ended title={t('by_owner')} of={t('person')} currency={currency} deals={deals} rows={report.owners.map(row => ({ key: String(row.owner?.id), name: row.owner?.name ?? t('nobody'), asked: { ...closed, owner: row.owner === null ? 'nobody' : String(row.owner.id) }, ...row }))} />
      {report.pipelines.length > 1 && <Ended title={t('by_pipeline')} of={t('pipeline')} currency={currency} deals={deals} rows={report.pipelines.map(row => ({ key: String(row.pipeline.id), name: row.pipeline.name, asked: { ...closed, pipeline: String(row.pipeline.id) }, ...row }))} />}
      <Reasons report={report} deals={deals} />
    </Stack>
  )
}
