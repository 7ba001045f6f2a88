import { Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../ui/format.ts'

/** The days of a period. Where the company is ahead of UTC its last one is a day later than the moment says. */
export function daysOf(from: string, days: number, counted: string[]): string[] {
  const all = Array.from({ length: days + 2 }, (_, index) => new Date(Date.parse(from) + index * 86_400_000).toISOString().slice(0, 10))
  return counted.includes(all.at(-1)!) ? all : all.slice(0, -1)
}

/** A number for each day of the period, as bars; days left out of `counts` have none. */
export function DayBars({ from, days, counts, label }: { from: string, days: number, counts: Record<string, number>, label: string }) {
  const { t } = useTranslation('journey_life')
  const format = useFormat()
  const shown = daysOf(from, days, Object.keys(counts))
  const most = Math.max(1, ...Object.values(counts))
  return (
    <Stack gap={2} mt={4}>
      <Text size="xs" c="dimmed">{label}</Text>
      <Group gap={1} align="flex-end" wrap="nowrap" h={40} role="img" aria-label={t('dry.bars', { label, most: format.number(most) })}>
        {shown.map(day => <div key={day} title={`${format.day(`${day}T12:00:00Z`)}: ${format.number(counts[day] ?? 0)}`} style={{ flex: 1, height: `${(counts[day] ?? 0) / most * 100}%`, minHeight: (counts[day] ?? 0) > 0 ? 2 : 0, background: 'var(--mantine-color-grape-5)', borderRadius: 1 }} />)}
      </Group>
      <Group justify="space-between"><Text size="xs" c="dimmed">{format.day(`${shown[0]}T12:00:00Z`)}</Text><Text size="xs" c="dimmed">{format.day(`${shown.at(-1)}T12:00:00Z`)}</Text></Group>
    </Stack>
  )
}
