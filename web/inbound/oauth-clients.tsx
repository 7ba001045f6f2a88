import { useState } from 'react'
import { Badge, Button, Group, Paper, PasswordInput, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { OauthClient } from '../../shared/inbound.ts'
import { api, type Page } from '../app/api.ts'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'

export const oauthClientsKey = ['oauth-clients']

/** The company's own application at Google, Microsoft or another provider: with it mailboxes are signed in to by a button. */
export function OauthClients() {
  const { t } = useTranslation('inbound')
  const [provider, setProvider] = useState<OauthClient['provider']>('google')
  const found = useQuery({ queryKey: oauthClientsKey, queryFn: ({ signal }) => api.get<Page<OauthClient>>('/oauth-clients', { signal }) })
  const client = found.data?.data.find(each => each.provider === provider)
  return (
    <Paper>
      <Stack gap="md">
        <div>
          <Title order={2} size="h3">{t('oauth.title')}</Title>
          <Text size="sm" c="dimmed">{t('oauth.text')}</Text>
        </div>
        {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
        <Group align="flex-end" gap="sm">
          <Select label={t('oauth.provider')} allowDeselect={false} value={provider} onChange={value => setProvider((value ?? 'google') as OauthClient['provider'])} data={(['google', 'microsoft', 'oauth2'] as const).map(value => ({ value, label: t(`mailboxes.sign_ins.${value}`) }))} />
          {client !== undefined && <Badge mb={8} color={client.client_id === '' ? 'gray' : 'pine'}>{t(client.client_id === '' ? 'oauth.not_set' : 'oauth.set')}</Badge>}
        </Group>
        {client !== undefined && <ClientForm key={`${provider} ${client.client_id}`} client={client} />}
      </Stack>
    </Paper>
  )
}

function ClientForm({ client }: { client: OauthClient }) {
  const { t } = useTranslation('inbound')
  const queries = useQueryClient()
  const form = useForm({ initialValues: { client_id: client.client_id, client_secret: '', authorize_url: client.authorize_url, token_url: client.token_url, scope: client.scope } })
  const done = () => { form.setFieldValue('client_secret', ''); void queries.invalidateQueries({ queryKey: oauthClientsKey }); notifyDone(t('app:saved')) }
  const save = useMutation({
    mutationFn: () => api.put(`/oauth-clients/${client.provider}`, { ...form.values, client_secret: form.values.client_secret === '' ? undefined : form.values.client_secret }),
    onSuccess: done,
    onError: error => form.setErrors(errorsByField(error)),
  })
  const forget = useMutation({ mutationFn: () => api.delete(`/oauth-clients/${client.provider}`), onSuccess: done })
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())}>
      <Stack gap="sm">
        <CopyField label={t('oauth.redirect_url')} value={client.redirect_url} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('mailboxes.client_id')} autoComplete="off" required {...form.getInputProps('client_id')} />
          <PasswordInput label={t('mailboxes.client_secret')} autoComplete="new-password" placeholder={client.has_secret ? t('mailboxes.kept') : ''} {...form.getInputProps('client_secret')} />
          {client.provider === 'oauth2' && (
            <>
              <TextInput label={t('oauth.authorize_url')} placeholder="https://" required {...form.getInputProps('authorize_url')} />
              <TextInput label={t('mailboxes.token_url')} placeholder="https://" required {...form.getInputProps('token_url')} />
              <TextInput label={t('oauth.scope')} {...form.getInputProps('scope')} />
            </>
          )}
        </SimpleGrid>
        <ErrorNotice error={save.error ?? forget.error} shownFields={Object.keys(form.values)} />
        <Group justify="flex-end">
          {client.client_id !== '' && <Button variant="subtle" color="gray" loading={forget.isPending} onClick={() => forget.mutate()}>{t('oauth.forget')}</Button>}
          <Button type="submit" variant="light" loading={save.isPending}>{t('app:save')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
