import { useState } from 'react'
import { ActionIcon, Anchor, Avatar, Badge, Button, Group, Menu, Stack, Text } from '@mantine/core'
import { IconDots, IconPaperclip, IconPencil, IconPhone, IconPin, IconPinnedOff, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Note } from '../../shared/notes.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay, useSession } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { useFileSize } from '../templates/mail-files.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { addressOf, contentOf, topicOf } from './address.ts'
import type { NotesOf } from './address.ts'
import { MentionInput } from './mention-input.tsx'
import { NoteForm } from './note-form.tsx'
import { NoteText } from './note-text.tsx'

/** What colleagues wrote about a contact, a company or a deal, and the calls they made; written right here. Kept up to date while it is open. */
export function Notes({ of }: { of: NotesOf }) {
  const { t } = useTranslation('notes')
  const may = useMay('contacts')
  const client = useQueryClient()
  const path = `${addressOf(of)}/notes`
  const list = useList<Note>(path)
  const refresh = () => client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(addressOf(of)) })
  useLive([topicOf(of)], () => void refresh())
  return (
    <Panel title={t('title')}>
      <Stack gap="sm">
        {may && <NoteForm of={of} onDone={() => void refresh()} />}
        <ErrorNotice error={list.error} retry={() => void list.refetch()} />
        {list.isSuccess && list.rows.length === 0 && !may && <Text size="sm" c="dimmed">{t('empty')}</Text>}
        {list.rows.map(note => <NoteRow key={note.id} of={of} note={note} onChange={() => void refresh()} />)}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Panel>
  )
}

function NoteRow({ of, note, onChange }: { of: NotesOf, note: Note, onChange: () => void }) {
  const { t } = useTranslation('notes')
  const format = useFormat()
  const size = useFileSize()
  const may = useMay('contacts')
  const { user } = useSession()
  const own = may && (user.role === 'administrator' || note.author?.id === user.id)
  const [draft, setDraft] = useState<string | null>(null)
  const path = `${addressOf(of)}/notes/${note.id}`
  const change = useMutation({
    mutationFn: (body: { body?: string, pinned?: boolean }) => api.patch(path, body),
    onSuccess: () => {
      setDraft(null)
      onChange()
    },
    onError: notifyError,
  })
  const remove = () => confirmDelete({ title: t('delete_title'), text: note.files.length > 0 ? t('delete_text') : '', onConfirm: async () => {
    await api.delete(path)
    onChange()
  } })
  return (
    <Stack gap={4} component="article" aria-label={note.kind === 'call' ? t('call') : t('note')}>
      <Group gap={8} wrap="nowrap" align="center">
        {note.kind === 'call' ? <IconPhone size={16} stroke={1.7} aria-hidden /> : <Avatar size={22} name={note.author?.name ?? t('nobody')} color="initials" aria-hidden />}
        <Text size="xs" c="dimmed" flex={1} miw={0} truncate title={format.dayAndTime(note.happened_at)}>
          {note.author?.name ?? t('nobody')} · <TimeAgo time={note.happened_at} />{note.edited_at !== null && <> · {t('edited')}</>}
        </Text>
        {note.pinned && <Badge size="xs" color="amber" leftSection={<IconPin size={10} />}>{t('pinned')}</Badge>}
        {may && (
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="subtle" color="gray" size={24} aria-label={t('more_of')}><IconDots size={15} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={note.pinned ? <IconPinnedOff size={15} /> : <IconPin size={15} />} onClick={() => change.mutate({ pinned: !note.pinned })}>{note.pinned ? t('unpin') : t('pin')}</Menu.Item>
              {own && <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => setDraft(note.body)}>{t('app:edit')}</Menu.Item>}
              {own && <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={remove}>{t('app:delete')}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
      {note.call !== null && <Text size="sm" fw={500}>{t(`calls.${note.call.direction}_${note.call.outcome}`)}{note.call.minutes !== null && <> · {t('minutes_long', { count: note.call.minutes })}</>}</Text>}
      {draft === null
        ? <NoteText text={note.body} />
        : (
            <Stack gap={6}>
              <MentionInput label={t('note')} value={draft} onChange={setDraft} onSubmit={() => change.mutate({ body: draft })} autoFocus />
              <Group gap="xs" justify="flex-end">
                <Button size="xs" variant="default" onClick={() => setDraft(null)}>{t('app:cancel')}</Button>
                <Button size="xs" loading={change.isPending} onClick={() => change.mutate({ body: draft })}>{t('app:save')}</Button>
              </Group>
            </Stack>
          )}
      {note.files.map(file => (
        <Group key={file.id} gap={6} wrap="nowrap">
          <IconPaperclip size={14} aria-hidden />
          <Anchor size="sm" href={contentOf(of, file.id)} target="_blank" rel="noreferrer" truncate>{file.name}</Anchor>
          <Text size="xs" c="dimmed" style={{ flex: 'none' }}>{size(file.size)}</Text>
        </Group>
      ))}
    </Stack>
  )
}
