import { Alert, Text } from '@mantine/core'
import { IconTrophy } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { JourneyStep, SplitWinner } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { useEditor } from './editor.ts'

/** Which way of a random split has won, when, and by which numbers. Nothing before it is decided. */
export function DecidedWinner({ stepKey, step }: { stepKey: string, step: Extract<JourneyStep, { kind: 'split_random' }> }) {
  const { t } = useTranslation('journeys')
  const { journeyId } = useEditor()
  const format = useFormat()
  const winners = useQuery({ queryKey: ['journey', journeyId, 'winners'], queryFn: async ({ signal }) => (await api.get<{ data: SplitWinner[] }>(`/journeys/${journeyId}/winners`, { signal })).data })
  const decided = winners.data?.find(winner => winner.step === stepKey)
  if (decided === undefined) return null
  const nameOf = (key: string): string => step.ways.find(way => way.key === key)?.name ?? key
  return (
    <Alert icon={<IconTrophy size={18} stroke={1.7} />} color="pine" title={t('winner_decided', { way: nameOf(decided.way), when: format.dayAndTime(decided.decided_at) })}>
      {decided.ways.map(way => (
        <Text key={way.way} size="sm">{t('winner_numbers', { way: nameOf(way.way), people: format.number(way.people), value: format.number(way.value), measure: t(`winner_measures.${decided.measure}`) })}</Text>
      ))}
    </Alert>
  )
}
