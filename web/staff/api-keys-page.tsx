import { useState } from 'react'
import { Alert, Anchor, Badge, Button, Group, Modal, Select, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ApiKey, CreatedApiKey, Role } from '../../shared/staff.ts'
import { role as roleSchema } from '../../shared/staff.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

export function Page() {
  const { t } = useTranslation('staff')
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const list = useQuery({ queryKey: ['api-keys'], queryFn: () => api.get<ListPage<ApiKey>>('/api-keys') })
  const refresh = () => client.invalidateQueries({ queryKey: ['api-keys'] })
  const keys = (list.data?.data ?? []).filter(key => key.revoked_at === null)
  const revoke = (key: ApiKey) => confirmDelete({
    title: t('keys.revoke_title', { name: key.name }), text: t('keys.revoke_text'), confirm: t('keys.revoke'),
    onConfirm: async () => {
      await api.delete(`/api-keys/${key.id}`)
      await refresh()
    },
  })
  return (
    <>
      <PageHeader
        title={t('keys.title')}
        subtitle={<>{t('keys.subtitle')} <Anchor href="/api/v1/openapi.json" target="_blank" inherit>{t('keys.description')}</Anchor></>}
        actions={<Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>{t('keys.add')}</Button>}
      />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && keys.length === 0 && <EmptyState icon={IconKey} title={t('keys.empty')} text={t('keys.empty_text')} action={<Button onClick={() => setAdding(true)}>{t('keys.add')}</Button>} />}
      {keys.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Tbody>
              {keys.map(key => (
                <Table.Tr key={key.id}>
                  <Table.Td>
                    <Text size="sm" fw={500}>{key.name}</Text>
                    <Text size="xs" c="dimmed" ff="monospace">{key.prefix}…</Text>
                  </Table.Td>
                  <Table.Td><Badge color="gray">{t(`app:roles.${key.role}`)}</Badge></Table.Td>
                  <Table.Td>{key.last_used_at === null ? <Text size="xs" c="dimmed">{t('keys.never_used')}</Text> : <Text size="xs" c="dimmed">{t('keys.used')} <TimeAgo time={key.last_used_at} /></Text>}</Table.Td>
                  <Table.Td ta="right"><Button variant="subtle" color="red" size="compact-sm" onClick={() => revoke(key)}>{t('keys.revoke')}</Button></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={adding} onClose={() => setAdding(false)} title={<Text fw={600}>{t('keys.add')}</Text>} closeOnClickOutside={false}>
        {adding && <KeyForm onDone={() => setAdding(false)} onCreated={() => void refresh()} />}
      </Modal>
    </>
  )
}

function KeyForm({ onDone, onCreated }: { onDone: () => void, onCreated: () => void }) {
  const { t } = useTranslation('staff')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('administrator')
  const save = useMutation({ mutationFn: () => api.post<CreatedApiKey>('/api-keys', { name: name.trim(), role }), onSuccess: onCreated })
  if (save.data !== undefined) {
    return (
      <Stack gap="sm">
        <Alert color="amber">{t('keys.once')}</Alert>
        <CopyField label={save.data.name} value={save.data.key} />
        <Group justify="flex-end"><Button onClick={onDone}>{t('keys.kept')}</Button></Group>
      </Stack>
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput label={t('keys.name')} description={t('keys.name_hint')} required data-autofocus value={name} onChange={event => setName(event.currentTarget.value)} />
        <Select label={t('people.role')} description={t(`people.role_hints.${role}`)} allowDeselect={false} value={role} onChange={value => setRole(roleSchema.parse(value))} data={roleSchema.options.map(each => ({ value: each, label: t(`app:roles.${each}`) }))} />
        <ErrorNotice error={save.error} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('keys.create')}</Button></Group>
      </Stack>
    </form>
  )
}
