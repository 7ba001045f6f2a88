import '@mantine/charts/styles.css'
import { Stack, Title } from '@mantine/core'
import { LineChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'
import type { CampaignReport } from '../../shared/campaigns.ts'
import { useSession } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'

/** First opens and clicks hour by hour; hours without any have a point too. */
export default function HoursChart({ hours }: { hours: CampaignReport['hours'] }) {
  const { t, i18n } = useTranslation('campaigns')
  const { company } = useSession()
  const format = useFormat()
  const label = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: company.time_zone })
  const known = new Map(hours.map(hour => [Date.parse(hour.at), hour]))
  const data = []
  const last = Date.parse(hours.at(-1)!.at)
  for (let time = Date.parse(hours[0]!.at); time <= last && data.length < 500; time += 3_600_000) data.push({ label: label.format(time), opened: known.get(time)?.opened ?? 0, clicked: known.get(time)?.clicked ?? 0 })
  return (
    <Stack gap="sm">
      <Title order={2} size="h3">{t('by_hour')}</Title>
      <LineChart h={220} data={data} dataKey="label" withDots={data.length < 3} withLegend curveType="linear" valueFormatter={value => format.number(value)} series={[{ name: 'opened', label: t('numbers.opened'), color: 'var(--mantine-primary-color-filled)' }, { name: 'clicked', label: t('numbers.clicked'), color: 'orange.6' }]} />
    </Stack>
  )
}
