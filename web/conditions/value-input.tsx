import { Autocomplete, Group, MultiSelect, NumberInput, Select, TagsInput, Text } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { useTranslation } from 'react-i18next'
import type { ConditionFieldKind, FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'
import { Reference } from './choice.tsx'
import { DurationInput } from './duration-input.tsx'
import { unchosen } from './leaves.ts'

type Value = FieldLeaf['value']
type Props = {
  leaf: FieldLeaf
  kind: ConditionFieldKind
  vocabulary: ConditionVocabulary
  /** what a choice chooses from */
  options: { value: string, label: string }[]
  /** texts seen lately, offered while typing */
  suggestions: string[]
  /** what the number is the name of */
  list?: { id: number, name: string }[] | undefined
  onChange: (value: Value) => void
  disabled?: boolean
}

/** The value of a field's comparison, edited as its kind asks for. */
export function ValueInput({ leaf, kind, vocabulary, options, suggestions, list, onChange, disabled = false }: Props) {
  const { t } = useTranslation('conditions')
  const { value, operator } = leaf
  if (value === undefined) return null
  if (typeof value === 'object' && 'unit' in value) {
    return (
      <Group gap={6} wrap="nowrap">
        <DurationInput value={value} units={operator.startsWith('anniversary') ? ['days', 'weeks'] : undefined} onChange={onChange} disabled={disabled} />
        {operator === 'more_than_ago' && <Text size="sm">{t('duration.before_now')}</Text>}
      </Group>
    )
  }
  if (Array.isArray(value)) {
    if (operator === 'between') {
      const set = (index: number, one: string | number) => onChange(value.map((old, at) => at === index ? one : old))
      return (
        <Group gap={6} wrap="nowrap">
          <ScalarInput kind={kind} value={value[0] ?? ''} label={t('values.from')} onChange={one => set(0, one as string | number)} disabled={disabled} />
          <Text size="sm">{t(kind === 'date' ? 'values.to_date' : 'values.to_number')}</Text>
          <ScalarInput kind={kind} value={value[1] ?? ''} label={t('values.to')} onChange={one => set(1, one as string | number)} disabled={disabled} />
        </Group>
      )
    }
    if (kind === 'choice') {
      return <MultiSelect size="xs" miw={200} maw={420} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.choose')} data={options} value={value.map(String)} onChange={onChange} searchable />
    }
    return <TagsInput size="xs" miw={200} maw={420} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.several')} data={suggestions} splitChars={[',', ';', '\n']} acceptValueOnBlur value={value.map(String)} onChange={onChange} />
  }
  if (kind === 'choice' || kind === 'multi_choice') {
    return <Select size="xs" w={180} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.choose')} data={options} value={value === '' ? null : String(value)} onChange={one => onChange(one ?? '')} searchable />
  }
  if (kind === 'user') {
    return (
      <Select
        size="xs" w={200} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.choose')} searchable
        data={vocabulary.users.map(user => ({ value: String(user.id), label: user.name }))}
        value={value === unchosen ? null : String(value)} onChange={one => onChange(one === null ? unchosen : Number(one))}
      />
    )
  }
  if (list !== undefined) return <Reference label={t('row.value')} list={list} value={typeof value === 'number' ? value : unchosen} disabled={disabled} onChange={onChange} />
  return <ScalarInput kind={kind} value={value} label={t('row.value')} suggestions={suggestions} onChange={onChange} disabled={disabled} />
}

function ScalarInput({ kind, value, label, suggestions = [], onChange, disabled }: { kind: ConditionFieldKind, value: string | number | boolean, label: string, suggestions?: string[], onChange: (value: string | number | boolean) => void, disabled: boolean }) {
  const { t, i18n } = useTranslation('conditions')
  const format = useFormat()
  switch (kind) {
    case 'number': case 'money': {
      const sign = kind === 'money' ? format.money(0).replace(/[\d\s.,]/g, '') : ''
      return (
        <NumberInput
          size="xs" w={kind === 'money' ? 130 : 90} hideControls disabled={disabled} aria-label={label} decimalScale={kind === 'money' ? 2 : 6} decimalSeparator={i18n.language === 'ru' ? ',' : '.'} thousandSeparator={i18n.language === 'ru' ? ' ' : ','}
          suffix={sign === '' ? '' : ` ${sign}`} value={typeof value === 'number' ? value : ''} onChange={one => onChange(typeof one === 'number' ? one : '')}
        />
      )
    }
    case 'boolean':
      return <Select size="xs" w={80} allowDeselect={false} disabled={disabled} aria-label={label} data={[{ value: 'yes', label: t('values.yes') }, { value: 'no', label: t('values.no') }]} value={value === true ? 'yes' : 'no'} onChange={one => onChange(one === 'yes')} />
    case 'date':
      return (
        <DateInput
          size="xs" w={140} disabled={disabled} aria-label={label} placeholder={t('values.date')} valueFormat={i18n.language === 'ru' ? 'DD.MM.YYYY' : 'DD MMM YYYY'} locale={i18n.language}
          value={typeof value === 'string' && value !== '' ? value.slice(0, 10) : null} onChange={day => onChange(day ?? '')}
        />
      )
    default:
      return <Autocomplete size="xs" w={180} disabled={disabled} aria-label={label} placeholder={t('values.text')} data={suggestions} limit={12} value={String(value)} onChange={onChange} />
  }
}
