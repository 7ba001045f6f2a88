import type { ReactNode } from 'react'
import { Autocomplete, Group, MultiSelect, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { knownEvents } from '../../shared/events.ts'
import { useEditor } from './editor.ts'
import type { Choice } from './lookups.ts'

export function Labelled({ label, hint, children }: { label: string, hint?: string, children: ReactNode }) {
  return <Stack gap={4} role="group" aria-label={label}><Text size="sm" fw={500}>{label}</Text>{hint !== undefined && <Text size="xs" c="dimmed">{hint}</Text>}{children}</Stack>
}

/** Something with a number, chosen by its name; one that is gone is said to be gone. */
export function IdSelect({ label, hint, data, value, onChange, placeholder, clearable = false, none }: { label: string, hint?: string, data: Choice[], value: number | null, onChange: (id: number | null) => void, placeholder?: string, clearable?: boolean, none?: string }) {
  const { t } = useTranslation('journeys')
  const { readOnly, lookups } = useEditor()
  const gone = value !== null && lookups.vocabulary !== undefined && !data.some(choice => choice.value === String(value))
  return (
    <Select
      label={label} description={hint} placeholder={placeholder ?? t('choose')} searchable clearable={clearable} disabled={readOnly} nothingFoundMessage={none ?? t('nothing_found')} comboboxProps={{ withinPortal: true }}
      data={gone ? [...data, { value: String(value), label: t('something_gone') }] : data} value={value === null ? null : String(value)} onChange={chosen => onChange(chosen === null ? null : Number(chosen))}
    />
  )
}

export function UserSelect({ label, value, onChange }: { label: string, value: 'owner' | number, onChange: (value: 'owner' | number) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return <Select label={label} description={value === 'owner' ? t('owner_hint') : undefined} allowDeselect={false} searchable disabled={readOnly} data={[{ value: 'owner', label: t('owner') }, ...lookups.users]} value={String(value)} onChange={chosen => onChange(chosen === null || chosen === 'owner' ? 'owner' : Number(chosen))} />
}

export function UsersSelect({ label, value, onChange }: { label: string, value: number[], onChange: (users: number[]) => void }) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly } = useEditor()
  return <MultiSelect label={label} placeholder={value.length === 0 ? t('choose') : ''} searchable disabled={readOnly} data={lookups.users} value={value.map(String)} onChange={users => onChange(users.map(Number))} />
}

const usualEvents = ['email.clicked', 'email.opened', 'order.placed', 'subscription.confirmed', 'form.submitted', 'page.viewed', 'cart.updated']

/** Known events by their name; a custom one is typed in as the API sends it. */
export function EventSelect({ label, value, onChange }: { label: string, value: string, onChange: (event: string) => void }) {
  const { t } = useTranslation('journeys')
  const { words, lookups, readOnly } = useEditor()
  const types = [...new Set([...usualEvents, ...lookups.vocabulary?.events.map(event => event.type) ?? [], ...Object.keys(knownEvents)])]
  const byName = new Map(types.map(type => [words.event(type), type]))
  return <Autocomplete label={label} description={t('event_custom_hint')} disabled={readOnly} data={[...byName.keys()]} value={words.event(value)} onChange={text => onChange(byName.get(text) ?? text)} comboboxProps={{ withinPortal: true }} limit={60} maxLength={80} />
}

/** A field of the card by its name. */
export function FieldSelect({ label, fields, value, onChange, wide = false }: { wide?: boolean, label: string, fields: string[], value: string, onChange: (field: string) => void }) {
  const { t } = useTranslation('journeys')
  const { words, readOnly } = useEditor()
  const shown = value === '' || fields.includes(value) ? fields : [...fields, value]
  return <Select {...wide ? { flex: 1, miw: 0 } : {}} label={label} placeholder={t('choose')} searchable disabled={readOnly} nothingFoundMessage={t('nothing_found')} data={shown.map(field => ({ value: field, label: words.field(field) }))} value={value || null} onChange={field => onChange(field ?? '')} />
}

export function TimeInput({ label, value, onChange }: { label: string, value: string, onChange: (time: string) => void }) {
  const { readOnly } = useEditor()
  return <TextInput type="time" label={label} w={130} disabled={readOnly} value={value} onChange={event => /^\d\d:\d\d/.test(event.currentTarget.value) && onChange(event.currentTarget.value.slice(0, 5))} />
}

/** So many days before or after a date of the card, at a time. */
export function OffsetInput({ days, onChange }: { days: number, onChange: (days: number) => void }) {
  const { t } = useTranslation('journeys')
  const { readOnly } = useEditor()
  const side = days < 0 ? 'before' : days > 0 ? 'after' : 'same'
  return (
    <Group gap={6} align="flex-end" wrap="nowrap">
      <Select
        label={t('offset_side')} allowDeselect={false} disabled={readOnly} flex={1} data={(['before', 'same', 'after'] as const).map(value => ({ value, label: t(`offset_sides.${value}`) }))}
        value={side} onChange={value => onChange(value === 'same' ? 0 : (value === 'before' ? -1 : 1) * (Math.abs(days) || 1))}
      />
      {days !== 0 && <NumberInput label={t('offset_days')} w={90} min={1} max={365} allowDecimal={false} disabled={readOnly} value={Math.abs(days)} onChange={value => typeof value === 'number' && value >= 1 && onChange(Math.sign(days) * Math.min(365, value))} />}
    </Group>
  )
}
