import { useState } from 'react'
import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ProviderHook } from '../../shared/inbound.ts'
import type { SenderView } from '../../shared/senders.ts'
import { api, type Page } from '../app/api.ts'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

const hooksKey = ['provider-hooks']

/** How the provider reports what became of its mails: the address to paste at the provider, what to choose there, the key, and when the last report came. */
export function SenderNotices({ sender, notices }: { sender: SenderView, notices: NonNullable<SenderView['notices']> }) {
  const { t } = useTranslation('senders')
  const client = useQueryClient()
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: hooksKey }), client.invalidateQueries({ queryKey: ['senders'] })])
  const found = useQuery({ queryKey: hooksKey, queryFn: ({ signal }) => api.get<Page<ProviderHook>>('/provider-hooks', { signal }) })
  const make = useMutation({ mutationFn: () => api.post('/provider-hooks', { name: t(`kinds.${sender.kind}`), provider: sender.kind }), onSuccess: refresh, onError: notifyError })
  const hooks = found.data?.data.filter(hook => hook.provider === sender.kind) ?? []
  const open = notices.missing || hooks.some(hook => hook.needs_secret && !hook.has_secret)
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  return (
    <Stack gap="xs">
      {notices.missing && (
        <Alert color="amber" variant="light" title={t('notices.missing_title')}>
          {t('notices.missing_text', { count: notices.sent })}
        </Alert>
      )}
      <details open={open}>
        <summary>
          <Text size="sm" span c="dimmed">
            {t('notices.title')}: {notices.last_at === null ? t('notices.none_came') : <>{t('notices.last')} <TimeAgo time={notices.last_at} size="sm" c="dimmed" span /></>}
          </Text>
        </summary>
        <Stack gap="sm" mt="xs">
          <Text size="sm">{t(`notices.console.${sender.kind}`)}</Text>
          {found.isSuccess && hooks.length === 0 && <Group><Button size="xs" variant="light" loading={make.isPending} onClick={() => make.mutate()}>{t('notices.make')}</Button></Group>}
          {hooks.map(hook => <Hook key={hook.id} hook={hook} onChanged={refresh} />)}
        </Stack>
      </details>
    </Stack>
  )
}

function Hook({ hook, onChanged }: { hook: ProviderHook, onChanged: () => Promise<unknown> }) {
  const { t } = useTranslation('inbound')
  const [secret, setSecret] = useState('')
  const save = useMutation({
    mutationFn: () => api.patch(`/provider-hooks/${hook.id}`, { secret }),
    onSuccess: async () => {
      setSecret('')
      notifyDone(t('senders:notices.key_kept'))
      await onChanged()
    },
  })
  const refused = hook.refusal !== null && hook.refused_at !== null && (hook.received_at === null || hook.refused_at > hook.received_at)
  return (
    <Stack gap="xs">
      <CopyField label={t('hooks.url')} value={hook.url} />
      {hook.provider !== 'ses' && (
        <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
          <Group align="flex-end" gap="xs">
            <PasswordInput flex="1 1 240px" label={t('hooks.secret')} description={t(`hooks.secrets.${hook.provider}`)} autoComplete="new-password" placeholder={hook.has_secret ? t('mailboxes.kept') : ''} value={secret} onChange={event => setSecret(event.currentTarget.value)} />
            <Button type="submit" variant="default" disabled={secret === ''} loading={save.isPending}>{t('app:save')}</Button>
          </Group>
          <ErrorNotice error={save.error} />
        </form>
      )}
      {hook.needs_secret && !hook.has_secret && <Alert color="amber" variant="light">{t('hooks.key_missing')}</Alert>}
      {refused && <Alert color="red" variant="light">{t('hooks.refused')}: {hook.refusal} <Text span size="sm">(<TimeAgo time={hook.refused_at!} />)</Text></Alert>}
      <Text size="xs" c="dimmed">{hook.received_at === null ? t('hooks.never') : <>{t('hooks.received', { count: hook.received })} <TimeAgo time={hook.received_at} /></>}</Text>
    </Stack>
  )
}
