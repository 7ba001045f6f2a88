import { useState } from 'react'
import { Anchor, Badge, Center, Drawer, Group, Loader, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import type { SegmentExplanation } from '../../shared/segments.ts'
import { api, withQuery } from '../app/api.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { WhyAnswer } from '../segments/why-panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { Panel } from './panel.tsx'

export function SegmentsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('contacts')
  const [asked, setAsked] = useState<{ id: number, name: string } | null>(null)
  const others = (useVocabulary().data?.segments ?? []).filter(segment => !card.segments.some(own => own.id === segment.id))
  return (
    <Panel title={t('segments.title')}>
      <Stack gap={6}>
        {card.segments.length === 0 && <Text size="sm" c="dimmed">{t('segments.none')}</Text>}
        {card.segments.map(segment => (
          <Group key={segment.id} justify="space-between" wrap="nowrap" gap="xs">
            <Anchor component={Link} to={`/segments/${segment.id}`} size="sm" miw={0} truncate>{segment.name}</Anchor>
            <Group gap={8} wrap="nowrap">
              <TimeAgo time={segment.entered_at} size="xs" c="dimmed" />
              <Anchor component="button" type="button" size="xs" onClick={() => setAsked(segment)} aria-label={t('segments.why_label', { name: segment.name })}>{t('segments.why')}</Anchor>
            </Group>
          </Group>
        ))}
        {others.length > 0 && (
          <Select
            size="xs" searchable aria-label={t('segments.why_not')} placeholder={t('segments.why_not')} limit={200} data={others.map(segment => ({ value: String(segment.id), label: segment.name }))}
            value={null} onChange={id => setAsked(others.find(segment => String(segment.id) === id) ?? null)}
          />
        )}
      </Stack>
      <Drawer opened={asked !== null} onClose={() => setAsked(null)} position="right" size={560} title={<Text fw={600}>{asked === null ? '' : t('segments.why_title', { name: asked.name })}</Text>}>
        {asked !== null && <Why segmentId={asked.id} contactId={card.id} />}
      </Drawer>
    </Panel>
  )
}

function Why({ segmentId, contactId }: { segmentId: number, contactId: number }) {
  const why = useQuery({ queryKey: ['segment-why', segmentId, contactId], queryFn: () => api.get<SegmentExplanation>(withQuery(`/segments/${segmentId}/explanation`, { contact: contactId })) })
  if (why.isPending) return <Center py="xl"><Loader type="dots" /></Center>
  if (why.isError) return <ErrorNotice error={why.error} retry={() => void why.refetch()} />
  return <WhyAnswer explanation={why.data} />
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
              <Anchor component={Link} to={`/journeys/${journey.journey_id}?contact=${card.id}`} size="sm" truncate>{journey.name}</Anchor>
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
