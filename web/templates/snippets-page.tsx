import { useRef, useState } from 'react'
import { ActionIcon, Badge, Button, Group, Modal, Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { IconPencil, IconPlus, IconTextPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Snippet } from '../../shared/snippets.ts'
import type { PersonalField } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { PageHeader } from '../ui/page-header.tsx'

/** Pieces of text for letters: one's own and everybody's. */
export function Page() {
  const { t } = useTranslation('snippets')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [edited, setEdited] = useState<Snippet | 'new' | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: ['list'] })
  const remove = (snippet: Snippet) => confirmDelete({
    title: t('delete_title', { name: snippet.name }), text: snippet.shared ? t('delete_shared') : t('delete_own'),
    onConfirm: async () => {
      await api.delete(`/snippets/${snippet.id}`)
      await refresh()
    },
  })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('new')}</Button>} />
      {may && (
        <DataList<Snippet>
          name="snippets" path="/snippets?limit=50" rowKey={row => row.id} {...{ onRow: (row: Snippet) => { if (row.may_change) setEdited(row) } }}
          columns={[
            { key: 'name', label: t('name'), fixed: true, width: 200, render: row => <Text size="sm" fw={500}>{row.name}</Text> },
            { key: 'text', label: t('text'), fixed: true, render: row => <Text size="sm" c="dimmed" lineClamp={2}>{row.text}</Text> },
            { key: 'whose', label: t('whose'), fixed: true, width: 90, render: row => row.shared ? <Badge size="sm">{t('shared')}</Badge> : <Text size="xs" c="dimmed">{t('own')}</Text> },
            {
              key: 'actions', label: '', fixed: true, width: 80,
              render: row => row.may_change && (
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  <ActionIcon variant="subtle" color="gray" aria-label={t('edit_this', { name: row.name })} title={t('app:edit')} onClick={() => setEdited(row)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
                  <ActionIcon variant="subtle" color="red" aria-label={t('delete_this', { name: row.name })} title={t('app:delete')} onClick={() => remove(row)}><IconTrash size={16} stroke={1.7} /></ActionIcon>
                </Group>
              ),
            },
          ]}
          empty={<EmptyState icon={IconTextPlus} title={t('none')} text={t('none_text')} />}
        />
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={edited === 'new' ? t('new') : t('edit')} size="lg">
        {edited !== null && <SnippetForm snippet={edited === 'new' ? null : edited} onCancel={() => setEdited(null)} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

function SnippetForm({ snippet, onDone, onCancel }: { snippet: Snippet | null, onDone: () => void, onCancel: () => void }) {
  const { t, i18n } = useTranslation('snippets')
  const [name, setName] = useState(snippet?.name ?? '')
  const [text, setText] = useState(snippet?.text ?? '')
  const [shared, setShared] = useState(snippet?.shared ?? false)
  const area = useRef<HTMLTextAreaElement>(null)
  const fields = useQuery({ queryKey: ['personal-fields'], staleTime: 60_000, queryFn: () => api.get<{ data: PersonalField[] }>('/templates/fields') }).data?.data ?? []
  const save = useMutation({
    mutationFn: () => snippet === null ? api.post('/snippets', { name, text, shared }) : api.put(`/snippets/${snippet.id}`, { name, text, shared }),
    onSuccess: onDone,
  })
  const errors = errorsByField(save.error)
  const insert = (path: string) => {
    const at = area.current?.selectionStart ?? text.length
    setText(`${text.slice(0, at)}{{ ${path} }}${text.slice(area.current?.selectionEnd ?? at)}`)
    area.current?.focus()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput label={t('name')} required data-autofocus maxLength={100} value={name} onChange={event => setName(event.currentTarget.value)} error={errors['name']} />
        <Textarea ref={area} label={t('text')} required autosize minRows={5} maxRows={16} maxLength={20_000} value={text} onChange={event => setText(event.currentTarget.value)} error={errors['text']} />
        <Select label={t('insert_field')} placeholder={t('choose_field')} searchable value={null} data={fields.map(field => ({ value: field.path, label: field.label[i18n.language === 'ru' ? 'ru' : 'en'] }))} onChange={path => path !== null && insert(path)} />
        <Switch label={t('shared_label')} description={t('shared_text')} checked={shared} onChange={event => setShared(event.currentTarget.checked)} />
        <ErrorNotice error={save.error} />
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={onCancel}>{t('app:cancel')}</Button>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === '' || text.trim() === ''}>{t('app:save')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
