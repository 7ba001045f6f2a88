import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'
import type { DmarcOverview } from '../../shared/reputation.ts'
import { useFormat } from '../ui/format.ts'

/** Mails in our name a day: those that passed, and on top those that did not. */
export default function DmarcChart({ days }: { days: DmarcOverview['days'] }) {
  const { t, i18n } = useTranslation('dmarc')
  const format = useFormat()
  const shortDay = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const data = days.map(({ day, mails, passed }) => ({ label: shortDay.format(new Date(day)), passed, failed: mails - passed }))
  return <BarChart h={220} data={data} dataKey="label" type="stacked" withLegend maxBarWidth={36} valueFormatter={value => format.number(value)} series={[{ name: 'passed', label: t('passed'), color: 'var(--mantine-primary-color-filled)' }, { name: 'failed', label: t('failed'), color: 'red.6' }]} />
}
