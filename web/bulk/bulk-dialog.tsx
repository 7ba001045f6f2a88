import { useState } from 'react'
import { Autocomplete, Button, Group, Loader, Modal, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { hoursToErase, type BulkAct, type BulkBody, type BulkPreview } from '../../shared/bulk.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { useCardFields, type CardField } from '../contacts/card-fields.ts'
import { FieldInput } from '../contacts/field-input.tsx'
import { useTags } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { ChooseSegment } from './choose-segment.tsx'
import { Preview } from './preview.tsx'

/** `owner` is a field like others, asked for by itself since it is changed most. */
export type ShownAct = BulkAct | 'owner'
export type Whom = Pick<BulkBody, 'contact_ids' | 'all'>

type Given = { field: string | null, value: FieldValue, tag: string, segment: string | null, name: string | null }

/** Names of people tell them apart: not for many at once. */
const notForMany = new Set(['first_name', 'last_name', 'email', 'phone', 'external_id', 'owner_id'])

/** Shows what would be done to whom, and does it. */
export function BulkDialog({ act, whom, onClose, onDone }: { act: ShownAct, whom: Whom, onClose: () => void, onDone: () => void }) {
  const { t } = useTranslation('bulk')
  const client = useQueryClient()
  const fields = useCardFields()
  const [given, setGiven] = useState<Given>({ field: act === 'owner' ? 'owner_id' : null, value: null, tag: '', segment: null, name: null })
  const body = bodyOf(act, given, fields)
  const [settled] = useDebouncedValue(body === null ? '' : JSON.stringify({ ...whom, ...body }), 250)
  const preview = useQuery({ queryKey: ['bulk-preview', settled], queryFn: ({ signal }) => api.post<BulkPreview>('/bulk-actions/preview', JSON.parse(settled), { signal }), enabled: settled !== '', retry: false })
  const run = useMutation({
    mutationFn: () => api.post('/bulk-actions', { ...whom, ...body }),
    onSuccess: () => {
      notifyDone(t('begun'))
      void client.invalidateQueries({ queryKey: ['list'] })
      onDone()
    },
  })
  const shown = body !== null && settled === JSON.stringify({ ...whom, ...body })
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600}>{t(`acts.${act}`)}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (shown && preview.data !== undefined && preview.data.will_change > 0) run.mutate()
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{t(`texts.${act}`, { hours: hoursToErase })}</Text>
          <Questions act={act} given={given} onChange={change => setGiven(before => ({ ...before, ...change }))} fields={fields} />
          {shown && preview.isPending && <Loader type="dots" size="sm" />}
          {shown && preview.data && <Preview preview={preview.data} />}
          <ErrorNotice error={run.error ?? (shown ? preview.error : null)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
            <Button type="submit" {...(act === 'delete' ? { color: 'red' } : {})} loading={run.isPending} disabled={!shown || preview.data === undefined || preview.data.will_change === 0}>{t(`buttons.${act}`)}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** What is asked of the API; null: something is still to be said. */
function bodyOf(act: ShownAct, { field, value, tag, segment, name }: Given, fields: Map<string, CardField>): Partial<BulkBody> | null {
  switch (act) {
    case 'delete': case 'tidy_names': return { action: act }
    case 'tag': case 'untag': return tag.trim() === '' ? null : { action: act, tag: tag.trim() }
    case 'unsegment': return segment === null ? null : { action: act, segment_id: Number(segment) }
    case 'segment':
      if (name !== null) return name.trim() === '' ? null : { action: act, segment_name: name.trim() }
      return segment === null ? null : { action: act, segment_id: Number(segment) }
    case 'set': case 'owner': {
      const chosen = field === null ? undefined : fields.get(field)
      return chosen === undefined ? null : { action: 'set', field: chosen.name, value: value === '' ? null : chosen.fromInput(value) }
    }
  }
}

function Questions({ act, given, onChange, fields }: { act: ShownAct, given: Given, onChange: (change: Partial<Given>) => void, fields: Map<string, CardField> }) {
  const { t } = useTranslation('bulk')
  const tags = useTags()
  const mayMake = useMay('marketing')
  const field = given.field === null ? undefined : fields.get(given.field)
  switch (act) {
    case 'delete': case 'tidy_names': return null
    case 'tag': case 'untag':
      return <Autocomplete label={t('tag')} data-autofocus maxLength={100} data={tags.map(tag => tag.name)} value={given.tag} onChange={tag => onChange({ tag })} />
    case 'segment': case 'unsegment':
      return <ChooseSegment segment={given.segment} onSegment={segment => onChange({ segment })} name={given.name} {...(act === 'segment' && mayMake ? { onName: (name: string | null) => onChange({ name }) } : {})} />
    case 'set': case 'owner':
      return (
        <>
          {act === 'set' && (
            <Select
              label={t('field')} data-autofocus searchable allowDeselect={false} value={given.field} onChange={name => onChange({ field: name, value: null })}
              data={[...fields.values()].filter(each => !notForMany.has(each.name) && each.unique !== true).map(each => ({ value: each.name, label: each.label }))}
            />
          )}
          {field !== undefined && <FieldInput key={field.name} labelled label={act === 'owner' ? t('manager') : t('value')} input={field.input} options={field.choices()} value={given.value} onChange={value => onChange({ value })} />}
        </>
      )
  }
}
