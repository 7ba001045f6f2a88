import { ActionIcon, Anchor, FileButton, Group, Stack, Text } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { KeptFile } from '../../shared/notes.ts'
import { api } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { useFileSize } from '../templates/mail-files.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { addressOf, contentOf } from './address.ts'
import type { NotesOf } from './address.ts'
import { useUploadFile } from './use-upload-file.ts'

/** All files about a contact, a company or a deal, those of notes as well. Notes on the same page keep it up to date. */
export function Files({ of }: { of: NotesOf }) {
  const { t } = useTranslation('notes')
  const may = useMay('contacts')
  const { user } = useSession()
  const size = useFileSize()
  const client = useQueryClient()
  const list = useList<KeptFile>(`${addressOf(of)}/files`)
  const refresh = () => client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(addressOf(of)) })
  const upload = useUploadFile(of, () => void refresh())
  const remove = (file: KeptFile) => confirmDelete({ title: t('files.delete_title', { name: file.name }), text: t('files.delete_text'), onConfirm: async () => {
    await api.delete(`${addressOf(of)}/files/${file.id}`)
    void refresh()
  } })
  return (
    <Panel
      title={t('files.title')}
      action={may && (
        <FileButton onChange={file => file !== null && upload.mutate(file)}>
          {props => <ActionIcon {...props} variant="subtle" color="gray" loading={upload.isPending} aria-label={t('files.upload')} title={t('files.upload')}><IconPlus size={17} /></ActionIcon>}
        </FileButton>
      )}
    >
      <Stack gap={6}>
        <ErrorNotice error={upload.error ?? list.error} />
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('files.empty')}</Text>}
        {list.rows.map(file => (
          <Group key={file.id} gap={8} wrap="nowrap" justify="space-between">
            <Stack gap={0} miw={0}>
              <Anchor size="sm" href={contentOf(of, file.id)} target="_blank" rel="noreferrer" truncate>{file.name}</Anchor>
              <Text size="xs" c="dimmed">{size(file.size)} · <TimeAgo time={file.created_at} />{file.author !== null && <> · {file.author.name}</>}</Text>
            </Stack>
            {may && (user.role === 'administrator' || file.author?.id === user.id) && <ActionIcon variant="subtle" color="gray" aria-label={t('files.delete', { name: file.name })} onClick={() => remove(file)}><IconTrash size={15} /></ActionIcon>}
          </Group>
        ))}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Panel>
  )
}
