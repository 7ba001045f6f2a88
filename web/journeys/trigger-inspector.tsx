import { Button, Divider, Group, NumberInput, Select, SegmentedControl, Switch, Text, UnstyledButton } from '@mantine/core'
import { IconPlus, IconTarget } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { JourneyGraph, JourneyTrigger } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { DurationInput } from '../conditions/duration-input.tsx'
import { useFormat } from '../ui/format.ts'
import { useEditor } from './editor.ts'
import { addGoal } from './graph.ts'
import { Frame } from './inspector-frame.tsx'
import { EventSelect, FieldSelect, IdSelect, Labelled, OffsetInput, TimeInput } from './pickers.tsx'
import { EventFilters } from './time-forms.tsx'
import { start } from './ways.ts'
import { WaySelect } from './way-select.tsx'

const triggerKinds: JourneyTrigger['kind'][] = ['form', 'event', 'segment_entered', 'segment_left', 'date', 'manual']
const blank: Record<JourneyTrigger['kind'], JourneyTrigger> = {
  event: { kind: 'event', event: 'order.placed' }, segment_entered: { kind: 'segment_entered', segment_id: null }, segment_left: { kind: 'segment_left', segment_id: null }, form: { kind: 'form', form_id: null }, manual: { kind: 'manual' },
  date: { kind: 'date', field: '', offset_days: 0, at: '10:00', repeat: 'once' },
}

/** How the journey begins, who may enter and how often, and when it ends early: all that is not a step. */
export function TriggerInspector() {
  const { t } = useTranslation('journeys')
  const { graph, edit, lookups, readOnly } = useEditor()
  const { trigger } = graph
  const set = (next: JourneyTrigger, tag?: string) => edit(now => ({ ...now, trigger: next }), tag)
  return (
    <Frame title={t('trigger')} problemsAt={null}>
      <Select
        label={t('trigger_kind')} allowDeselect={false} disabled={readOnly} data={triggerKinds.map(kind => ({ value: kind, label: t(`trigger_kinds.${kind}`) }))}
        value={trigger.kind} onChange={kind => kind !== null && set(blank[kind as JourneyTrigger['kind']])}
      />
      {trigger.kind === 'event' && (
        <>
          <EventSelect label={t('event')} value={trigger.event} onChange={event => set({ ...trigger, event }, 'trigger event')} />
          <EventFilters event={trigger.event} where={trigger.where ?? []} onChange={where => { const { where: _old, ...rest } = trigger; set(where.length === 0 ? rest : { ...rest, where }, 'trigger where') }} />
          <Text size="xs" c="dimmed">{t('event_hint')}</Text>
        </>
      )}
      {(trigger.kind === 'segment_entered' || trigger.kind === 'segment_left') && <IdSelect label={t('segment')} data={lookups.segments} value={trigger.segment_id} onChange={segment_id => set({ ...trigger, segment_id })} />}
      {trigger.kind === 'segment_entered' && (
        <>
          <Switch label={t('take_members')} disabled={readOnly} checked={trigger.take_members === true} onChange={event => { const { take_members: _old, ...rest } = trigger; set(event.currentTarget.checked ? { ...rest, take_members: true } : rest) }} />
          {trigger.segment_id !== null && <MembersNow segment={trigger.segment_id} taken={trigger.take_members === true} />}
        </>
      )}
      {trigger.kind === 'form' && (
        <>
          <IdSelect label={t('form')} placeholder={t('any_form')} clearable data={lookups.forms} value={trigger.form_id} onChange={form_id => set({ kind: 'form', form_id })} />
          <Text size="xs" c="dimmed">{t('form_hint')}</Text>
        </>
      )}
      {trigger.kind === 'date' && (
        <>
          <FieldSelect label={t('date_field')} fields={lookups.dateFields} value={trigger.field} onChange={field => set({ ...trigger, field })} />
          <OffsetInput days={trigger.offset_days} onChange={offset_days => set({ ...trigger, offset_days }, 'trigger offset')} />
          <TimeInput label={t('at_time')} value={trigger.at} onChange={at => set({ ...trigger, at }, 'trigger at')} />
          <SegmentedControl aria-label={t('repeat')} disabled={readOnly} value={trigger.repeat} onChange={repeat => set({ ...trigger, repeat: repeat === 'yearly' ? 'yearly' : 'once' })} data={[{ value: 'once', label: t('repeats.once') }, { value: 'yearly', label: t('repeats.yearly') }]} />
          <Text size="xs" c="dimmed">{t(trigger.repeat === 'yearly' ? 'yearly_hint' : 'contact_zone_hint')}</Text>
        </>
      )}
      {trigger.kind === 'manual' && <Text size="xs" c="dimmed">{t('manual_hint')}</Text>}
      {graph.first !== null && <WaySelect label={t('first_step')} place={start} to={graph.first} />}
      <Divider label={t('who_enters')} labelPosition="left" />
      <EntryRules graph={graph} />
      <Divider label={t('ends_early')} labelPosition="left" />
      <OptionalCondition field="exit_condition" value={graph.exit_condition ?? null} />
      <Goals />
    </Frame>
  )
}

