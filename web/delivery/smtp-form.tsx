import { useState } from 'react'
import { Alert, Badge, Button, Checkbox, Group, NumberInput, Paper, PasswordInput, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SendingSettings, SendingTestResult, SmtpBody } from '../../shared/delivery.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { sendingKey } from './sending-key.ts'
import { TestResult } from './test-result.tsx'

type Values = { host: string, port: number | string, security: SmtpBody['security'], user: string, password: string, verify: boolean, connections: number | string }

const usualPort = { tls: 465, starttls: 587, opportunistic: 25, none: 25 } as const

export function SmtpForm({ settings }: { settings: SendingSettings }) {
  const { t } = useTranslation('delivery')
  const { user } = useSession()
  const client = useQueryClient()
  const { smtp, source } = settings
  const fixed = source === 'environment'
  const [to, setTo] = useState(user.email)
  const form = useForm<Values>({
    initialValues: { host: smtp?.host ?? '', port: smtp?.port ?? 587, security: smtp?.security ?? 'starttls', user: smtp?.user ?? '', password: '', verify: smtp?.verify ?? true, connections: smtp?.connections ?? 10 },
  })
  const body = (): SmtpBody => {
    const { password, port, connections, ...rest } = form.values
    return { ...rest, port: Number(port), connections: Number(connections), ...(password === '' ? {} : { password }) }
  }
  const test = useMutation({
    mutationFn: (withMail: boolean) => api.post<SendingTestResult>('/sending/test', { ...(fixed ? {} : { smtp: body() }), ...(withMail && to.trim() !== '' ? { to: to.trim() } : {}) }),
    onError: error => form.setErrors(shortFields(errorsByField(error))),
  })
  const save = useMutation({
    mutationFn: () => api.put<SendingSettings>('/sending', body()),
    onSuccess: (saved) => {
      client.setQueryData(sendingKey, saved)
      form.setFieldValue('password', '')
      form.resetDirty()
      notifyDone(t('app:saved'))
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  const remove = async () => client.setQueryData(sendingKey, await api.delete<SendingSettings>('/sending'))
  return (
    <Paper>
      <form onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack gap="sm">
          <Group gap="xs">
            <Title order={2} size="h3">{t('server')}</Title>
            {settings.status.state === 'good' && smtp && <Badge color="pine">{t('works')}</Badge>}
            {settings.status.state === 'down' && smtp && <Badge color="red">{t('down')}</Badge>}
          </Group>
          {settings.status.state === 'down' && smtp && <Alert color="red" variant="light">{t('down_text', { message: settings.status.message ?? '' })}</Alert>}
          {fixed && <Alert color="gray" variant="light">{t('from_environment')}</Alert>}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('host')} placeholder="smtp.example.com" disabled={fixed} required {...form.getInputProps('host')} />
            <Select
              label={t('security')} allowDeselect={false} disabled={fixed} {...form.getInputProps('security')}
              onChange={(value) => {
                const next = (value ?? 'starttls') as Values['security']
                if (Number(form.values.port) === usualPort[form.values.security]) form.setFieldValue('port', usualPort[next])
                form.setFieldValue('security', next)
              }}
              data={(['starttls', 'tls', 'opportunistic', 'none'] as const).map(value => ({ value, label: t(`securities.${value}`) }))}
            />
            <NumberInput label={t('port')} min={1} max={65535} allowDecimal={false} hideControls disabled={fixed} required {...form.getInputProps('port')} />
            <NumberInput label={t('connections')} description={t('connections_hint')} min={1} max={200} allowDecimal={false} disabled={fixed} inputWrapperOrder={['label', 'input', 'description', 'error']} {...form.getInputProps('connections')} />
            <TextInput label={t('user')} autoComplete="off" disabled={fixed} {...form.getInputProps('user')} />
            <PasswordInput label={t('password')} autoComplete="new-password" placeholder={smtp?.has_password ? t('password_kept') : ''} disabled={fixed} {...form.getInputProps('password')} />
          </SimpleGrid>
          <Checkbox label={t('verify')} disabled={fixed || form.values.security === 'none'} {...form.getInputProps('verify', { type: 'checkbox' })} />
          <ErrorNotice error={save.error} shownFields={Object.keys(form.values)} />
          <Group justify="space-between" align="flex-end">
            <Group gap="xs" align="flex-end">
              <TextInput label={t('test_to')} type="email" value={to} onChange={event => setTo(event.currentTarget.value)} w={{ base: '100%', xs: 240 }} />
              <Button variant="light" loading={test.isPending} disabled={form.values.host.trim() === ''} onClick={() => test.mutate(true)}>{t('test')}</Button>
            </Group>
            {!fixed && (
              <Group gap="xs">
                {smtp && <Button variant="subtle" color="red" onClick={() => confirmDelete({ title: t('remove_title'), text: t('remove_text'), confirm: t('remove'), onConfirm: remove })}>{t('remove')}</Button>}
                <Button type="submit" loading={save.isPending} disabled={!form.isDirty() && smtp !== null}>{t('app:save')}</Button>
              </Group>
            )}
          </Group>
          <ErrorNotice error={test.error} shownFields={Object.keys(form.values).map(name => `smtp.${name}`)} />
          {test.data && !test.isPending && <TestResult result={test.data} />}
          {!fixed && form.isDirty() && test.data?.ok && <Text size="sm" c="dimmed">{t('test_not_saved')}</Text>}
        </Stack>
      </form>
    </Paper>
  )
}

const shortFields = (errors: Record<string, string>) => Object.fromEntries(Object.entries(errors).map(([field, message]) => [field.replace(/^smtp\./, ''), message]))
