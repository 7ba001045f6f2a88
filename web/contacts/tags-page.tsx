import { useState } from 'react'
import { ActionIcon, Anchor, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconPencil, IconPlus, IconTag, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Tag } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { tagsKey } from './use-reference.ts'

export function Page() {
  const { t } = useTranslation('contacts')
  const may = useMay('marketing')
  const client = useQueryClient()
  const [edited, setEdited] = useState<Tag | 'new' | null>(null)
  const list = useQuery({ queryKey: tagsKey, queryFn: () => api.get<ListPage<Tag>>('/tags') })
  const refresh = () => client.invalidateQueries({ queryKey: tagsKey })
  const tags = list.data?.data ?? []
  const remove = (tag: Tag) => confirmDelete({
    title: t('tags.delete_title', { name: tag.name }), text: t('tags.delete_text', { count: tag.contacts_count ?? 0 }),
    onConfirm: async () => {
      await api.delete(`/tags/${tag.id}`)
      await refresh()
    },
  })
  return (
    <>
      <PageHeader title={t('tags.title')} subtitle={t('tags.page_subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('tags.new')}</Button>} />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && tags.length === 0 && <EmptyState icon={IconTag} title={t('tags.none')} text={t('tags.page_empty')} />}
      {tags.length > 0 && (
        <Table>
          <Table.Tbody>
            {tags.map(tag => (
              <Table.Tr key={tag.id}>
                <Table.Td><Text size="sm" fw={500}>{tag.name}</Text></Table.Td>
                <Table.Td><Anchor component={Link} size="sm" to={`/contacts?filter=${encodeURIComponent(JSON.stringify([{ tag: tag.id, has: true }]))}`}>{t('tags.contacts', { count: tag.contacts_count ?? 0 })}</Anchor></Table.Td>
                <Table.Td ta="right">
                  {may && (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <ActionIcon variant="subtle" color="gray" aria-label={t('tags.rename_one_tag', { name: tag.name })} title={t('tags.rename')} onClick={() => setEdited(tag)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
                      <ActionIcon variant="subtle" color="red" aria-label={t('tags.delete_one_tag', { name: tag.name })} title={t('app:delete')} onClick={() => remove(tag)}><IconTrash size={16} stroke={1.7} /></ActionIcon>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited === 'new' ? t('tags.new') : t('tags.rename')}</Text>}>
        {edited !== null && <TagForm tag={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

function TagForm({ tag, onDone }: { tag: Tag | null, onDone: () => void }) {
  const { t } = useTranslation('contacts')
  const [name, setName] = useState(tag?.name ?? '')
  const save = useMutation({
    mutationFn: () => tag === null ? api.post('/tags', { name: name.trim() }) : api.patch(`/tags/${tag.id}`, { name: name.trim() }),
    onSuccess: onDone,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput label={t('tags.name')} required data-autofocus maxLength={100} value={name} onChange={event => setName(event.currentTarget.value)} />
        <ErrorNotice error={save.error} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
