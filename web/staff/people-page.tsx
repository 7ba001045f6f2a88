import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Menu, Modal, PasswordInput, Select, Stack, Table, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { User } from '../../shared/staff.ts'
import { role } from '../../shared/staff.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { PersonCell } from '../contacts/person-cell.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { HandOver } from './hand-over.tsx'
import { TeamsPanel } from './teams-panel.tsx'

/** Who signs in here, and what each may do. */
export function Page() {
  const { t } = useTranslation('staff')
  const { user: me } = useSession()
  const client = useQueryClient()
  const [edited, setEdited] = useState<User | 'new' | null>(null)
  const [leaving, setLeaving] = useState<{ user: User, disable: boolean } | null>(null)
  const [passwordOf, setPasswordOf] = useState<User | null>(null)
  const list = useQuery({ queryKey: ['users'], queryFn: () => api.get<ListPage<User>>('/users') })
  const refresh = () => client.invalidateQueries({ queryKey: ['users'] })
  const change = useMutation({
    mutationFn: ({ id, ...changes }: { id: number, disabled: boolean }) => api.patch(`/users/${id}`, changes),
    onSuccess: refresh,
    onError: notifyError,
  })
  return (
    <>
      <PageHeader title={t('people.title')} subtitle={t('people.subtitle')} actions={<Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('people.add')}</Button>} />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      <Table.ScrollContainer minWidth={420}>
        <Table>
          <Table.Tbody>
            {(list.data?.data ?? []).map(user => (
              <Table.Tr key={user.id} opacity={user.disabled_at === null ? 1 : 0.55}>
                <Table.Td><PersonCell name={user.name} email={user.email} /></Table.Td>
                <Table.Td><Badge color={user.role === 'administrator' ? 'pine' : 'gray'}>{t(`app:roles.${user.role}`)}</Badge></Table.Td>
                <Table.Td><Text size="xs" c="dimmed">{user.disabled_at === null ? (user.id === me.id ? t('people.you') : '') : t('people.disabled')}</Text></Table.Td>
                <Table.Td w={44}>
                  <Menu position="bottom-end">
                    <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t('people.actions', { name: user.name })}><IconDots size={17} /></ActionIcon></Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setEdited(user)}>{t('people.edit')}</Menu.Item>
                      <Menu.Item onClick={() => setPasswordOf(user)}>{t('people.set_password')}</Menu.Item>
                      <Menu.Item onClick={() => setLeaving({ user, disable: false })}>{t('handover.menu')}</Menu.Item>
                      {user.id !== me.id && <Menu.Item color={user.disabled_at === null ? 'red' : undefined} onClick={() => user.disabled_at === null ? setLeaving({ user, disable: true }) : change.mutate({ id: user.id, disabled: false })}>{user.disabled_at === null ? t('people.disable') : t('people.enable')}</Menu.Item>}
                    </Menu.Dropdown>
                  </Menu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <TeamsPanel users={list.data?.data ?? []} />
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited === 'new' ? t('people.add') : t('people.edit')}</Text>}>
        {edited !== null && <UserForm user={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
      <HandOver leaving={leaving} users={list.data?.data ?? []} onClose={() => setLeaving(null)} onDone={() => { setLeaving(null); void refresh() }} />
      <Modal opened={passwordOf !== null} onClose={() => setPasswordOf(null)} title={<Text fw={600}>{t('people.set_password')}</Text>}>
        {passwordOf !== null && <PasswordForm user={passwordOf} onDone={() => setPasswordOf(null)} />}
      </Modal>
    </>
  )
}

function UserForm({ user, onDone }: { user: User | null, onDone: () => void }) {
  const { t } = useTranslation('staff')
  const form = useForm({ initialValues: { name: user?.name ?? '', email: user?.email ?? '', role: user?.role ?? 'manager', password: '' } })
  const save = useMutation({
    mutationFn: () => user === null ? api.post('/users', form.values) : api.patch(`/users/${user.id}`, { name: form.values.name, role: form.values.role }),
    onSuccess: onDone,
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())} noValidate>
      <Stack gap="sm">
        <TextInput label={t('name')} required data-autofocus {...form.getInputProps('name')} />
        <TextInput label={t('email')} type="email" required disabled={user !== null} {...form.getInputProps('email')} />
        <Select label={t('people.role')} description={t(`people.role_hints.${form.values.role}`)} allowDeselect={false} data={role.options.map(each => ({ value: each, label: t(`app:roles.${each}`) }))} {...form.getInputProps('role')} />
        {user === null && <PasswordInput label={t('password')} description={t('people.password_hint')} required autoComplete="new-password" {...form.getInputProps('password')} />}
        <ErrorNotice error={save.error} shownFields={['name', 'email', 'role', 'password']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

function PasswordForm({ user, onDone }: { user: User, onDone: () => void }) {
  const { t } = useTranslation('staff')
  const [password, setPassword] = useState('')
  const save = useMutation({
    mutationFn: () => api.patch(`/users/${user.id}`, { password }),
    onSuccess: () => {
      notifyDone(t('people.password_set', { name: user.name }))
      onDone()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <PasswordInput label={t('people.new_password_for', { name: user.name })} description={t('setup.password_hint')} autoComplete="new-password" required data-autofocus value={password} onChange={event => setPassword(event.currentTarget.value)} error={errorsByField(save.error)['password']} />
        <ErrorNotice error={save.error} shownFields={['password']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
