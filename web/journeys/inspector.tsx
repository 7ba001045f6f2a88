import type { ReactNode } from 'react'
import { ActionIcon, Alert, Anchor, Autocomplete, Button, Checkbox, Divider, Group, NumberInput, Select, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { IconAlertCircle, IconCopy, IconPlus, IconTrash, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Condition } from '../../shared/conditions.ts'
import { knownEvents } from '../../shared/events.ts'
import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyStep, JourneyTrigger } from '../../shared/journeys.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { DurationInput } from '../conditions/duration-input.tsx'
import { FilterEditor } from '../conditions/filter-editor.tsx'
import { serverWords } from '../ui/server-words.ts'
import { problemsOf, useEditor } from './editor.ts'
import { outline, possibleTargets } from './graph.ts'
import { StepNumbers } from './step-numbers.tsx'

/** What is selected, with everything about it that can be changed. */
export function Inspector() {
  const { selection, graph } = useEditor()
  if (selection === null) return null
  if (selection.kind === 'trigger') return <TriggerInspector />
  const step = graph.steps[selection.key]
  return step ? <StepInspector key={selection.key} step={step} stepKey={selection.key} /> : null
}

function Frame({ title, problemsAt, children, actions }: { title: string, problemsAt: string | null, children: ReactNode, actions?: ReactNode }) {
  const { t } = useTranslation('journeys')
  const { select, problems } = useEditor()
  const own = problemsOf(problems, problemsAt)
  return (
    <Stack gap="sm" role="region" aria-label={title}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={3}>{title}</Title>
        <Group gap={2} wrap="nowrap">
          {actions}
          <ActionIcon variant="subtle" color="gray" aria-label={t('close_inspector')} onClick={() => select(null)}><IconX size={17} /></ActionIcon>
        </Group>
      </Group>
      {own.map(problem => (
        <Alert key={problem.code + problem.field} color={problem.blocking ? 'red' : 'amber'} variant="light" p="xs" icon={<IconAlertCircle size={16} />}>
          {problem.code === 'bad_condition' ? `${t('problems.bad_condition')} ${serverWords(problem.message)}` : t(`problems.${problem.code}`, { defaultValue: problem.message })}
        </Alert>
      ))}
      {children}
    </Stack>
  )
}

// ── the trigger ──────────────────────────────────────────────────────────────────────────────────────

const triggerKinds: JourneyTrigger['kind'][] = ['form', 'event', 'segment_entered', 'manual']

