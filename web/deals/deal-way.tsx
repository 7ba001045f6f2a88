import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DealStages } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { Panel } from '../contacts/panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'

/** The stages a deal has been at, how long at each, and who moved it. */
export function DealWay({ id }: { id: number }) {
  const { t, i18n } = useTranslation('deals')
  const format = useFormat()
  const query = useQuery({ queryKey: ['deal', id, 'stages'], queryFn: () => api.get<DealStages>(`/deals/${id}/stages`), staleTime: 0 })
  return (
    <Panel title={t('way')}>
      <Stack gap={4}>
        <ErrorNotice error={query.error} />
        {query.data?.data.map(stay => (
          <Group key={stay.from} justify="space-between" gap="xs" wrap="nowrap" align="baseline">
            <Text size="sm" miw={0}>{stay.stage} <Text span inherit c="dimmed">{[format.dayAndTime(stay.from), stay.by?.name].filter(Boolean).join(' · ')}</Text></Text>
            <Text size="sm" c="dimmed" flex="none">{stay.until === null ? t('way_here') : lengthOf(stay.from, stay.until, i18n.language)}</Text>
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}

/** "3 days", "5 hours", "12 minutes": the largest unit that is full at least once. */
function lengthOf(from: string, until: string, language: string): string {
  const minutes = (new Date(until).getTime() - new Date(from).getTime()) / 60_000
  const [value, unit] = minutes >= 1440 ? [minutes / 1440, 'day'] as const : minutes >= 60 ? [minutes / 60, 'hour'] as const : [minutes, 'minute'] as const
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(Math.floor(value))
}
