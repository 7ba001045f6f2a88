import { useState } from 'react'
import { Button, Group, Loader, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { BulkPreview } from '../../shared/bulk.ts'
import { daysToErase, type HygieneAct, type HygieneActBody, type HygieneKind } from '../../shared/hygiene.ts'
import { api } from '../app/api.ts'
import { ChooseSegment } from '../bulk/choose-segment.tsx'
import { Preview } from '../bulk/preview.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
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
  const preview = useQuery({ queryKey: ['hygiene-preview', kind, settled], queryFn: () => api.post<BulkPreview>(`/hygiene/groups/${kind}/preview`, JSON.parse(settled)), enabled: ready, placeholderData: previous => previous })
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
