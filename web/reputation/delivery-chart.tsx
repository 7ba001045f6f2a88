import '@mantine/charts/styles.css'
import { useState } from 'react'
import { Group, SegmentedControl, Stack, Title } from '@mantine/core'
import { LineChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'
import type { DeliveryOverview } from '../../shared/reputation.ts'
import { useFormat } from '../ui/format.ts'

/** Rates of the mails of each day; days without mails have no point. */
export default function DeliveryChart({ days }: { days: DeliveryOverview['days'] }) {
  const { t, i18n } = useTranslation('deliverability')
  const format = useFormat()
  const [view, setView] = useState<'trouble' | 'readers'>('trouble')
  const shortDay = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole
  const data = days.map(day => ({
    label: shortDay.format(new Date(day.day)), bounced: share(day.bounced_hard + day.bounced_soft, day.sent), complained: share(day.complained, day.delivered), unsubscribed: share(day.unsubscribed, day.delivered),
    opened: share(day.opened, day.delivered), clicked: share(day.clicked, day.delivered), opened_by_machines: share(day.opened_by_machines, day.delivered),
  }))
  const series = view === 'trouble'
    ? [{ name: 'bounced', label: t('bounced'), color: 'red.6' }, { name: 'complained', label: t('what.complained'), color: 'orange.6' }, { name: 'unsubscribed', label: t('what.unsubscribed'), color: 'gray.6' }]
    : [{ name: 'opened', label: t('what.opened'), color: 'var(--mantine-primary-color-filled)' }, { name: 'clicked', label: t('what.clicked'), color: 'orange.6' }, { name: 'opened_by_machines', label: t('what.opened_by_machines'), color: 'gray.5' }]
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={2} size="h4">{t('over_time')}</Title>
        <SegmentedControl size="xs" aria-label={t('over_time')} value={view} onChange={value => setView(value as typeof view)} data={[{ value: 'trouble', label: t('trouble') }, { value: 'readers', label: t('readers') }]} />
      </Group>
      <LineChart h={240} data={data} dataKey="label" withLegend withDots={days.length < 40} curveType="linear" valueFormatter={value => format.percent(value, 2)} series={series} />
    </Stack>
  )
}
