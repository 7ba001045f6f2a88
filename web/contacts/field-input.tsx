import type { ReactNode } from 'react'
import { Autocomplete, MultiSelect, NumberInput, Select, Textarea, TextInput } from '@mantine/core'
import { DateInput, DateTimePicker } from '@mantine/dates'
import type { FieldValue } from '../../shared/contacts.ts'

export type RowInput = 'text' | 'long' | 'email' | 'tel' | 'url' | 'number' | 'date' | 'datetime' | 'choice' | 'multi_choice' | 'suggest'

type Props = {
  input: RowInput
  value: FieldValue
  onChange: (value: FieldValue) => void
  /** a single choice is made by choosing */
  onChoose?: (value: FieldValue) => void
  options: { value: string, label: string }[]
  label: string
  /** with its label above; else the label is only said */
  labelled?: boolean
  autoFocus?: boolean
  readOnly?: boolean
  error?: ReactNode
  required?: boolean
}

/** What a field of the card is edited with, by what it holds: on the card, in the list, for many cards at once. */
export function FieldInput({ input, value, onChange, onChoose, options, label, labelled = false, autoFocus = false, readOnly = false, error = false, required = false }: Props) {
  const shared = { size: labelled ? 'sm' as const : 'xs' as const, ...(labelled ? { label } : { 'aria-label': label }), autoFocus, readOnly, error, withAsterisk: required }
  const text = typeof value === 'string' ? value : value === null ? '' : String(value)
  switch (input) {
    case 'choice': return <Select {...shared} data={options} value={value === null ? null : String(value)} searchable clearable allowDeselect={false} defaultDropdownOpened={!labelled} onChange={onChoose ?? onChange} />
    case 'suggest': return <Autocomplete {...shared} data={options.map(option => option.value)} value={text} onChange={onChange} />
    case 'multi_choice': return <MultiSelect {...shared} data={options} value={Array.isArray(value) ? value : []} searchable onChange={onChange} />
    case 'number': return <NumberInput {...shared} value={typeof value === 'number' ? value : ''} onChange={next => onChange(next === '' ? null : Number(next))} />
    case 'date': return <DateInput {...shared} clearable valueFormat="DD.MM.YYYY" value={text === '' ? null : text.slice(0, 10)} onChange={onChange} />
    case 'datetime': return <DateTimePicker {...shared} clearable valueFormat="DD.MM.YYYY HH:mm" value={text === '' ? null : localTime(text)} onChange={next => onChange(next === null ? null : new Date(next).toISOString())} />
    case 'long': return <Textarea {...shared} autosize maxRows={8} value={text} onChange={event => onChange(event.currentTarget.value)} />
    default: return <TextInput {...shared} type={input} value={text} onChange={event => onChange(event.currentTarget.value)} onFocus={event => event.currentTarget.select()} />
  }
}

/** `2026-11-24T10:00:00.000Z` as the clock here shows it, the way the picker wants it. */
const localTime = (iso: string): string => {
  const time = new Date(iso)
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}