function TriggerInspector() {
  const { t } = useTranslation('journeys')
  const { graph, edit, lookups, readOnly, problems } = useEditor()
  const { trigger } = graph
  const set = (next: JourneyTrigger, merge = false) => edit(now => ({ ...now, trigger: next }), merge)
  const blank: Record<JourneyTrigger['kind'], JourneyTrigger> = {
    event: { kind: 'event', event: 'order.placed' }, segment_entered: { kind: 'segment_entered', segment_id: null }, form: { kind: 'form', form_id: null }, manual: { kind: 'manual' },
    segment_left: { kind: 'segment_left', segment_id: null }, date: { kind: 'date', field: 'created_at', offset_days: 0, at: '10:00', repeat: 'once' },
  }
  return (
    <Frame title={t('trigger')} problemsAt={null}>
      <Select
        label={t('trigger_kind')} allowDeselect={false} disabled={readOnly}
        data={triggerKinds.map(kind => ({ value: kind, label: t(`trigger_kinds.${kind}`) }))}
        value={trigger.kind} onChange={kind => kind !== null && set(blank[kind as JourneyTrigger['kind']])}
      />
      {trigger.kind === 'event' && (
        <>
          <EventSelect label={t('event')} value={trigger.event} onChange={event => set({ ...trigger, event }, true)} />
          {(trigger.where ?? []).map((filter, index) => lookups.vocabulary && (
            <FilterEditor
              key={index} filter={filter} event={trigger.event} vocabulary={lookups.vocabulary} disabled={readOnly}
              onChange={changed => set({ ...trigger, where: (trigger.where ?? []).map((old, at) => at === index ? changed : old) }, true)}
              onRemove={() => {
                const { where, ...rest } = trigger
                const left = (where ?? []).filter((_, at) => at !== index)
                set(left.length === 0 ? rest : { ...rest, where: left })
              }}
            />
          ))}
          {!readOnly && <Button variant="light" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => set({ ...trigger, where: [...trigger.where ?? [], { property: '', operator: 'is', value: '' }] })}>{t('add_filter')}</Button>}
          <Text size="xs" c="dimmed">{t('event_hint')}</Text>
        </>
      )}
      {trigger.kind === 'segment_entered' && (
        <>
          <Select label={t('segment')} placeholder={t('choose')} searchable data={lookups.segments} disabled={readOnly} value={trigger.segment_id === null ? null : String(trigger.segment_id)} onChange={id => set({ kind: 'segment_entered', segment_id: id === null ? null : Number(id) })} />
          <Text size="xs" c="dimmed">{t('segment_hint')}</Text>
        </>
      )}
      {trigger.kind === 'form' && (
        <>
          <Select label={t('form')} placeholder={t('any_form')} searchable clearable data={lookups.forms} disabled={readOnly} value={trigger.form_id === null ? null : String(trigger.form_id)} onChange={id => set({ kind: 'form', form_id: id === null ? null : Number(id) })} />
          <Text size="xs" c="dimmed">{t('form_hint')}</Text>
        </>
      )}
      {trigger.kind === 'manual' && <Text size="xs" c="dimmed">{t('manual_hint')}</Text>}
      <Select
        label={t('reentry')} allowDeselect={false} disabled={readOnly}
        data={(['once', 'again', 'always'] as const).map(value => ({ value, label: t(`reentries.${value}`) }))}
        value={graph.reentry} onChange={value => value !== null && edit(now => ({ ...now, reentry: value as typeof now.reentry }))}
      />
      <Divider />
      <Switch
        label={t('entry_condition')} description={t('entry_condition_hint')} disabled={readOnly} checked={graph.entry_condition !== null}
        onChange={event => { const on = event.currentTarget.checked; edit(now => ({ ...now, entry_condition: on ? { all: [] } : null })) }}
      />
      {graph.entry_condition !== null && (
        <ConditionBuilder
          value={graph.entry_condition} disabled={readOnly} path="entry_condition" errors={problems.filter(problem => problem.field.startsWith('entry_condition'))}
          onChange={condition => edit(now => ({ ...now, entry_condition: condition }), true)}
        />
      )}
      {graph.first !== null && <OutletSelect label={t('first_step')} place={{ step: null, outlet: 'next' }} to={graph.first} />}
    </Frame>
  )
}

// ── steps ────────────────────────────────────────────────────────────────────────────────────────────

function StepInspector({ step, stepKey }: { step: JourneyStep, stepKey: string }) {
  const { t } = useTranslation('journeys')
  const { words, removeStep, duplicateStep, readOnly } = useEditor()
  return (
    <Frame
      title={words.title(step)} problemsAt={stepKey}
      actions={!readOnly && (
        <>
          {step.kind !== 'end' && <ActionIcon variant="subtle" color="gray" aria-label={t('duplicate')} title={t('duplicate')} onClick={() => duplicateStep(stepKey)}><IconCopy size={17} stroke={1.7} /></ActionIcon>}
          <ActionIcon variant="subtle" color="gray" aria-label={t('remove_step')} title={t('remove_step')} onClick={() => removeStep(stepKey)}><IconTrash size={17} stroke={1.7} /></ActionIcon>
        </>
      )}
    >
      <StepNumbers step={stepKey} />
      <StepForm step={step} stepKey={stepKey} />
      {outletsOf(step).length > 0 && <Divider label={t('then')} labelPosition="left" />}
      {outletsOf(step).map(outlet => <OutletSelect key={outlet.name} label={words.way({ step: stepKey, outlet: outlet.name }, step) ?? t('next_step')} place={{ step: stepKey, outlet: outlet.name }} to={outlet.to} />)}
    </Frame>
  )
}

function OutletSelect({ label, place, to }: { label: string, place: Parameters<typeof possibleTargets>[1], to: string | null }) {
  const { t } = useTranslation('journeys')
  const { graph, words, leadTo, readOnly } = useEditor()
  const numbers = new Map(outline(graph).flatMap(row => row.kind === 'step' ? [[row.key, row.number] as const] : []))
  const name = (key: string) => {
    const step = graph.steps[key]
    if (!step) return key
    const summary = words.summary(step, graph)
    return `${numbers.has(key) ? `${numbers.get(key)}. ` : ''}${words.title(step)}${summary === undefined ? '' : ` · ${summary}`}`
  }
  const targets = [...new Set([...possibleTargets(graph, place), ...to === null ? [] : [to]])]
  return (
    <Select
      size="xs" label={label} disabled={readOnly} allowDeselect={false} comboboxProps={{ withinPortal: true }}
      data={[{ value: '', label: t('journey_ends') }, ...targets.map(key => ({ value: key, label: name(key) }))]}
      value={to ?? ''} onChange={key => leadTo(place, key === '' || key === null ? null : key)}
    />
  )
}

