import { useState } from 'react'
import { Button, Checkbox, Drawer, Group, NumberInput, PasswordInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SendingTestResult } from '../../shared/delivery.ts'
import { type SenderKind, senderKind, secretOf, type SenderView } from '../../shared/senders.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { TestResult } from '../delivery/test-result.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'

type Values = {
  name: string, kind: SenderKind, stream: 'marketing' | 'transactional' | 'both', secret: string
  host: string, port: number | string, security: 'tls' | 'starttls' | 'opportunistic' | 'none', user: string, verify: boolean
  access_key_id: string, configuration_set: string, domain: string, message_stream: string, endpoint: string, region: string
  connections: number | string, per_second: number | string, per_hour: number | string, per_day: number | string
}

const regions: Partial<Record<SenderKind, string[]>> = { sendgrid: ['global', 'eu'], mailgun: ['us', 'eu'], sparkpost: ['us', 'eu'], unisender_go: ['go1', 'go2'] }
const usualRegion = (kind: SenderKind): string => regions[kind]?.[0] ?? (kind === 'ses' ? 'eu-central-1' : '')
const usualPort = { tls: 465, starttls: 587, opportunistic: 25, none: 25 } as const

/** One sender, new or kept: where it goes, for what, and how much it may take. */
export function SenderForm({ sender, onClose, onSaved }: { sender: SenderView | null, onClose: () => void, onSaved: () => void }) {
  const { t } = useTranslation('senders')
  const { user } = useSession()
  const [to, setTo] = useState(user.email)
  const kept = sender?.account ?? {}
  const text = (name: string, otherwise = '') => typeof kept[name] === 'string' ? kept[name] : otherwise
  const form = useForm<Values>({
    initialValues: {
      name: sender?.name ?? '', kind: sender?.kind ?? 'smtp', stream: sender?.stream ?? 'both', secret: '',
      host: text('host'), port: typeof kept['port'] === 'number' ? kept['port'] : 587, security: text('security', 'starttls') as Values['security'], user: text('user'), verify: kept['verify'] !== false,
      access_key_id: text('access_key_id'), configuration_set: text('configuration_set'), domain: text('domain'), message_stream: text('message_stream'), endpoint: text('endpoint'), region: text('region', usualRegion(sender?.kind ?? 'smtp')),
      connections: sender?.connections ?? 10, per_second: sender?.per_second ?? '', per_hour: sender?.per_hour ?? '', per_day: sender?.per_day ?? '',
    },
  })
  const { kind } = form.values
  const account = () => {
    const values = form.values
    const secret = values.secret === '' ? {} : { [secretOf[kind]]: values.secret }
    switch (kind) {
      case 'smtp': return { kind, host: values.host, port: Number(values.port), security: values.security, user: values.user, verify: values.verify, ...secret }
      case 'ses': return { kind, access_key_id: values.access_key_id, region: values.region, configuration_set: values.configuration_set, endpoint: values.endpoint, ...secret }
      case 'mailgun': return { kind, domain: values.domain, region: values.region, endpoint: values.endpoint, ...secret }
      case 'postmark': return { kind, message_stream: values.message_stream, endpoint: values.endpoint, ...secret }
      case 'brevo': return { kind, endpoint: values.endpoint, ...secret }
      default: return { kind, region: values.region, endpoint: values.endpoint, ...secret }
    }
  }
  const number = (value: number | string) => value === '' ? null : Number(value)
  const body = () => ({ name: form.values.name, stream: form.values.stream, account: account(), connections: Number(form.values.connections), per_second: number(form.values.per_second), per_hour: number(form.values.per_hour), per_day: number(form.values.per_day) })
  const showErrors = (error: unknown) => form.setErrors(Object.fromEntries(Object.entries(errorsByField(error)).map(([field, message]) => [shortField(field, kind), message])))
  const save = useMutation({ mutationFn: () => sender ? api.patch<SenderView>(`/senders/${sender.id}`, { revision: sender.revision, ...body() }) : api.post<SenderView>('/senders', body()), onSuccess: onSaved, onError: showErrors })
  const test = useMutation({ mutationFn: () => api.post<SendingTestResult>('/senders/test', { account: account(), ...(sender ? { id: sender.id } : {}), ...(to.trim() === '' ? {} : { to: to.trim() }) }), onError: showErrors })
  const shown = [...Object.keys(form.values), ...Object.keys(form.values).map(name => `account.${name}`), `account.${secretOf[kind]}`]
  const limit = (name: 'per_second' | 'per_hour' | 'per_day') => <NumberInput label={t(`fields.${name}`)} placeholder={t('no_limit')} min={1} allowDecimal={false} hideControls {...form.getInputProps(name)} />
  return (
    <Drawer opened onClose={onClose} position="right" size={520} title={<Text fw={600}>{sender ? sender.name : t('add')}</Text>}>
      <form onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('fields.name')} placeholder={t(`kinds.${kind}`)} required data-autofocus {...form.getInputProps('name')} />
            <Select
              label={t('fields.kind')} allowDeselect={false} data={senderKind.options.map(value => ({ value, label: t(`kinds.${value}`) }))} {...form.getInputProps('kind')}
              onChange={value => form.setValues({ kind: value as SenderKind, region: usualRegion(value as SenderKind), secret: '' })}
            />
          </SimpleGrid>
          <Select label={t('fields.stream')} description={t('stream_hint')} allowDeselect={false} data={(['both', 'marketing', 'transactional'] as const).map(value => ({ value, label: t(`streams.${value}`) }))} {...form.getInputProps('stream')} />
          {kind === 'smtp' && (
            <>
              <SimpleGrid cols={{ base: 1, xs: 2 }}>
                <TextInput label={t('fields.host')} placeholder="smtp.example.com" required {...form.getInputProps('host')} />
                <NumberInput label={t('fields.port')} min={1} max={65535} allowDecimal={false} hideControls required {...form.getInputProps('port')} />
              </SimpleGrid>
              <Select
                label={t('fields.security')} allowDeselect={false} data={(['starttls', 'tls', 'opportunistic', 'none'] as const).map(value => ({ value, label: t(`delivery:securities.${value}`) }))} {...form.getInputProps('security')}
                onChange={(value) => {
                  const next = (value ?? 'starttls') as Values['security']
                  form.setValues({ security: next, ...(Number(form.values.port) === usualPort[form.values.security] ? { port: usualPort[next] } : {}) })
                }}
              />
              <TextInput label={t('fields.user')} autoComplete="off" {...form.getInputProps('user')} />
            </>
          )}
          {kind === 'ses' && <TextInput label={t('fields.access_key_id')} autoComplete="off" required {...form.getInputProps('access_key_id')} />}
          {kind === 'mailgun' && <TextInput label={t('fields.domain')} placeholder="mg.example.com" required {...form.getInputProps('domain')} />}
          <PasswordInput label={t(`secrets.${kind}`)} autoComplete="new-password" placeholder={sender?.has_secret && sender.kind === kind ? t('secret_kept') : ''} {...form.getInputProps('secret')} />
          {kind === 'smtp' && <Checkbox label={t('delivery:verify')} disabled={form.values.security === 'none'} {...form.getInputProps('verify', { type: 'checkbox' })} />}
          {kind === 'ses' && <TextInput label={t('fields.region')} placeholder="eu-central-1" required {...form.getInputProps('region')} />}
          {kind === 'ses' && <TextInput label={t('fields.configuration_set')} description={t('configuration_set_hint')} {...form.getInputProps('configuration_set')} />}
          {regions[kind] && <Select label={t('fields.region')} allowDeselect={false} data={regions[kind].map(value => ({ value, label: t(`regions.${value}`) }))} {...form.getInputProps('region')} />}
          {kind === 'postmark' && <TextInput label={t('fields.message_stream')} description={t('message_stream_hint')} {...form.getInputProps('message_stream')} />}
          {kind === 'brevo' && <Text size="sm" c="dimmed">{t('brevo_hint')}</Text>}
          {kind !== 'smtp' && <TextInput label={t('fields.endpoint')} description={t('endpoint_hint')} placeholder="https://" {...form.getInputProps('endpoint')} />}
          <Text fw={600} size="sm" mt="xs">{t('limits')}</Text>
          <SimpleGrid cols={2}>
            {limit('per_second')}
            {limit('per_hour')}
            {limit('per_day')}
            <NumberInput label={t('fields.connections')} min={1} max={200} allowDecimal={false} hideControls required {...form.getInputProps('connections')} />
          </SimpleGrid>
          <ErrorNotice error={save.error} shownFields={shown} />
          <Group align="flex-end" gap="xs">
            <TextInput label={t('delivery:test_to')} type="email" value={to} onChange={event => setTo(event.currentTarget.value)} flex={1} error={errorsByField(test.error)['to']} />
            <Button variant="light" loading={test.isPending} onClick={() => test.mutate()}>{t('delivery:test')}</Button>
          </Group>
          <ErrorNotice error={test.error} shownFields={[...shown, 'to']} />
          {test.data && !test.isPending && <TestResult result={test.data} />}
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('app:cancel')}</Button><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
        </Stack>
      </form>
    </Drawer>
  )
}

const shortField = (field: string, kind: SenderKind): string => field === `account.${secretOf[kind]}` ? 'secret' : field.replace(/^account\./, '')
