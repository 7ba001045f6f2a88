import '@mantine/charts/styles.css'
import { Stack } from '@mantine/core'
import { AreaChart, BarChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'
import type { SegmentDays } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'

type Day = SegmentDays['data'][number]

/** Days between two that are known had the members of the first of them. */
function everyDay(days: Day[]): Day[] {
  const filled: Day[] = []
  for (const day of days) {
    const before = filled.at(-1)
    for (let time = before === undefined ? Infinity : Date.parse(before.day) + 86_400_000; before !== undefined && time < Date.parse(day.day); time += 86_400_000) {
      filled.push({ day: new Date(time).toISOString().slice(0, 10), members: before.members, entered: 0, left: 0 })
    }
    filled.push(day)
  }
  return filled
}

/** Members at the end of each day, and below who came (up) and went (down) on it; a press on a day chooses it. */
export default function GrowthChart({ days, onDay }: { days: Day[], onDay: (day: string) => void }) {
  const { t, i18n } = useTranslation('segments')
  const format = useFormat()
  const shortDay = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const data = everyDay(days).map(day => ({ ...day, gone: -day.left, label: shortDay.format(new Date(day.day)) }))
  const choose = (state: { activeTooltipIndex?: number | string | null | undefined }) => {
    const day = data[Number(state.activeTooltipIndex)]
    if (day !== undefined) onDay(day.day)
  }
  const number = (value: number) => format.number(Math.abs(value))
  return (
    <Stack gap="xs">
      <AreaChart h={190} data={data} dataKey="label" withDots={data.length < 15} curveType="linear" valueFormatter={number} yAxisProps={{ width: 56, allowDecimals: false }} areaChartProps={{ syncId: 'growth', onClick: choose }} series={[{ name: 'members', label: t('growth.members'), color: 'var(--mantine-primary-color-filled)' }]} />
      <BarChart h={130} data={data} dataKey="label" type="stacked" withLegend valueFormatter={number} yAxisProps={{ width: 56, allowDecimals: false }} barChartProps={{ syncId: 'growth', stackOffset: 'sign', onClick: choose, style: { cursor: 'pointer' } }} series={[{ name: 'entered', label: t('growth.entered'), color: 'var(--mantine-primary-color-filled)' }, { name: 'gone', label: t('growth.left'), color: 'gray.5' }]} />
    </Stack>
  )
}