function StepForm({ step, stepKey }: { step: JourneyStep, stepKey: string }) {
  const { t } = useTranslation('journeys')
  const { lookups, graph, changeStep, readOnly, problems, words } = useEditor()
  const set = (change: Partial<JourneyStep>, merge = false) => changeStep(stepKey, change, merge)
  const mails = outline(graph).flatMap(row => row.kind === 'step' && graph.steps[row.key]?.kind === 'mail' && row.key !== stepKey ? [{ step: row.key, label: `${row.number}. ${words.mailName(graph, row.key) ?? row.key}` }] : [])
  const id = (value: string | null) => value === null ? null : Number(value)
  switch (step.kind) {
    case 'mail': {
      const needsTopic = step.template_id === null || !lookups.transactional.has(step.template_id)
      return (
        <>
          <Select label={t('mail')} placeholder={t('choose')} searchable data={lookups.templates} disabled={readOnly} value={step.template_id === null ? null : String(step.template_id)} onChange={value => set({ template_id: id(value) })} />
          {step.template_id !== null && <Anchor component={Link} to={`/templates/${step.template_id}`} size="sm">{t('open_mail')}</Anchor>}
          {needsTopic && <Select label={t('topic')} description={t('topic_hint')} placeholder={t('any_topic')} clearable data={lookups.topics} disabled={readOnly} value={step.topic_id === null ? null : String(step.topic_id)} onChange={value => set({ topic_id: id(value) })} />}
          {!needsTopic && <Text size="xs" c="dimmed">{t('transactional_hint')}</Text>}
        </>
      )
    }
    case 'wait': return <Labelled label={t('how_long')}><DurationInput value={step.duration} disabled={readOnly} onChange={duration => set({ duration }, true)} /></Labelled>
    case 'wait_for_event': return (
      <>
        <EventSelect label={t('event')} value={step.event} onChange={event => set({ event, ...reactions.has(event) ? {} : { mail_step: null } }, true)} />
        {(reactions.has(step.event) || step.mail_step !== null) && (
          <Select label={t('mail_step')} clearable placeholder={t('any_mail')} disabled={readOnly} data={mails.map(mail => ({ value: mail.step, label: mail.label }))} value={step.mail_step} onChange={mail_step => set({ mail_step })} />
        )}
        <Labelled label={t('timeout')}><DurationInput value={step.timeout} disabled={readOnly} onChange={timeout => set({ timeout }, true)} /></Labelled>
      </>
    )
    case 'condition': return (
      <ConditionBuilder
        value={step.condition} disabled={readOnly} mails={mails} path={`steps.${stepKey}.condition`} errors={problems.filter(problem => problem.field.startsWith(`steps.${stepKey}.condition`))}
        onChange={(condition: Condition) => set({ condition }, true)}
      />
    )
    case 'add_tag': case 'remove_tag': return <Select label={t('tag')} placeholder={t('choose')} searchable nothingFoundMessage={t('no_such_tag')} data={lookups.tags} disabled={readOnly} value={step.tag_id === null ? null : String(step.tag_id)} onChange={value => set({ tag_id: id(value) })} />
    case 'set_field': return <FieldForm step={step} set={set} />
    case 'create_task': return (
      <>
        <TextInput label={t('task_title')} disabled={readOnly} maxLength={300} value={step.title} onChange={event => set({ title: event.currentTarget.value }, true)} />
        <UserSelect label={t('assignee')} value={step.assignee} onChange={assignee => set({ assignee })} />
        <Checkbox label={t('has_due')} disabled={readOnly} checked={step.due_in !== null} onChange={event => set({ due_in: event.currentTarget.checked ? { amount: 1, unit: 'days' } : null })} />
        {step.due_in !== null && <Labelled label={t('due_in')}><DurationInput value={step.due_in} disabled={readOnly} onChange={due_in => set({ due_in }, true)} /></Labelled>}
      </>
    )
    case 'notify_user': return (
      <>
        <UserSelect label={t('whom')} value={step.user} onChange={user => set({ user })} />
        <Textarea label={t('text')} disabled={readOnly} autosize minRows={2} maxLength={500} value={step.text} onChange={event => set({ text: event.currentTarget.value }, true)} />
      </>
    )
    case 'end': return <Text size="sm" c="dimmed">{t('end_hint')}</Text>
  }
}