function MembersNow({ segment, taken }: { segment: number, taken: boolean }) {
  const { t } = useTranslation('journeys')
  const format = useFormat()
  const found = useQuery({ queryKey: ['segment', segment, 'size'], queryFn: ({ signal }) => api.get<{ members_count: number | null }>(`/segments/${segment}`, { signal }), staleTime: 30_000 })
  const count = found.data?.members_count
  return <Text size="xs" c="dimmed">{count == null ? t(taken ? 'members_enter_unknown' : 'segment_hint') : t(taken ? 'members_enter' : 'members_stay_out', { count, number: format.number(count) })}</Text>
}

function EntryRules({ graph }: { graph: JourneyGraph }) {
  const { t } = useTranslation('journeys')
  const { edit, readOnly } = useEditor()
  const limit = graph.entry_limit ?? null
  return (
    <>
      <Select
        label={t('reentry')} allowDeselect={false} disabled={readOnly} data={(['once', 'again', 'always'] as const).map(value => ({ value, label: t(`reentries.${value}`) }))}
        value={graph.reentry} onChange={value => value !== null && edit(({ reentry_after: after, ...now }) => ({ ...now, reentry: value as typeof now.reentry, ...value === 'again' && after ? { reentry_after: after } : {} }))}
      />
      {graph.reentry === 'again' && (
        <>
          <Switch
            label={t('reentry_pause')} disabled={readOnly} checked={graph.reentry_after != null}
            onChange={event => { const on = event.currentTarget.checked; edit(({ reentry_after: _old, ...now }) => on ? { ...now, reentry_after: { amount: 30, unit: 'days' } } : now) }}
          />
          {graph.reentry_after != null && <Labelled label={t('reentry_after')}><DurationInput value={graph.reentry_after} disabled={readOnly} onChange={reentry_after => edit(now => ({ ...now, reentry_after }), 'reentry_after')} /></Labelled>}
        </>
      )}
      <Switch
        label={t('entry_limit')} description={t('entry_limit_hint')} disabled={readOnly} checked={limit !== null}
        onChange={event => { const on = event.currentTarget.checked; edit(({ entry_limit: _old, ...now }) => on ? { ...now, entry_limit: { people: 1000, per: 'day' } } : now) }}
      />
      {limit !== null && (
        <Group gap={6} align="flex-end" wrap="nowrap">
          <NumberInput label={t('limit_people')} min={1} max={100_000_000} allowDecimal={false} thousandSeparator=" " disabled={readOnly} value={limit.people} onChange={people => typeof people === 'number' && people >= 1 && edit(now => ({ ...now, entry_limit: { ...limit, people } }), 'entry_limit')} />
          <Select label={t('limit_per')} allowDeselect={false} disabled={readOnly} data={(['hour', 'day', 'ever'] as const).map(value => ({ value, label: t(`limits.${value}`) }))} value={limit.per} onChange={per => per !== null && edit(now => ({ ...now, entry_limit: { ...limit, per: per as typeof limit.per } }))} />
        </Group>
      )}
      <OptionalCondition field="entry_condition" value={graph.entry_condition} />
    </>
  )
}

/** A condition that is there only when it is wanted. */
function OptionalCondition({ field, value }: { field: 'entry_condition' | 'exit_condition', value: Condition | null }) {
  const { t } = useTranslation('journeys')
  const { edit, readOnly, problems } = useEditor()
  return (
    <>
      <Switch
        label={t(field)} description={t(`${field}_hint`)} disabled={readOnly} checked={value !== null}
        onChange={event => { const on = event.currentTarget.checked; edit(now => ({ ...now, [field]: on ? { all: [] } : null })) }}
      />
      {value !== null && <ConditionBuilder value={value} disabled={readOnly} path={field} errors={problems.filter(problem => problem.field.startsWith(field) && problem.code === 'bad_condition')} onChange={condition => edit(now => ({ ...now, [field]: condition }), field)} />}
    </>
  )
}

function Goals() {
  const { t } = useTranslation('journeys')
  const { graph, edit, select, readOnly, words } = useEditor()
  const goals = graph.goals ?? []
  return (
    <Labelled label={t('goals')} hint={t('goals_hint')}>
      {goals.map(goal => (
        <UnstyledButton key={goal.key} fz="sm" onClick={() => select({ kind: 'goal', key: goal.key })}>
          <IconTarget size={15} stroke={1.7} style={{ verticalAlign: -2 }} aria-hidden /> {goal.name}<Text span size="sm" c="dimmed"> · {goal.to === null ? t('journey_ends') : t('jumps_to', { step: words.stepName(graph, goal.to) ?? '…' })}</Text>
        </UnstyledButton>
      ))}
      {!readOnly && goals.length < 10 && (
        <Button
          variant="subtle" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} />}
          onClick={() => { const made = addGoal(graph, t('goal_number', { number: goals.length + 1 })); edit(() => made.graph); select({ kind: 'goal', key: made.key }) }}
        >
          {t('add_goal')}
        </Button>
      )}
    </Labelled>
  )
}
