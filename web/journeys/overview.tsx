import { Progress, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { JourneyView } from '../../shared/journeys.ts'
import { api, withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { DryOverview } from './dry-numbers.tsx'
import { useEditor } from './editor.ts'
import { ProblemsPanel } from './problems-panel.tsx'

/** Beside the journey while nothing is chosen: how it does, and what is to be mended. */
export function Overview() {
  const { t } = useTranslation('journeys')
  const { journeyId, report, dry, readOnly } = useEditor()
  const format = useFormat()
  const journey = useQuery({ queryKey: ['journey', journeyId], queryFn: ({ signal }) => api.get<JourneyView>(`/journeys/${journeyId}`, { signal }) }).data
  const intake = journey?.intake
  const stat = (what: 'entered' | 'here' | 'done' | 'sent' | 'opened' | 'clicked' | 'orders') => report && (
    <StatNumber label={t(`people.${what}`)} value={format.number(report.totals[what])} people={report.totals[what] === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what })} />
  )
  return (
    <Stack gap="md">
      {dry !== null && <DryOverview />}
      {dry === null && report && (
        <SimpleGrid cols={2} spacing="xs">
          {stat('entered')}{stat('here')}{stat('done')}{stat('sent')}{stat('opened')}{stat('clicked')}{stat('orders')}
          <StatNumber label={t('revenue')} value={<Money amount={report.totals.revenue} currency={report.currency} />} people={report.totals.orders === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what: 'orders' })} />
        </SimpleGrid>
      )}
      {report && report.counted_at !== null && <Text size="sm" c="dimmed">{t('counted_at', { time: format.dayAndTime(report.counted_at) })}</Text>}
      {intake && !intake.finished && (
        <Stack gap={4}>
          <Text size="sm">{t('intake_goes_on', { looked_at: format.number(intake.looked_at), people: format.number(intake.people), enrolled: format.number(intake.enrolled) })}</Text>
          <Progress value={intake.people === 0 ? 100 : 100 * intake.looked_at / intake.people} aria-label={t('intake')} />
        </Stack>
      )}
      {journey !== undefined && journey.dates_missed > 0 && <Text size="sm" c="dimmed">{t('dates_missed', { count: journey.dates_missed })}</Text>}
      <ProblemsPanel />
      <Text size="sm" c="dimmed">{t(readOnly ? 'choose_to_read' : 'choose_to_edit')}</Text>
    </Stack>
  )
}
