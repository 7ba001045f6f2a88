import { memo } from 'react'
import { Alert, Group, SimpleGrid, Stack, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconFlame, IconMailOff, IconSend, IconUser, IconUsers } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { outletsOf } from '../../shared/journey-problems.ts'
import { useFormat } from '../ui/format.ts'
import { StatNumber } from '../ui/stat-number.tsx'
import { withQuery } from '../app/api.ts'
import { DayBars } from './day-bars.tsx'
import { wayQuery } from './dry-faces.ts'
import type { DryFace, DryWay } from './dry-faces.ts'
import { useActs, useEditor } from './editor.ts'
import { placeId } from './ways.ts'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

/** A number, and before it a sign when it is an estimate. */
function useCount() {
  const { t } = useTranslation('journey_life')
  const format = useFormat()
  return {
    shown: (value: number, estimated: boolean) => `${estimated ? '≈ ' : ''}${format.number(value)}`,
    said: (words: string, estimated: boolean) => estimated ? `${words} ${t('dry.is_estimate')}` : words,
  }
}

/** What the dry run says of one step; each number opens the people behind it. */
export const DryNumbers = memo(function DryNumbers({ step, face }: { step: string, face: DryFace | undefined }) {
  const { t } = useTranslation('journey_life')
  const { showDryPeople } = useActs()
  const count = useCount()
  if (!face) return null
  const number = (what: 'arrived' | 'here' | 'sent' | 'skipped' | 'crowded' | 'failed', NumberIcon: Icon, color = 'dimmed') => face[what] === 0 && what !== 'arrived'
    ? null
    : (
        <Tooltip key={what} label={count.said(t(`dry.numbers.${what}`, { count: face[what] }), face.estimated)} multiline maw={280}>
          <UnstyledButton
            className={`nodrag nopan ${classes.number ?? ''}`} c={color} disabled={face[what] === 0} aria-label={count.said(t(`dry.numbers.${what}`, { count: face[what] }), face.estimated)}
            onClick={(event) => { event.stopPropagation(); showDryPeople(t(`dry.people.${what}`), what === 'arrived' ? { step } : { step, what }) }}
          >
            <NumberIcon size={13} stroke={1.8} aria-hidden />{count.shown(face[what], face.estimated)}
          </UnstyledButton>
        </Tooltip>
      )
  return (
    <Group gap={2} wrap="nowrap" className={classes.numbers ?? ''}>
      {number('arrived', IconUsers, face.arrived > 0 ? 'grape' : 'dimmed')}
      {number('here', IconUser)}
      {number('sent', IconSend)}
      {number('skipped', IconMailOff)}
      {number('crowded', IconFlame, 'orange')}
      {number('failed', IconAlertTriangle, 'red')}
    </Group>
  )
})

/** How many would take a way. */
export const DryWayCount = memo(function DryWayCount({ place, way, name }: { place: Place, way: DryWay | undefined, name: string | undefined }) {
  const { t } = useTranslation('journey_life')
  const { showDryPeople } = useActs()
  const count = useCount()
  if (!way) return null
  const label = count.said(t('dry.numbers.way', { count: way.count, way: name ?? t('dry.onward') }), way.estimated)
  return (
    <Tooltip label={label} multiline maw={280}>
      <UnstyledButton className={`nodrag nopan ${classes.wayCount ?? ''}`} disabled={way.count === 0} aria-label={label} data-none={way.count === 0 || undefined} onClick={(event) => { event.stopPropagation(); showDryPeople(t('dry.people.way', { way: name ?? t('dry.onward') }), wayQuery(place)) }}>
        {count.shown(way.count, way.estimated)}
      </UnstyledButton>
    </Tooltip>
  )
})

