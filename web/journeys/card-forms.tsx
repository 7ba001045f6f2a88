import { NumberInput, Select, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import { fieldKindOf } from '../conditions/condition-tree.ts'
import { useEditor } from './editor.ts'
import { FieldSelect, IdSelect } from './pickers.tsx'
import type { FormOf } from './form-of.ts'
import { TypedInput, TypedTextarea } from './typed-input.tsx'

/** Fields of the card a journey may write, beside those of one's own. */
const cardFields = ['city', 'source', 'locale', 'time_zone', 'first_name', 'last_name', 'job_title', 'owner_id']

export function TagForm({ step, set }: FormOf<'add_tag' | 'remove_tag'>) {
  const { t } = useTranslation('journeys')
  const { lookups } = useEditor()
  return <IdSelect label={t('tag')} data={lookups.tags} value={step.tag_id} onChange={tag_id => set({ tag_id })} none={t('no_such_tag')} />
}

export function SetFieldForm({ step, set }: FormOf<'set_field'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  const custom = lookups.fields.find(field => `fields.${field.key}` === step.field)
  const label = t('value')
  const value = () => {
    if (step.field === 'owner_id') return <Select label={label} clearable disabled={readOnly} data={lookups.users} value={step.value === null || step.value === '' ? null : String(step.value)} onChange={user => set({ value: user === null ? null : Number(user) })} />
    switch (custom?.kind) {
      case 'number': case 'money': return <NumberInput label={label} disabled={readOnly} value={typeof step.value === 'number' ? step.value : ''} onChange={number => set({ value: typeof number === 'number' ? number : null }, true)} />
      case 'boolean': return <Select label={label} clearable disabled={readOnly} data={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} value={typeof step.value === 'boolean' ? String(step.value) : null} onChange={chosen => set({ value: chosen === null ? null : chosen === 'true' })} />
      case 'choice': return <Select label={label} clearable disabled={readOnly} data={custom.options} value={typeof step.value === 'string' ? step.value : null} onChange={chosen => set({ value: chosen })} />
      case 'date': return <TextInput type="date" label={label} disabled={readOnly} value={typeof step.value === 'string' ? step.value : ''} onChange={event => set({ value: event.currentTarget.value || null }, true)} />
      default: return <TypedInput label={label} disabled={readOnly} maxLength={2000} value={step.value === null ? '' : String(step.value)} onType={value => set({ value }, true)} />
    }
  }
  const fields = [...cardFields, ...lookups.fields.filter(field => field.kind !== 'multi_choice').map(field => `fields.${field.key}`)]
  return (
    <>
      <FieldSelect label={t('field')} fields={fields} value={step.field} onChange={field => set({ field, value: '' })} />
      {step.field !== '' && value()}
      <Text size="xs" c="dimmed">{t('empty_clears')}</Text>
    </>
  )
}

const operations = ['add', 'subtract', 'multiply', 'today', 'copy'] as const

export function ComputeFieldForm({ step, set }: FormOf<'compute_field'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  const ofKind = (...kinds: string[]) => lookups.fields.filter(field => kinds.includes(field.kind)).map(field => `fields.${field.key}`)
  const numbers = step.operation === 'add' || step.operation === 'subtract' || step.operation === 'multiply'
  const fields = numbers ? ofKind('number', 'money') : step.operation === 'today' ? ofKind('date') : [...cardFields, ...lookups.fields.map(field => `fields.${field.key}`)]
  const kind = lookups.vocabulary === undefined || step.field === '' ? undefined : fieldKindOf(step.field, lookups.vocabulary)
  const sources = [...Object.keys(conditionFields), ...lookups.fields.map(field => `fields.${field.key}`)].filter(field => field !== step.field && (kind === undefined || lookups.vocabulary === undefined || kind === 'text' || fieldKindOf(field, lookups.vocabulary) === kind))
  const choose = (operation: string | null) => {
    if (operation === null) return
    const chosen = operation as typeof step.operation
    const sameKind = numbers && (chosen === 'add' || chosen === 'subtract' || chosen === 'multiply')
    set({ operation: chosen, field: sameKind ? step.field : '', amount: chosen === 'copy' ? undefined : chosen === 'today' ? 0 : step.amount ?? 1, from_field: chosen === 'copy' ? '' : undefined })
  }
  return (
    <>
      <Select label={t('operation')} allowDeselect={false} disabled={readOnly} data={operations.map(value => ({ value, label: t(`operations.${value}`) }))} value={step.operation} onChange={choose} />
      <FieldSelect label={t('field')} fields={fields} value={step.field} onChange={field => set({ field })} />
      {fields.length === 0 && <Text size="xs" c="dimmed">{t('no_fields_of_kind')}</Text>}
      {numbers && <NumberInput label={t(`amounts.${step.operation}`)} disabled={readOnly} value={step.amount ?? ''} onChange={amount => set({ amount: typeof amount === 'number' ? amount : 0 }, true)} />}
      {step.operation === 'today' && <NumberInput label={t('amounts.today')} allowDecimal={false} disabled={readOnly} value={step.amount ?? 0} onChange={amount => set({ amount: typeof amount === 'number' ? amount : 0 }, true)} />}
      {step.operation === 'copy' && <FieldSelect label={t('from_field')} fields={sources} value={step.from_field ?? ''} onChange={from_field => set({ from_field })} />}
      {numbers && <Text size="xs" c="dimmed">{t('unknown_is_zero')}</Text>}
    </>
  )
}

export function ChangeTopicForm({ step, set }: FormOf<'change_topic'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return (
    <>
      <SegmentedControl aria-label={t('what_to_do')} disabled={readOnly} value={step.action} onChange={action => set({ action: action === 'grant' ? 'grant' : 'withdraw' })} data={[{ value: 'withdraw', label: t('topic_withdraw') }, { value: 'grant', label: t('topic_grant') }]} />
      <IdSelect label={t('topic')} data={lookups.topics} value={step.topic_id} onChange={topic_id => set({ topic_id })} />
      {step.action === 'grant' && <TypedTextarea label={t('wording')} description={t('wording_hint')} disabled={readOnly} autosize minRows={2} maxLength={1000} value={step.wording} onType={value => set({ wording: value }, true)} />}
      <Text size="xs" c="dimmed">{t(step.action === 'grant' ? 'grant_hint' : 'withdraw_hint')}</Text>
    </>
  )
}

export function ChangeSegmentForm({ step, set }: FormOf<'change_segment'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return (
    <>
      <SegmentedControl aria-label={t('what_to_do')} disabled={readOnly} value={step.action} onChange={action => set({ action: action === 'remove' ? 'remove' : 'add' })} data={[{ value: 'add', label: t('segment_add') }, { value: 'remove', label: t('segment_remove') }]} />
      <IdSelect label={t('static_segment')} data={lookups.staticSegments} value={step.segment_id} onChange={segment_id => set({ segment_id })} none={t('no_static_segments')} />
    </>
  )
}
