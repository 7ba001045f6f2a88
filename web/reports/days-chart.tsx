import '@mantine/charts/styles.css'
import { Group, SegmentedControl, Stack, Title } from '@mantine/core'
import { BarChart, LineChart } from '@mantine/charts'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { OverviewReport } from '../../shared/reports.ts'
import { useFormat } from '../ui/format.ts'

/** Every day of the period has a point, also those on which nothing happened. */
function everyDay(report: OverviewReport): OverviewReport['days'] {
  const known = new Map(report.days.map(day => [day.day, day]))
  const first = report.days[0]?.day ?? report.from.slice(0, 10)
  const days: OverviewReport['days'] = []
  const from = Math.min(Date.parse(report.from.slice(0, 10)), Date.parse(first))
  for (let time = from; time <= Date.parse(report.to); time += 86_400_000) {
    const day = new Date(time).toISOString().slice(0, 10)
    days.push(known.get(day) ?? { day, sent: 0, opened: 0, clicked: 0, orders: 0, revenue: 0, attributed_revenue: 0 })
  }
  return days
}

export default function DaysChart({ report }: { report: OverviewReport }) {
  const { t, i18n } = useTranslation('reports')
  const format = useFormat()
  const [view, setView] = useState<'money' | 'mails'>('money')
  const shortDay = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const data = everyDay(report).map(day => ({ ...day, label: shortDay.format(new Date(day.day)) }))
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={2} size="h4">{t('by_day')}</Title>
        <SegmentedControl size="xs" aria-label={t('by_day')} value={view} onChange={value => setView(value as typeof view)} data={[{ value: 'money', label: t('revenue') }, { value: 'mails', label: t('mails') }]} />
      </Group>
      {view === 'money'
        ? <BarChart h={280} data={data} dataKey="label" type="default" withLegend valueFormatter={value => format.money(value, report.currency)} series={[{ name: 'revenue', label: t('revenue'), color: 'gray.5' }, { name: 'attributed_revenue', label: t('attributed_revenue'), color: 'var(--mantine-primary-color-filled)' }]} />
        : <LineChart h={280} data={data} dataKey="label" withDots={false} withLegend curveType="linear" valueFormatter={value => format.number(value)} series={[{ name: 'sent', label: t('sent'), color: 'gray.6' }, { name: 'opened', label: t('opened'), color: 'var(--mantine-primary-color-filled)' }, { name: 'clicked', label: t('clicked'), color: 'orange.6' }]} />}
    </Stack>
  )
}