/** All that the dry run knows of a step, beside the canvas: what its tab shows, and day by day. */
export function DryStep({ step }: { step: string }) {
  const { t } = useTranslation('journey_life')
  const { graph, dry, words, showDryPeople } = useEditor()
  const format = useFormat()
  const count = useCount()
  const numbers = dry?.result.steps[step]
  const face = dry?.faces.steps[step]
  if (!dry || !numbers || !face) return dry ? <Text size="sm" c="dimmed">{t('dry.not_in_run')}</Text> : null
  const row = (label: string, value: number, estimated: boolean, what?: string) => (
    <Group key={label} justify="space-between" wrap="nowrap" gap="xs">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{label}</Text>
      {value === 0 || what === undefined
        ? <Text size="sm" c={value === 0 ? 'dimmed' : undefined}>{count.shown(value, estimated)}</Text>
        : <UnstyledButton fz="sm" c="grape" onClick={() => showDryPeople(label, what === '' ? { step } : { step, what })}>{count.shown(value, estimated)}</UnstyledButton>}
    </Group>
  )
  const outlets = outletsOf(graph.steps[step]!)
  return (
    <Stack gap={4} className={classes.dryStep ?? ''} role="group" aria-label={t('dry.tab')}>
      <Text size="xs" fw={600} c="grape">{t('dry.tab')}</Text>
      {row(t('dry.arrived'), face.arrived, face.estimated, '')}
      {outlets.map(outlet => row(words.way({ step, outlet: outlet.name }, graph.steps[step]) ?? t('dry.onward'), dry.faces.ways[placeId({ step, outlet: outlet.name })]?.count ?? 0, face.estimated || numbers.estimated, outlet.name))}
      {face.here > 0 && row(t('dry.here'), face.here, face.estimated, 'here')}
      {face.failed > 0 && row(t('dry.people.failed'), face.failed, face.estimated, 'failed')}
      {Object.entries(numbers.outcomes).flatMap(([outcome, people]) => outcome === 'goal' || outcome === 'exit' ? [row(words.outcome(outcome), people, face.estimated)] : [])}
      {numbers.mails !== null && row(t('dry.would_send'), face.sent, face.estimated, 'sent')}
      {numbers.mails !== null && face.skipped > 0 && row(t('dry.would_skip'), face.skipped, face.estimated, 'skipped')}
      {numbers.mails !== null && Object.entries(numbers.mails.skipped).map(([reason, people]) => <Text key={reason} size="xs" c="dimmed" pl="sm">{words.reason(reason)}: {format.number(people)}</Text>)}
      {face.crowded > 0 && row(t('dry.people.crowded'), face.crowded, face.estimated, 'crowded')}
      {numbers.estimated || face.estimated ? <Text size="xs" c="dimmed">{t(numbers.estimated ? 'dry.estimated_here' : 'dry.estimated_before')}</Text> : null}
      {face.arrived > 0 && <DayBars from={dry.result.from} days={dry.result.days} counts={numbers.by_day} label={t('dry.arrived_by_day')} />}
      <Text size="xs" c="dimmed">{t('dry.some_people')}</Text>
    </Stack>
  )
}

/** Beside the canvas while nothing is chosen: the whole in five numbers. */
export function DryOverview() {
  const { t } = useTranslation('journey_life')
  const { journeyId, dry } = useEditor()
  const format = useFormat()
  if (!dry) return null
  const { result } = dry
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} c="grape">{t('dry.over_days', { count: result.days })}</Text>
      {dry.outdated && <Alert color="amber" variant="light" p="xs">{t('dry.outdated')}</Alert>}
      <SimpleGrid cols={2} spacing="xs">
        <StatNumber label={t('dry.entered')} value={format.number(result.entered)} people={result.entered === 0 ? null : withQuery(`/journeys/${journeyId}/dry-run/people`, {})} />
        <StatNumber label={t('dry.finished')} value={format.number(result.done + result.left)} hint={result.here > 0 ? t('dry.still_here', { people: format.number(result.here) }) : undefined} />
        <StatNumber label={t('dry.mails')} value={format.number(result.mails.total)} hint={t('dry.to_people', { people: format.number(result.mails.people) })} />
        <StatNumber label={t('dry.too_often')} value={format.number(result.too_many.people)} hint={t('dry.crowded', { count: result.too_many.mails_a_week })} />
      </SimpleGrid>
      {result.sample !== null && <Text size="xs" c="dimmed">{t('dry.sample', { all: format.number(result.sample.candidates), of: result.sample.one_of })}</Text>}
      {Object.values(dry.faces.steps).some(face => face.estimated) && <Text size="xs" c="dimmed">{t('dry.estimate_sign')}</Text>}
    </Stack>
  )
}
