import { useState } from 'react'
import { ActionIcon, Button, Group, Modal, MultiSelect, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPencil, IconPlus, IconTrash, IconUsersGroup } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Team, User } from '../../shared/staff.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'

/** Teams below the people: who is in each, and who leads it. */
export function TeamsPanel({ users }: { users: User[] }) {
  const { t } = useTranslation('staff')
  const client = useQueryClient()
  const [edited, setEdited] = useState<Team | 'new' | null>(null)
  const list = useQuery({ queryKey: ['teams'], queryFn: () => api.get<ListPage<Team>>('/teams') })
  const refresh = () => client.invalidateQueries({ queryKey: ['teams'] })
  const teams = list.data?.data ?? []
  const remove = (team: Team) => confirmDelete({
    title: t('teams.delete_title', { name: team.name }), text: t('teams.delete_text'), confirm: t('teams.delete'),
    onConfirm: async () => {
      await api.delete(`/teams/${team.id}`)
      await refresh()
    },
  })
  return (
    <Stack gap="sm" mt="xl">
      <Group justify="space-between">
        <Title order={2} size="h4">{t('teams.title')}</Title>
        {teams.length > 0 && <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('teams.add')}</Button>}
      </Group>
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && teams.length === 0 && <EmptyState icon={IconUsersGroup} title={t('teams.empty')} text={t('teams.empty_text')} action={<Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('teams.add')}</Button>} />}
      {teams.length > 0 && (
        <Table>
          <Table.Tbody>
            {teams.map(team => (
              <Table.Tr key={team.id}>
                <Table.Td>
                  <Text size="sm" fw={500}>{team.name}</Text>
                  <Text size="xs" c="dimmed">{team.members.length === 0 ? t('teams.nobody') : team.members.map(each => each.is_lead ? t('teams.lead_name', { name: each.name }) : each.name).join(', ')}</Text>
                </Table.Td>
                <Table.Td ta="right">
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <ActionIcon variant="subtle" color="gray" aria-label={t('teams.change_team', { name: team.name })} title={t('people.edit')} onClick={() => setEdited(team)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
                    <ActionIcon variant="subtle" color="red" aria-label={t('teams.dissolve_team', { name: team.name })} title={t('teams.delete')} onClick={() => remove(team)}><IconTrash size={16} stroke={1.7} /></ActionIcon>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited === 'new' ? t('teams.add') : t('teams.edit')}</Text>}>
        {edited !== null && <TeamForm team={edited === 'new' ? null : edited} users={users} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </Stack>
  )
}

function TeamForm({ team, users, onDone }: { team: Team | null, users: User[], onDone: () => void }) {
  const { t } = useTranslation('staff')
  const form = useForm({
    initialValues: {
      name: team?.name ?? '',
      member_ids: (team?.members ?? []).map(each => String(each.id)),
      lead_id: team?.members.find(each => each.is_lead)?.id.toString() ?? null,
    },
  })
  const { name, member_ids, lead_id } = form.values
  const body = { name, member_ids: member_ids.map(Number), lead_id: lead_id === null || !member_ids.includes(lead_id) ? null : Number(lead_id) }
  const save = useMutation({
    mutationFn: () => team === null ? api.post('/teams', body) : api.put(`/teams/${team.id}`, body),
    onSuccess: onDone,
    onError: error => form.setErrors(errorsByField(error)),
  })
  // Whoever cannot sign in any more stays in a team they are in, but is not put into one.
  const choices = users.filter(user => user.disabled_at === null || member_ids.includes(String(user.id))).map(user => ({ value: String(user.id), label: user.name }))
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())} noValidate>
      <Stack gap="sm">
        <TextInput label={t('teams.name')} required data-autofocus maxLength={200} {...form.getInputProps('name')} />
        <MultiSelect label={t('teams.members')} data={choices} searchable hidePickedOptions {...form.getInputProps('member_ids')} />
        <Select label={t('teams.lead')} description={t('teams.lead_hint')} clearable disabled={member_ids.length === 0} data={choices.filter(each => member_ids.includes(each.value))} {...form.getInputProps('lead_id')} value={body.lead_id === null ? null : String(body.lead_id)} />
        <ErrorNotice error={save.error} shownFields={['name', 'member_ids', 'lead_id']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
