import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { Money } from '../ui/money.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { useEditor } from './editor.ts'
import { ProblemsPanel } from './problems-panel.tsx'

/** Beside the journey while nothing is chosen: how it does, and what is to be mended. */
export function Overview() {
  const { t } = useTranslation('journeys')
  const { journeyId, report, readOnly } = useEditor()
  const format = useFormat()
  const stat = (what: 'entered' | 'here' | 'done' | 'sent' | 'opened' | 'clicked' | 'orders') => report && (
    <StatNumber label={t(`people.${what}`)} value={format.number(report.totals[what])} people={report.totals[what] === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what })} />
  )
  return (
    <Stack gap="md">
      {report && (
        <SimpleGrid cols={2} spacing="xs">
          {stat('entered')}{stat('here')}{stat('done')}{stat('sent')}{stat('opened')}{stat('clicked')}{stat('orders')}
          <StatNumber label={t('revenue')} value={<Money amount={report.totals.revenue} currency={report.currency} />} people={report.totals.orders === 0 ? null : withQuery(`/journeys/${journeyId}/people`, { what: 'orders' })} />
        </SimpleGrid>
      )}
      <ProblemsPanel />
      <Text size="sm" c="dimmed">{t(readOnly ? 'choose_to_read' : 'choose_to_edit')}</Text>
    </Stack>
  )
}
