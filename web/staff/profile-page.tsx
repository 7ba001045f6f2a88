import { useState } from 'react'
import { Button, Group, PasswordInput, Stack, TextInput, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { sessionKey, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'

export function Page() {
  const { t } = useTranslation('staff')
  const { user } = useSession()
  const client = useQueryClient()
  const [name, setName] = useState(user.name)
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const saveName = useMutation({
    mutationFn: () => api.patch('/profile', { name: name.trim() }),
    onSuccess: () => {
      notifyDone(t('app:saved'))
      return client.invalidateQueries({ queryKey: sessionKey })
    },
  })
  const savePassword = useMutation({
    mutationFn: () => api.patch('/profile', { current_password: current, new_password: next }),
    onSuccess: () => {
      notifyDone(t('profile.password_changed'))
      setCurrent('')
      setNext('')
    },
  })
  const errors = errorsByField(savePassword.error)
  return (
    <>
      <PageHeader title={t('profile.title')} subtitle={user.email} />
      <Stack gap="xl" maw={460}>
        <form onSubmit={(event) => { event.preventDefault(); saveName.mutate() }}>
          <Stack gap="sm">
            <TextInput label={t('name')} required value={name} onChange={event => setName(event.currentTarget.value)} error={errorsByField(saveName.error)['name']} />
            <ErrorNotice error={saveName.error} shownFields={['name']} />
            <Group><Button type="submit" loading={saveName.isPending} disabled={name.trim() === '' || name.trim() === user.name}>{t('app:save')}</Button></Group>
          </Stack>
        </form>
        <form onSubmit={(event) => { event.preventDefault(); savePassword.mutate() }}>
          <Stack gap="sm">
            <Title order={2}>{t('profile.password')}</Title>
            <PasswordInput label={t('profile.current')} autoComplete="current-password" required value={current} onChange={event => setCurrent(event.currentTarget.value)} error={errors['current_password']} />
            <PasswordInput label={t('profile.new')} description={t('setup.password_hint')} autoComplete="new-password" required value={next} onChange={event => setNext(event.currentTarget.value)} error={errors['new_password']} />
            <ErrorNotice error={savePassword.error} shownFields={['current_password', 'new_password']} />
            <Group><Button type="submit" variant="default" loading={savePassword.isPending} disabled={current === '' || next === ''}>{t('profile.change')}</Button></Group>
          </Stack>
        </form>
      </Stack>
    </>
  )
}
