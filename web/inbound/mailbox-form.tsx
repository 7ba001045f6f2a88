import { Button, Checkbox, Group, NumberInput, PasswordInput, Select, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Mailbox, OauthClient } from '../../shared/inbound.ts'
import { api, type Page } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { oauthClientsKey } from './oauth-clients.tsx'

type SignIn = Mailbox['sign_in']
/** Where the well-known ones are read. */
const hosts: Partial<Record<SignIn, string>> = { google: 'imap.gmail.com', microsoft: 'outlook.office365.com' }

/** `purpose`: of a test mailbox no folders are chosen, and its address may be another than its user name. */
export function MailboxForm({ mailbox, purpose = 'incoming', onDone }: { mailbox: Mailbox | null, purpose?: Mailbox['purpose'], onDone: () => void }) {
  const { t } = useTranslation('inbound')
  const form = useForm({
    initialValues: {
      name: mailbox?.name ?? '', sign_in: mailbox?.sign_in ?? 'password' as SignIn, host: mailbox?.host ?? '', port: mailbox?.port ?? 993 as number | string, security: mailbox?.security ?? 'tls' as Mailbox['security'], verify: mailbox?.verify ?? true,
      username: mailbox?.username ?? '', password: '', client_id: '', client_secret: '', refresh_token: '', token_url: '', folders: mailbox?.folders.map(folder => folder.folder) ?? ['INBOX'], mark_seen: mailbox?.mark_seen ?? true, address: mailbox?.address ?? '',
    },
  })
  const { values } = form
  const save = useMutation({
    mutationFn: () => {
      const { password, client_id, client_secret, refresh_token, token_url, port, address, ...rest } = values
      const secrets = Object.fromEntries(Object.entries({ password, client_id, client_secret, refresh_token, token_url }).filter(([, value]) => value !== ''))
      const body = { ...rest, port: Number(port), purpose, address: address.trim() === '' ? null : address.trim(), ...secrets }
      return mailbox === null ? api.post('/mailboxes', body) : api.put(`/mailboxes/${mailbox.id}`, body)
    },
    onSuccess: onDone,
    onError: error => form.setErrors(errorsByField(error)),
  })
  const clients = useQuery({ queryKey: oauthClientsKey, queryFn: ({ signal }) => api.get<Page<OauthClient>>('/oauth-clients', { signal }) })
  /** there is an application of the company: nothing need be typed in */
  const ready = clients.data?.data.some(client => client.provider === values.sign_in && client.client_id !== '') ?? false
  const kept = mailbox === null ? '' : t('mailboxes.kept')
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())}>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('mailboxes.name')} placeholder={t(purpose === 'placement' ? 'mailboxes.test_name_example' : 'mailboxes.name_example')} required data-autofocus {...form.getInputProps('name')} />
          <Select
            label={t('mailboxes.sign_in')} allowDeselect={false} {...form.getInputProps('sign_in')} data={(['password', 'google', 'microsoft', 'oauth2'] as const).map(value => ({ value, label: t(`mailboxes.sign_ins.${value}`) }))}
            onChange={(value) => {
              const next = (value ?? 'password') as SignIn
              form.setFieldValue('sign_in', next)
              if (values.host === '' && hosts[next] !== undefined) form.setFieldValue('host', hosts[next])
            }}
          />
          <TextInput label={t('mailboxes.host')} placeholder="imap.example.com" required {...form.getInputProps('host')} />
          <NumberInput label={t('mailboxes.port')} min={1} max={65535} allowDecimal={false} hideControls required {...form.getInputProps('port')} />
          <Select
            label={t('mailboxes.security')} allowDeselect={false} {...form.getInputProps('security')} data={(['tls', 'starttls', 'none'] as const).map(value => ({ value, label: t(`mailboxes.securities.${value}`) }))}
            onChange={(value) => {
              form.setFieldValue('security', (value ?? 'tls') as Mailbox['security'])
              form.setFieldValue('port', value === 'tls' ? 993 : 143)
            }}
          />
          <TextInput label={t('mailboxes.username')} placeholder="news@shop.example" autoComplete="off" required {...form.getInputProps('username')} />
          {purpose === 'placement' && <TextInput label={t('mailboxes.address')} description={t('mailboxes.address_text')} placeholder={values.username} {...form.getInputProps('address')} />}
          {values.sign_in === 'password' && <PasswordInput label={t('mailboxes.password')} autoComplete="new-password" placeholder={kept} {...form.getInputProps('password')} />}
        </SimpleGrid>
        {values.sign_in !== 'password' && (
          <>
            <Text size="sm" c="dimmed">{t(ready ? 'oauth.form_ready' : 'mailboxes.oauth_text')}</Text>
            {!ready && <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput label={t('mailboxes.client_id')} autoComplete="off" placeholder={kept} {...form.getInputProps('client_id')} />
              <PasswordInput label={t('mailboxes.client_secret')} autoComplete="new-password" placeholder={kept} {...form.getInputProps('client_secret')} />
              <PasswordInput label={t('mailboxes.refresh_token')} autoComplete="new-password" placeholder={kept} {...form.getInputProps('refresh_token')} />
              {values.sign_in === 'oauth2' && <TextInput label={t('mailboxes.token_url')} placeholder="https://" {...form.getInputProps('token_url')} />}
            </SimpleGrid>}
          </>
        )}
        {purpose === 'incoming' && (
          <>
            <TagsInput label={t('mailboxes.folders')} description={t('mailboxes.folders_text')} {...form.getInputProps('folders')} />
            <Checkbox label={t('mailboxes.mark_seen')} {...form.getInputProps('mark_seen', { type: 'checkbox' })} />
          </>
        )}
        <Checkbox label={t('mailboxes.verify')} disabled={values.security === 'none'} {...form.getInputProps('verify', { type: 'checkbox' })} />
        <ErrorNotice error={save.error} shownFields={Object.keys(values)} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
