import { useState } from 'react'
import { ActionIcon, Button, FileButton, Group, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { DateTimePicker } from '@mantine/dates'
import { IconPaperclip, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { callOutcome } from '../../shared/notes.ts'
import type { KeptFile } from '../../shared/notes.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { addressOf } from './address.ts'
import type { NotesOf } from './address.ts'
import { MentionInput } from './mention-input.tsx'
import { useUploadFile } from './use-upload-file.ts'

type Call = { direction: 'in' | 'out', outcome: typeof callOutcome.options[number], minutes: number | null, happened_at: string | null }
const noCall: Call = { direction: 'out', outcome: 'reached', minutes: null, happened_at: null }

/** One line until it is needed: then a note, or a call with what came of it, and files. */
export function NoteForm({ of, onDone }: { of: NotesOf, onDone: () => void }) {
  const { t } = useTranslation('notes')
  const [opened, setOpened] = useState(false)
  const [body, setBody] = useState('')
  const [call, setCall] = useState<Call | null>(null)
  const [files, setFiles] = useState<KeptFile[]>([])
  const upload = useUploadFile(of, file => setFiles(before => [...before, file]))
  const close = () => {
    setOpened(false)
    setBody('')
    setCall(null)
    setFiles([])
  }
  const save = useMutation({
    mutationFn: () => {
      const { happened_at, ...about } = call ?? noCall
      return api.post(`${addressOf(of)}/notes`, {
        body: body.trim(), file_ids: files.map(file => file.id),
        ...(call === null ? {} : { call: about, ...(happened_at === null ? {} : { happened_at: new Date(happened_at).toISOString() }) }),
      })
    },
    onSuccess: () => {
      close()
      onDone()
    },
  })
  const leaveOut = (file: KeptFile) => {
    setFiles(before => before.filter(each => each.id !== file.id))
    api.delete(`${addressOf(of)}/files/${file.id}`).catch(notifyError)
  }
  const cancel = () => {
    for (const file of files) leaveOut(file)
    close()
  }
  const nothing = body.trim() === '' && call === null && files.length === 0
  if (!opened) {
    return (
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => setOpened(true)}>{t('write')}</Button>
        <Button
          size="xs" variant="default" onClick={() => {
            setCall(noCall)
            setOpened(true)
          }}
        >{t('log_call')}
        </Button>
      </Group>
    )
  }
  return (
    <form
      aria-label={call === null ? t('write') : t('log_call')}
      onSubmit={(event) => {
        event.preventDefault()
        if (!nothing) save.mutate()
      }}
    >
      <Stack gap={8}>
        {call !== null && (
          <>
            <SegmentedControl size="xs" aria-label={t('direction')} value={call.direction} onChange={direction => setCall({ ...call, direction: direction as Call['direction'] })} data={(['out', 'in'] as const).map(value => ({ value, label: t(`directions.${value}`) }))} />
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="xs">
              <Select size="xs" label={t('outcome')} allowDeselect={false} value={call.outcome} onChange={outcome => outcome !== null && setCall({ ...call, outcome: outcome as Call['outcome'] })} data={callOutcome.options.map(value => ({ value, label: t(`outcomes.${value}`) }))} />
              <NumberInput size="xs" label={t('minutes')} min={0} max={1440} allowDecimal={false} value={call.minutes ?? ''} onChange={minutes => setCall({ ...call, minutes: minutes === '' ? null : Number(minutes) })} />
              <DateTimePicker size="xs" label={t('happened_at')} clearable maxDate={new Date()} valueFormat="DD MMM HH:mm" value={call.happened_at} onChange={happened_at => setCall({ ...call, happened_at })} />
            </SimpleGrid>
          </>
        )}
        <MentionInput label={t('note')} placeholder={t('placeholder')} value={body} onChange={setBody} onSubmit={() => !nothing && save.mutate()} autoFocus />
        {files.map(file => (
          <Group key={file.id} gap={6} wrap="nowrap">
            <IconPaperclip size={14} aria-hidden />
            <Text size="sm" truncate flex={1}>{file.name}</Text>
            <ActionIcon size={22} variant="subtle" color="gray" aria-label={t('remove_attachment', { name: file.name })} onClick={() => leaveOut(file)}><IconX size={14} /></ActionIcon>
          </Group>
        ))}
        {upload.isPending && <Text size="xs" c="dimmed">{t('uploading', { name: upload.variables.name })}</Text>}
        <ErrorNotice error={save.error ?? upload.error} />
        <Group gap="xs" justify="space-between">
          <FileButton onChange={file => file !== null && upload.mutate(file)}>
            {props => <ActionIcon {...props} variant="subtle" color="gray" size={30} aria-label={t('attach')} title={t('attach')}><IconPaperclip size={17} /></ActionIcon>}
          </FileButton>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={cancel}>{t('app:cancel')}</Button>
            <Button size="xs" type="submit" loading={save.isPending} disabled={nothing || upload.isPending}>{t('save')}</Button>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}
