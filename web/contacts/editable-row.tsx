import { useState } from 'react'
import type { ReactNode } from 'react'
import { ActionIcon, Button, Group, Loader, Stack, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ContactCard, FieldValue } from '../../shared/contacts.ts'
import { ApiError } from '../app/api.ts'
import { useFieldAccess, useMay } from '../app/session.tsx'
import { errorWords } from '../ui/error-words.ts'
import { serverWords } from '../ui/server-words.ts'
import { FieldChangedMeanwhile } from './card-query.ts'
import { FieldHistory } from './field-history.tsx'
import { FieldInput } from './field-input.tsx'
import type { RowInput } from './field-input.tsx'
import classes from './editable-row.module.css'

type Props<Card> = {
  label: string
  /** as people read it; empty shows a dash that invites to fill it in */
  display: ReactNode
  value: FieldValue
  input: RowInput
  /** made only when the row is edited */
  choices?: () => { value: string, label: string }[]
  /** the name of the field in the API, whose error belongs here */
  field: string
  /** the name its right has, when that is another */
  right?: string
  onSave: (value: FieldValue, options?: { force?: boolean }) => Promise<void>
  /** reads this field off a card, to say what somebody else made of it */
  read: (card: Card) => ReactNode
  /** the address of its changes; shown behind a small clock */
  history?: string
  /** how a value of the past is read; left out: as it is */
  past?: (value: FieldValue) => ReactNode
}

/** A line of the card that turns into an input when it is clicked. Enter or leaving it saves, Escape gives up. */
export function EditableRow<Card = ContactCard>({ label, display, value, input, choices, field, right, onSave, read, history, past }: Props<Card>) {
  const { t } = useTranslation('contacts')
  const access = useFieldAccess()(right ?? field)
  const may = useMay('contacts') && access === 'edit'
  const [draft, setDraft] = useState<FieldValue | undefined>(undefined)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [theirs, setTheirs] = useState<ReactNode>(null)
  const editing = draft !== undefined

  const stop = () => {
    setDraft(undefined)
    setError(null)
    setTheirs(null)
  }
  const save = async (next: FieldValue, force = false) => {
    const cleaned = typeof next === 'string' ? (next.trim() === '' ? null : next.trim()) : next
    if (!force && JSON.stringify(cleaned) === JSON.stringify(value)) return stop()
    setSaving(true)
    setError(null)
    try {
      await onSave(cleaned, { force })
      stop()
    } catch (problem) {
      if (problem instanceof FieldChangedMeanwhile) {
        setTheirs(read(problem.card as Card) ?? '—')
        setError(t('meanwhile'))
      } else {
        const own = problem instanceof ApiError ? problem.errors.find(each => each.field === field || each.field.endsWith(`.${field}`)) : undefined
        setError(own === undefined ? errorWords(problem) : serverWords(own.message))
      }
    } finally {
      setSaving(false)
    }
  }

  if (access === 'hidden') return null
  if (!editing) {
    const shown = display === null || display === undefined || display === '' ? <Text size="sm" c="dimmed" inherit>—</Text> : display
    return (
      <div className={classes.row}>
        <Text size="sm" c="dimmed" className={classes.label ?? ''}>{label}</Text>
        {may
          ? <UnstyledButton className={classes.value ?? ''} onClick={() => setDraft(value)}><VisuallyHidden>{t('edit_field', { label })} </VisuallyHidden>{shown}</UnstyledButton>
          : <div className={classes.value}>{shown}</div>}
        {history !== undefined && <FieldHistory label={label} path={history} past={past} className={classes.history ?? ''} />}
      </div>
    )
  }

  return (
    <div className={classes.row}>
      <Text size="sm" c="dimmed" className={classes.label ?? ''} pt={4}>{label}</Text>
      <Stack gap={4} flex={1} miw={0} onKeyDown={(event) => {
        if (event.key === 'Escape') stop()
        if (event.key === 'Enter' && input !== 'choice' && input !== 'multi_choice' && (input !== 'long' || event.ctrlKey || event.metaKey)) void save(draft ?? null)
      }}
      >
        <Group gap={4} wrap="nowrap" align="flex-start">
          <div className={classes.input}>
            <FieldInput
              input={input} value={draft} onChange={setDraft} onChoose={chosen => void save(chosen)} options={choices?.() ?? []}
              label={label} autoFocus readOnly={saving} error={error !== null}
            />
          </div>
          {saving
            ? <Loader size={16} m={6} />
            : (
                <>
                  {input !== 'choice' && <ActionIcon size={28} variant="light" aria-label={t('app:save')} onClick={() => void save(draft ?? null)}><IconCheck size={15} /></ActionIcon>}
                  <ActionIcon size={28} variant="subtle" color="gray" aria-label={t('app:cancel')} onClick={stop}><IconX size={15} /></ActionIcon>
                </>
              )}
        </Group>
        {error !== null && <Text size="xs" c="red" role="alert">{error}</Text>}
        {theirs !== null && (
          <Group gap={6}>
            <Text size="xs">{t('theirs')} <b>{theirs}</b></Text>
            <Button size="compact-xs" variant="light" onClick={() => void save(draft ?? null, true)}>{t('keep_mine')}</Button>
            <Button size="compact-xs" variant="subtle" onClick={stop}>{t('take_theirs')}</Button>
          </Group>
        )}
      </Stack>
    </div>
  )
}

/** A line that is only read. */
export function ReadRow({ label, children, history, title }: { label: string, children: ReactNode, history?: string, title?: string }) {
  return (
    <div className={classes.row} title={title}>
      <Text size="sm" c="dimmed" className={classes.label ?? ''}>{label}</Text>
      <div className={classes.value}>{children}</div>
      {history !== undefined && <FieldHistory label={label} path={history} past={undefined} className={classes.history ?? ''} />}
    </div>
  )
}
