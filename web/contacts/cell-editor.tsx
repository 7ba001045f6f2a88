import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ContactCard, ContactListRow, FieldValue } from '../../shared/contacts.ts'
import { api, ApiError } from '../app/api.ts'
import { errorWords } from '../ui/error-words.ts'
import type { Editing } from '../ui/list-columns.ts'
import { serverWords } from '../ui/server-words.ts'
import type { CardField } from './card-fields.ts'
import { FieldInput } from './field-input.tsx'

/** What stands in the field of a row or card. */
export function valueOf(card: ContactListRow | ContactCard, name: string): FieldValue {
  if (name.startsWith('fields.')) return card.fields[name.slice(7)] ?? null
  if (name === 'owner_id') return card.owner?.id ?? null
  if (name === 'company') return typeof card.company === 'string' ? card.company : card.company?.name ?? null
  return (card[name as 'city'] ?? null)
}

/**
 * A field edited in the list. Enter, Tab or leaving it saves, Escape gives up. When somebody else has changed this very field
 * meanwhile nothing is written and both values are shown; a change elsewhere on the card does not matter.
 */
export function CellEditor({ row, field, editing, words }: { row: ContactListRow, field: CardField, editing: Editing, words: (value: FieldValue) => ReactNode }) {
  const { t } = useTranslation('contacts')
  const [seen] = useState(row)
  const before = field.asInput(valueOf(seen, field.name))
  const [draft, setDraft] = useState<FieldValue>(before)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [theirs, setTheirs] = useState<ContactCard | null>(null)

  const write = (revision: number, value: FieldValue) => api.patch(`/contacts/${row.id}`, { revision, ...(field.name.startsWith('fields.') ? { fields: { [field.name.slice(7)]: value } } : { [field.name]: value }) })
  /** False: the field itself has changed meanwhile. */
  const written = async (value: FieldValue, over: ContactCard | undefined): Promise<boolean> => {
    try {
      await write(over?.revision ?? seen.revision, value)
    } catch (problem) {
      if (!(problem instanceof ApiError) || problem.code !== 'changed_meanwhile') throw problem
      const fresh = await api.get<ContactCard>(`/contacts/${row.id}`)
      if (JSON.stringify(valueOf(fresh, field.name)) !== JSON.stringify(valueOf(seen, field.name))) {
        setTheirs(fresh)
        return false
      }
      await write(fresh.revision, value)
    }
    return true
  }
  const save = async (given: FieldValue, step?: 1 | -1, over?: ContactCard) => {
    const next = typeof given === 'string' ? (given.trim() === '' ? null : given.trim()) : given
    if (saving) return
    if (over === undefined && JSON.stringify(next) === JSON.stringify(before)) return editing.end(step)
    setSaving(true)
    setError(null)
    try {
      if (!await written(field.fromInput(next), over)) return
      editing.saved()
      editing.end(step)
    } catch (problem) {
      const own = problem instanceof ApiError ? problem.errors.find(each => each.field === field.name || each.field.endsWith(`.${field.name}`)) : undefined
      setError(own === undefined ? errorWords(problem) : serverWords(own.message))
    } finally {
      setSaving(false)
    }
  }
  const isChoice = field.input === 'choice' || field.input === 'multi_choice'
  return (
    <Stack
      gap={4} miw={140}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Escape') editing.end()
        else if (event.key === 'Tab') {
          event.preventDefault()
          void save(draft, event.shiftKey ? -1 : 1)
        } else if (event.key === 'Enter' && !isChoice && !(field.input === 'long' && event.shiftKey)) {
          event.preventDefault()
          void save(draft)
        }
      }}
      onBlur={(event) => {
        // Into a calendar or list of choices that belongs to it, or onto its own buttons, is not away.
        if (event.relatedTarget instanceof Element && event.relatedTarget.closest('[data-cell-editor], [role="listbox"], [role="dialog"], .mantine-Popover-dropdown') !== null) return
        if (error === null && theirs === null && field.input !== 'choice' && field.input !== 'date' && event.relatedTarget !== null) void save(draft)
      }}
    >
      <Group gap={4} wrap="nowrap">
        <div style={{ flex: 1 }}><FieldInput input={field.input} value={draft} onChange={setDraft} onChoose={chosen => void save(chosen)} options={field.choices()} label={field.label} autoFocus readOnly={saving} error={error !== null} /></div>
        {saving && <Loader size={14} />}
      </Group>
      {error !== null && theirs === null && <Text size="xs" c="red" role="alert">{error}</Text>}
      {theirs !== null && (
        <Stack gap={2} role="alert">
          <Text size="xs">{t('meanwhile')} {t('theirs')} <b>{words(valueOf(theirs, field.name)) ?? '—'}</b></Text>
          <Group gap={4}>
            <Button size="compact-xs" variant="light" onClick={() => void save(draft, undefined, theirs)}>{t('keep_mine')}</Button>
            <Button size="compact-xs" variant="subtle" onClick={() => { editing.saved(); editing.end() }}>{t('take_theirs')}</Button>
          </Group>
        </Stack>
      )}
    </Stack>
  )
}