/** Events that are about one mail. */
const reactions = new Set(['email.sent', 'email.opened', 'email.clicked', 'email.replied', 'email.bounced', 'subscription.withdrawn', 'order.placed'])

function Labelled({ label, children }: { label: string, children: ReactNode }) {
  return <Stack gap={4}><Text size="sm" fw={500}>{label}</Text>{children}</Stack>
}

function UserSelect({ label, value, onChange }: { label: string, value: 'owner' | number, onChange: (value: 'owner' | number) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return <Select label={label} description={value === 'owner' ? t('owner_hint') : undefined} allowDeselect={false} disabled={readOnly} data={[{ value: 'owner', label: t('owner') }, ...lookups.users]} value={String(value)} onChange={chosen => onChange(chosen === null || chosen === 'owner' ? 'owner' : Number(chosen))} />
}

/** Known events by their name; a custom one is typed in as the API sends it. */
function EventSelect({ label, value, onChange }: { label: string, value: string, onChange: (event: string) => void }) {
  const { t } = useTranslation('journeys')
  const { words, lookups, readOnly } = useEditor()
  const types = [...new Set([...usualEvents, ...lookups.vocabulary?.events.map(event => event.type) ?? [], ...Object.keys(knownEvents)])]
  const byName = new Map(types.map(type => [words.event(type), type]))
  return <Autocomplete label={label} description={t('event_custom_hint')} disabled={readOnly} data={[...byName.keys()]} value={words.event(value)} onChange={text => onChange(byName.get(text) ?? text)} comboboxProps={{ withinPortal: true }} limit={40} />
}
const usualEvents = ['email.clicked', 'email.opened', 'order.placed', 'subscription.confirmed', 'form.submitted', 'page.viewed', 'cart.updated']

const cardFields = ['city', 'source', 'locale', 'time_zone', 'first_name', 'last_name', 'owner_id']

function FieldForm({ step, set }: { step: Extract<JourneyStep, { kind: 'set_field' }>, set: (change: Partial<JourneyStep>, merge?: boolean) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, words, readOnly } = useEditor()
  const custom = lookups.fields.find(field => `fields.${field.key}` === step.field)
  const label = t('value')
  const value = () => {
    if (step.field === 'owner_id') return <Select label={label} clearable disabled={readOnly} data={lookups.users} value={step.value === null || step.value === '' ? null : String(step.value)} onChange={user => set({ value: user === null ? null : Number(user) })} />
    switch (custom?.kind) {
      case 'number': case 'money': return <NumberInput label={label} disabled={readOnly} value={typeof step.value === 'number' ? step.value : ''} onChange={number => set({ value: typeof number === 'number' ? number : null }, true)} />
      case 'boolean': return <Select label={label} clearable disabled={readOnly} data={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} value={typeof step.value === 'boolean' ? String(step.value) : null} onChange={chosen => set({ value: chosen === null ? null : chosen === 'true' })} />
      case 'choice': return <Select label={label} clearable disabled={readOnly} data={custom.options} value={typeof step.value === 'string' ? step.value : null} onChange={chosen => set({ value: chosen })} />
      case 'date': return <TextInput type="date" label={label} disabled={readOnly} value={typeof step.value === 'string' ? step.value : ''} onChange={event => set({ value: event.currentTarget.value || null }, true)} />
      default: return <TextInput label={label} disabled={readOnly} maxLength={2000} value={step.value === null ? '' : String(step.value)} onChange={event => set({ value: event.currentTarget.value }, true)} />
    }
  }
  return (
    <>
      <Select
        label={t('field')} placeholder={t('choose')} searchable disabled={readOnly}
        data={[...cardFields.map(field => ({ value: field, label: words.field(field) })), ...lookups.fields.filter(field => field.kind !== 'multi_choice').map(field => ({ value: `fields.${field.key}`, label: field.label }))]}
        value={step.field || null} onChange={field => set({ field: field ?? '', value: '' })}
      />
      {step.field !== '' && value()}
      <Text size="xs" c="dimmed">{t('empty_clears')}</Text>
    </>
  )
}
