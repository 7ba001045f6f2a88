import { lazy, Suspense, useState } from 'react'
import { Anchor, Card, Center, Group, Loader, SegmentedControl, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconChartBar } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { OverviewReport, PeriodNumbers, ReportCount, ReportSender } from '../../shared/reports.ts'
import { api, withQuery } from '../app/api.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'

// The charts weigh more than the rest of the page and come after it.
const DaysChart = lazy(() => import('./days-chart.tsx'))

const periods = [7, 30, 90, 365] as const

export function Page() {
  const { t } = useTranslation('reports')
  const [days, setDays] = useState<number>(30)
  // Fixed while the page is open, so that a number and the list behind it speak of the same time.
  const [now] = useState(() => new Date())
  const period = { from: new Date(now.getTime() - days * 86_400_000).toISOString(), to: now.toISOString() }
  const report = useQuery({ queryKey: ['report', days, period.to], queryFn: ({ signal }) => api.get<OverviewReport>(withQuery('/reports/overview', period), { signal }), placeholderData: previous => previous })
  return (
    <>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={<SegmentedControl aria-label={t('period')} value={String(days)} onChange={value => setDays(Number(value))} data={periods.map(value => ({ value: String(value), label: t('last_days', { count: value }) }))} />}
      />
      {report.isError && <ErrorNotice error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton height={320} radius="md" />}
      {report.data && <Report report={report.data} period={period} />}
    </>
  )
}

function Report({ report, period }: { report: OverviewReport, period: { from: string, to: string } }) {
  const { t } = useTranslation('reports')
  const format = useFormat()
  const { totals, before } = report
  const people = (what: ReportCount): string => withQuery('/reports/people', { ...period, what })
  const rate = (part: number, whole: number): string => whole === 0 ? '–' : format.percent(part / whole)
  if (Object.values(totals).every(value => value === 0) && Object.values(before).every(value => value === 0)) {
    return <EmptyState icon={IconChartBar} title={t('empty_title')} text={t('empty_text')} />
  }
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="xs">
        <StatNumber label={t('revenue')} value={format.money(totals.revenue, report.currency)} hint={<Change now={totals} before={before} of="revenue" />} people={people('orders')} />
        <StatNumber label={t('attributed_revenue')} value={format.money(totals.attributed_revenue, report.currency)} hint={t('of_all_revenue', { share: rate(totals.attributed_revenue, totals.revenue) })} people={people('attributed_orders')} />
        <StatNumber label={t('orders')} value={format.number(totals.orders)} hint={<Change now={totals} before={before} of="orders" />} people={people('orders')} />
        <StatNumber label={t('new_contacts')} value={format.number(totals.new_contacts)} hint={<Change now={totals} before={before} of="new_contacts" />} people={people('new_contacts')} />
        <StatNumber label={t('leads')} value={format.number(totals.leads)} hint={<Change now={totals} before={before} of="leads" />} people={people('leads')} />
        <StatNumber label={t('delivered')} value={format.number(totals.delivered)} hint={t('of_sent', { sent: format.number(totals.sent) })} people={people('delivered')} />
        <StatNumber label={t('opened')} value={rate(totals.opened, totals.delivered)} hint={t('with_machines', { rate: rate(totals.opened_with_machines, totals.delivered) })} people={people('opened')} />
        <StatNumber label={t('clicked')} value={rate(totals.clicked, totals.delivered)} hint={t('with_machines', { rate: rate(totals.clicked_with_machines, totals.delivered) })} people={people('clicked')} />
        <StatNumber label={t('unsubscribed')} value={format.number(totals.unsubscribed)} hint={rate(totals.unsubscribed, totals.delivered)} people={people('unsubscribed')} />
        <StatNumber label={t('bounced')} value={format.number(totals.bounced)} hint={rate(totals.bounced, totals.sent)} people={people('bounced')} />
      </SimpleGrid>
      <Card withBorder padding="md">
        <Suspense fallback={<Center h={280}><Loader type="dots" /></Center>}><DaysChart report={report} /></Suspense>
      </Card>
      <Senders senders={report.senders} currency={report.currency} rate={rate} />
    </Stack>
  )
}

function Change({ now, before, of }: { now: PeriodNumbers, before: PeriodNumbers, of: keyof PeriodNumbers }) {
  const { t } = useTranslation('reports')
  const format = useFormat()
  if (before[of] === 0) return <>{t('nothing_before')}</>
  const change = now[of] / before[of] - 1
  return <>{t('against_before', { change: `${change >= 0 ? '+' : '−'}${format.percent(Math.abs(change), 0)}` })}</>
}

function Senders({ senders, currency, rate }: { senders: ReportSender[], currency: string, rate: (part: number, whole: number) => string }) {
  const { t } = useTranslation('reports')
  const format = useFormat()
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">{t('senders')}</Title>
      {senders.length === 0 && <Text c="dimmed" size="sm">{t('no_senders')}</Text>}
      {senders.length > 0 && (
        <Table.ScrollContainer minWidth={760}>
          <Table verticalSpacing="xs" highlightOnHover style={{ fontVariantNumeric: 'tabular-nums' }}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('name')}</Table.Th>
                {(['sent', 'opened', 'clicked', 'unsubscribed', 'orders', 'revenue'] as const).map(column => <Table.Th key={column} ta="right">{t(column)}</Table.Th>)}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {senders.map(sender => (
                <Table.Tr key={`${sender.kind}-${sender.id}`}>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap">
                      <Anchor component={Link} to={sender.kind === 'campaign' ? `/campaigns/${sender.id}` : `/journeys/${sender.id}`} size="sm" fw={500}>{sender.name}</Anchor>
                      <Text size="xs" c="dimmed">{t(sender.kind)}</Text>
                    </Group>
                  </Table.Td>
                  <Table.Td ta="right">{format.number(sender.sent)}</Table.Td>
                  <Table.Td ta="right">{rate(sender.opened, sender.delivered)}</Table.Td>
                  <Table.Td ta="right">{rate(sender.clicked, sender.delivered)}</Table.Td>
                  <Table.Td ta="right">{format.number(sender.unsubscribed)}</Table.Td>
                  <Table.Td ta="right">{format.number(sender.orders)}</Table.Td>
                  <Table.Td ta="right">{format.money(sender.revenue, currency)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  )
}
