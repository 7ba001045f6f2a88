import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconHistory, IconPencil, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ImportMapping } from '../../shared/imports.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

/** Where the columns of earlier files went; the next file with the same columns is mapped so at once. */
export function Page() {
  const { t } = useTranslation('imports')
  const client = useQueryClient()
  const [renamed, setRenamed] = useState<ImportMapping | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: ['list', '/import-mappings'] })
  return (
    <>
      <PageHeader title={t('mappings.title')} subtitle={t('mappings.subtitle')} back={{ to: '/imports', label: t('title') }} />
      <DataList<ImportMapping> name="import-mappings" path="/import-mappings" columns={useColumns(setRenamed, refresh)} rowKey={row => row.id} minWidth={640} empty={<EmptyState icon={IconHistory} title={t('mappings.none')} text={t('mappings.none_text')} />} />
      <Modal opened={renamed !== null} onClose={() => setRenamed(null)} title={<Text fw={600}>{t('mappings.rename')}</Text>}>
        {renamed !== null && <Rename mapping={renamed} onDone={() => { setRenamed(null); void refresh() }} />}
      </Modal>
    </>
  )
}

function useColumns(onRename: (mapping: ImportMapping) => void, refresh: () => Promise<void>): Column<ImportMapping>[] {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const may = useMay('marketing')
  const remove = (mapping: ImportMapping) => confirmDelete({
    title: t('mappings.delete_title', { name: mapping.name }), text: t('mappings.delete_text'),
    onConfirm: async () => {
      await api.delete(`/import-mappings/${mapping.id}`)
      await refresh()
    },
  })
  return [
    { key: 'name', label: t('mappings.name'), fixed: true, render: row => <Group gap={6}><Text size="sm" fw={500}>{row.name}</Text><Badge size="xs" color="gray">{t(`kind.${row.kind}`)}</Badge></Group> },
    { key: 'columns', label: t('mappings.columns'), width: 380, render: row => <Text size="sm" c="dimmed" lineClamp={2}>{row.columns.filter(column => column.to !== '').map(column => column.header).join(', ')}</Text> },
    { key: 'uses', label: t('mappings.uses'), align: 'right', render: row => <Text size="sm">{format.number(row.uses)}</Text> },
    { key: 'used', label: t('mappings.used'), render: row => <TimeAgo time={row.used_at} size="sm" /> },
    ...(may ? [{
      key: 'actions', label: '', fixed: true, align: 'right' as const,
      render: (row: ImportMapping) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <ActionIcon variant="subtle" color="gray" aria-label={t('mappings.rename_of', { name: row.name })} title={t('mappings.rename')} onClick={() => onRename(row)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label={t('mappings.forget_of', { name: row.name })} title={t('app:delete')} onClick={() => remove(row)}><IconTrash size={16} stroke={1.7} /></ActionIcon>
        </Group>
      ),
    }] : []),
  ]
}

function Rename({ mapping, onDone }: { mapping: ImportMapping, onDone: () => void }) {
  const { t } = useTranslation('imports')
  const [name, setName] = useState(mapping.name)
  const save = useMutation({ mutationFn: () => api.patch(`/import-mappings/${mapping.id}`, { name: name.trim() }), onSuccess: onDone })
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <Stack gap="sm">
        <TextInput label={t('mappings.name')} required data-autofocus maxLength={200} value={name} onChange={event => setName(event.currentTarget.value)} />
        <ErrorNotice error={save.error} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
