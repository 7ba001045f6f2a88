import { Anchor, Checkbox, NumberInput, Select, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { DurationInput } from '../conditions/duration-input.tsx'
import { useSession } from '../app/session.tsx'
import { useEditor } from './editor.ts'
import { IdSelect, Labelled, UserSelect, UsersSelect } from './pickers.tsx'
import type { FormOf } from './form-of.ts'
import { TypedInput } from './typed-input.tsx'

type Stage = { pipeline_id: number | null, stage_id: number | null }

/** A pipeline and one of its stages; a pipeline chosen takes its first stage. */
function StageSelect({ value, label, onChange }: { value: Stage, label: string, onChange: (value: Stage) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups } = useEditor()
  const stages = lookups.pipelines.find(one => one.id === value.pipeline_id)?.stages ?? []
  return (
    <>
      <IdSelect
        label={t('pipeline')} data={lookups.pipelines.map(one => ({ value: String(one.id), label: one.name }))} value={value.pipeline_id} none={t('no_pipelines')}
        onChange={id => onChange({ pipeline_id: id, stage_id: lookups.pipelines.find(one => one.id === id)?.stages[0]?.id ?? null })}
      />
      {value.pipeline_id !== null && <IdSelect label={label} data={stages.map(one => ({ value: String(one.id), label: one.name }))} value={value.stage_id} onChange={stage_id => onChange({ ...value, stage_id })} />}
    </>
  )
}

export function CreateDealForm({ step, set }: FormOf<'create_deal'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  const { company } = useSession()
  return (
    <>
      <TypedInput label={t('deal_title')} description={t('liquid_hint')} disabled={readOnly} maxLength={300} value={step.title} onType={value => set({ title: value }, true)} />
      <StageSelect label={t('stage')} value={step} onChange={stage => set(stage)} />
      <NumberInput label={t('deal_amount')} description={t('optional')} min={0} suffix={` ${company.currency}`} thousandSeparator=" " disabled={readOnly} value={step.amount ?? ''} onChange={amount => set({ amount: typeof amount === 'number' ? amount : null }, true)} />
      <UserSelect label={t('deal_owner')} value={step.owner} onChange={owner => set({ owner })} />
    </>
  )
}

export function MoveDealForm({ step, set }: FormOf<'move_deal'>) {
  const { t } = useTranslation('journeys')
  return (
    <>
      <StageSelect label={t('to_stage')} value={step} onChange={stage => set(stage)} />
      <Text size="xs" c="dimmed">{t('move_deal_hint')}</Text>
    </>
  )
}

export function CreateLeadForm({ step, set }: FormOf<'create_lead'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  return <TypedInput label={t('lead_label')} description={t('lead_label_hint')} disabled={readOnly} maxLength={200} value={step.label} onType={value => set({ label: value }, true)} />
}

export function AssignForm({ step, set }: FormOf<'assign_manager'>) {
  const { t } = useTranslation('journeys')
  const { readOnly, lookups } = useEditor()
  const { rule } = step
  const choose = (kind: string | null) => {
    const users = 'users' in rule ? rule.users : 'user' in rule && rule.user !== null ? [rule.user] : []
    if (kind === 'user') set({ rule: { kind, user: users[0] ?? null } })
    if (kind === 'round_robin' || kind === 'least_busy') set({ rule: { kind, users } })
    if (kind === 'rules') set({ rule: { kind } })
  }
  return (
    <>
      <Select label={t('assign_rule')} allowDeselect={false} disabled={readOnly} data={(['rules', 'round_robin', 'least_busy', 'user'] as const).map(value => ({ value, label: t(`assign_rules.${value}`) }))} value={rule.kind} onChange={choose} />
      {rule.kind === 'rules' && <Text size="xs" c="dimmed">{t('assign_rules_hint')} <Anchor component={Link} size="xs" to="/settings/routing">{t('routing_rules')}</Anchor></Text>}
      {rule.kind === 'user' && <IdSelect label={t('manager')} data={lookups.users} value={rule.user} onChange={user => set({ rule: { kind: 'user', user } })} />}
      {'users' in rule && <UsersSelect label={t('managers')} value={rule.users} onChange={users => set({ rule: { ...rule, users } })} />}
      <Checkbox label={t('replace_manager')} disabled={readOnly} checked={step.replace} onChange={event => set({ replace: event.currentTarget.checked })} />
    </>
  )
}

export function CreateTaskForm({ step, set }: FormOf<'create_task'>) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  return (
    <>
      <TypedInput label={t('task_title')} disabled={readOnly} maxLength={300} value={step.title} onType={value => set({ title: value }, true)} />
      <UserSelect label={t('assignee')} value={step.assignee} onChange={assignee => set({ assignee })} />
      <Checkbox label={t('has_due')} disabled={readOnly} checked={step.due_in !== null} onChange={event => set({ due_in: event.currentTarget.checked ? { amount: 1, unit: 'days' } : null })} />
      {step.due_in !== null && <Labelled label={t('due_in')}><DurationInput value={step.due_in} disabled={readOnly} onChange={due_in => set({ due_in }, true)} /></Labelled>}
    </>
  )
}
