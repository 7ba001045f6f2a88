import { ActionIcon, Button, Collapse, Divider, Group, Stack, Switch, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconClipboardCopy, IconCopy, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { DryStep } from './dry-numbers.tsx'
import { useEditor } from './editor.ts'
import { GoalInspector } from './goal-inspector.tsx'
import { changeNote, removeNote } from './graph.ts'
import { Frame } from './inspector-frame.tsx'
import { StepForm } from './step-form.tsx'
import { StepNumbers } from './step-numbers.tsx'
import { TriggerInspector } from './trigger-inspector.tsx'
import { WaySelect } from './way-select.tsx'
import { TypedInput, TypedTextarea } from './typed-input.tsx'

/** What is selected, with everything about it that can be changed. */
export function Inspector() {
  const { selection, graph } = useEditor()
  switch (selection?.kind) {
    case 'trigger': return <TriggerInspector />
    case 'step': {
      const step = graph.steps[selection.key]
      return step ? <StepInspector key={selection.key} step={step} stepKey={selection.key} /> : null
    }
    case 'steps': return <SeveralInspector keys={selection.keys} />
    case 'goal': {
      const goal = graph.goals?.find(one => one.key === selection.key)
      return goal ? <GoalInspector key={goal.key} goal={goal} /> : null
    }
    case 'note': return <NoteInspector key={selection.key} noteKey={selection.key} />
    default: return null
  }
}

/** Kinds of steps that may fail, and so may have a way out for those whose does. */
const mayFail: ReadonlySet<JourneyStep['kind']> = new Set(['set_field', 'compute_field', 'create_deal', 'move_deal', 'create_lead', 'assign_manager', 'create_task', 'call_webhook', 'give_coupon'])

function StepInspector({ step, stepKey }: { step: JourneyStep, stepKey: string }) {
  const { t } = useTranslation('journeys')
  const { words, removeSteps, duplicateSteps, copySteps, changeStep, readOnly, report, dry } = useEditor()
  const [opened, { toggle }] = useDisclosure(Boolean(step.name ?? step.note))
  return (
    <Frame
      title={words.title(step)} problemsAt={stepKey}
      actions={!readOnly && (
        <>
          {step.kind !== 'end' && <ActionIcon variant="subtle" color="gray" aria-label={t('duplicate')} title={t('duplicate')} onClick={() => duplicateSteps([stepKey])}><IconCopy size={17} stroke={1.7} /></ActionIcon>}
          <ActionIcon variant="subtle" color="gray" aria-label={t('copy')} title={t('copy')} onClick={() => copySteps([stepKey])}><IconClipboardCopy size={17} stroke={1.7} /></ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={t('remove_step')} title={t('remove_step')} onClick={() => removeSteps([stepKey])}><IconTrash size={17} stroke={1.7} /></ActionIcon>
        </>
      )}
    >
      {dry ? <DryStep step={stepKey} /> : <StepNumbers step={stepKey} numbers={report?.steps[stepKey]} />}
      <StepForm step={step} stepKey={stepKey} />
      {mayFail.has(step.kind) && (
        <Switch
          label={t('way_failed')} description={t('way_failed_hint')} disabled={readOnly} checked={'next_failed' in step && step.next_failed !== undefined}
          onChange={event => changeStep(stepKey, { next_failed: event.currentTarget.checked ? null : undefined })}
        />
      )}
      {outletsOf(step).length > 0 && <Divider label={t('then')} labelPosition="left" />}
      {outletsOf(step).map(outlet => <WaySelect key={outlet.name} label={words.way({ step: stepKey, outlet: outlet.name }, step) ?? t('next_step')} place={{ step: stepKey, outlet: outlet.name }} to={outlet.to} />)}
      <UnstyledButton fz="xs" c="dimmed" onClick={toggle} aria-expanded={opened}><IconChevronDown size={13} style={{ verticalAlign: -2, transform: opened ? 'rotate(180deg)' : 'none' }} aria-hidden /> {t('name_and_note')}</UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap="sm">
          <TypedInput label={t('own_name')} placeholder={t(`kinds.${step.kind}`)} disabled={readOnly} maxLength={120} value={step.name ?? ''} onType={value => changeStep(stepKey, { name: value || undefined }, true)} />
          <TypedTextarea label={t('note')} description={t('note_hint')} disabled={readOnly} autosize minRows={2} maxLength={2000} value={step.note ?? ''} onType={value => changeStep(stepKey, { note: value || undefined }, true)} />
        </Stack>
      </Collapse>
    </Frame>
  )
}

function SeveralInspector({ keys }: { keys: string[] }) {
  const { t } = useTranslation('journeys')
  const { graph, words, removeSteps, duplicateSteps, copySteps, select, readOnly } = useEditor()
  const there = keys.filter(key => graph.steps[key])
  return (
    <Frame title={t('steps_selected', { count: there.length })} problems={[]}>
      {!readOnly && (
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconClipboardCopy size={15} />} onClick={() => copySteps(there)}>{t('copy')}</Button>
          <Button size="xs" variant="default" leftSection={<IconCopy size={15} />} onClick={() => duplicateSteps(there)}>{t('duplicate')}</Button>
          <Button size="xs" variant="default" color="red" leftSection={<IconTrash size={15} />} onClick={() => removeSteps(there)}>{t('remove_steps')}</Button>
        </Group>
      )}
      {there.map(key => <UnstyledButton key={key} fz="sm" onClick={() => select({ kind: 'step', key })}>{words.title(graph.steps[key]!)}<Text span size="sm" c="dimmed"> · {words.summary(graph.steps[key]!, graph) ?? t('not_chosen')}</Text></UnstyledButton>)}
      <Text size="xs" c="dimmed">{t('steps_selected_hint')}</Text>
    </Frame>
  )
}

function NoteInspector({ noteKey }: { noteKey: string }) {
  const { t } = useTranslation('journeys')
  const { graph, edit, select, readOnly } = useEditor()
  const note = graph.notes?.find(one => one.key === noteKey)
  if (!note) return null
  return (
    <Frame
      title={t('sticky_note')} problems={[]}
      actions={!readOnly && <ActionIcon variant="subtle" color="gray" aria-label={t('remove_note')} title={t('remove_note')} onClick={() => { edit(now => removeNote(now, noteKey)); select(null) }}><IconTrash size={17} stroke={1.7} /></ActionIcon>}
    >
      <TypedTextarea label={t('text')} autosize minRows={4} maxLength={2000} disabled={readOnly} autoFocus={note.text === ''} value={note.text} onType={text => edit(now => changeNote(now, noteKey, { text }), `note ${noteKey}`)} />
      <Text size="xs" c="dimmed">{t('sticky_note_hint')}</Text>
    </Frame>
  )
}
