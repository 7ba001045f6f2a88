import { Anchor, Badge, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { Panel } from './panel.tsx'

export function SegmentsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('contacts')
  return (
    <Panel title={t('segments.title')}>
      <Stack gap={6}>
        {card.segments.length === 0 && <Text size="sm" c="dimmed">{t('segments.none')}</Text>}
        {card.segments.map(segment => (
          <Group key={segment.id} justify="space-between" wrap="nowrap" gap="xs">
            <Anchor component={Link} to={`/segments/${segment.id}`} size="sm" miw={0} truncate>{segment.name}</Anchor>
            <Group gap={8} wrap="nowrap">
              <TimeAgo time={segment.entered_at} size="xs" c="dimmed" />
              <Anchor component={Link} to={`/segments/${segment.id}?contact=${card.id}`} size="xs" aria-label={t('segments.why_label', { name: segment.name })}>{t('segments.why')}</Anchor>
            </Group>
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}

const stateColors = { active: 'pine', waiting: 'amber', done: 'gray', left: 'gray', failed: 'red' } as const

export function JourneysPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('contacts')
  if (card.journeys.length === 0) return null
  return (
    <Panel title={t('journeys.title')}>
      <Stack gap={8}>
        {card.journeys.map(journey => (
          <Group key={journey.enrolment_id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Anchor component={Link} to={`/journeys/${journey.journey_id}`} size="sm" truncate>{journey.name}</Anchor>
              <Text size="xs" c="dimmed">
                {journey.is_test && <>{t('journeys.test')} · </>}
                {journey.wake_at !== null && journey.ended_at === null ? <>{t('journeys.next')} <TimeAgo time={journey.wake_at} /></> : <TimeAgo time={journey.ended_at ?? journey.entered_at} />}
              </Text>
            </Stack>
            <Badge color={stateColors[journey.state]}>{t(`journeys.states.${journey.state}`)}</Badge>
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}
