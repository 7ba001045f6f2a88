import { useState } from 'react'
import { Box, Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { api } from '../app/api.ts'
import { sessionKey } from '../app/session.tsx'
import { Door } from './door.tsx'
import classes from './door.module.css'

export default function SignInPage() {
  const { t } = useTranslation('staff')
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => api.post('/session', { email: email.trim(), password }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  })
  return (
    <Door title={t('sign_in.title')} width={420}>
      <Box
        component="form" className={classes.panel ?? ''}
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate()
        }}
      >
        <Stack gap="md">
          <Title order={1}>{t('sign_in.title')}</Title>
          <TextInput label={t('email')} type="email" autoComplete="username" required autoFocus value={email} onChange={event => setEmail(event.currentTarget.value)} />
          <PasswordInput label={t('password')} autoComplete="current-password" required value={password} onChange={event => setPassword(event.currentTarget.value)} />
          <ErrorNotice error={signIn.error} />
          <Button type="submit" fullWidth loading={signIn.isPending}>{t('sign_in.button')}</Button>
        </Stack>
      </Box>
    </Door>
  )
}
