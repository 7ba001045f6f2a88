import { useState } from 'react'
import { Alert, Anchor, Button, Group, Loader, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { daysToErase, type HygieneAct, type HygieneActBody, type HygieneKind, type HygienePreview } from '../../shared/hygiene.ts'
import type { SegmentListRow } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'

/** Shows what would be done to whom, and does it. */
export function ActDialog({ kind, act, onClose }: { kind: HygieneKind, act: HygieneAct, onClose: () => void }) {
  const { t } = useTranslation('hygiene')
  const client = useQueryClient()
  const title = t(`kinds.${kind}.title`)
  const [tag, setTag] = useState(title)
  const [segment, setSegment] = useState<string | null>(null)
  const [name, setName] = useState<string | null>(title)
  const body: HygieneActBody = {
    action: act, ...(act === 'tag' ? { tag: tag.trim() } : {}),
    ...(act !== 'segment' ? {} : name === null ? { segment_id: Number(segment) } : { segment_name: name.trim() }),
  }
  const ready = act === 'tag' ? tag.trim() !== '' : act === 'segment' ? (name === null ? segment !== null : name.trim() !== '') : true
  const [settled] = useDebouncedValue(JSON.stringify(body), 250)
  const preview = useQuery({ queryKey: ['hygiene-preview', kind, settled], queryFn: () => api.post<HygienePreview>(`/hygiene/groups/${kind}/preview`, JSON.parse(settled)), enabled: ready, placeholderData: previous => previous })
  const run = useMutation({
    mutationFn: () => api.post(`/hygiene/groups/${kind}/actions`, body),
    onSuccess: () => {
      notifyDone(t('begun'))
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['hygiene'] })
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={600}>{t(`acts.${act}.title`, { group: title })}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) run.mutate()
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{t(`acts.${act}.text`, { days: daysToErase })}</Text>
          {act === 'tag' && <TextInput label={t('tag')} data-autofocus maxLength={100} value={tag} onChange={event => setTag(event.currentTarget.value)} />}
          {act === 'segment' && <ChooseSegment segment={segment} onSegment={setSegment} name={name} onName={setName} />}
          {preview.isPending && ready && <Loader type="dots" size="sm" />}
          {preview.data && ready && <Preview preview={preview.data} />}
          <ErrorNotice error={run.error ?? preview.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
            <Button type="submit" {...(act === 'delete' ? { color: 'red' } : {})} loading={run.isPending} disabled={!ready || preview.data === undefined || preview.data.will_change === 0}>{t(`acts.${act}.button`)}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function ChooseSegment({ segment, onSegment, name, onName }: { segment: string | null, onSegment: (segment: string | null) => void, name: string | null, onName: (name: string | null) => void }) {
  const { t } = useTranslation('hygiene')
  const segments = useQuery({ queryKey: ['list', 'static-segments'], queryFn: () => api.get<Page<SegmentListRow>>('/segments?kind=static&limit=200') })
  const known = (segments.data?.data ?? []).map(row => ({ value: String(row.id), label: row.name }))
  return (
    <Stack gap={4}>
      {name === null
        ? <Select label={t('segment')} searchable placeholder={t('contacts:bulk.choose_segment')} nothingFoundMessage={t('contacts:bulk.no_segment')} data={known} value={segment} onChange={onSegment} />
        : <TextInput label={t('contacts:bulk.new_segment')} data-autofocus maxLength={200} value={name} onChange={event => onName(event.currentTarget.value)} />}
      {known.length > 0 && <Anchor component="button" type="button" size="xs" ta="left" onClick={() => onName(name === null ? '' : null)}>{t(name === null ? 'contacts:bulk.make_segment' : 'contacts:bulk.one_there_is')}</Anchor>}
    </Stack>
  )
}

function Preview({ preview }: { preview: HygienePreview }) {
  const { t } = useTranslation('hygiene')
  const format = useFormat()
  return (
    <Alert color={preview.will_change === 0 ? 'gray' : 'pine'} variant="light" title={preview.will_change === 0 ? t('preview.nobody') : t('preview.people', { count: preview.will_change, number: format.number(preview.will_change) })}>
      <Stack gap={4}>
        {preview.stay.map(({ reason, count }) => <Text key={reason} size="sm">{t(`preview.stay.${reason}`, { count, number: format.number(count) })}</Text>)}
        {preview.examples.map(person => (
          <Text key={person.contact_id} size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {person.name === person.email ? person.email : `${person.name} · ${person.email}`}{person.after !== null && <> → <Text span fw={600} c="var(--mantine-color-text)">{person.after}</Text></>}
          </Text>
        ))}
        {preview.will_change > preview.examples.length && <Text size="sm" c="dimmed">{t('preview.and_more', { count: preview.will_change - preview.examples.length, number: format.number(preview.will_change - preview.examples.length) })}</Text>}
      </Stack>
    </Alert>
  )
}
