import { Alert, Button, Group, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Mailbox } from '../../shared/inbound.ts'
import { api } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'

/** Of a mailbox by OAuth: whether somebody has signed in, until when, and the button to do so. */
export function MailboxConsent({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation('inbound')
  const format = useFormat()
  const begin = useMutation({ mutationFn: () => api.post<{ url: string }>(`/mailboxes/${mailbox.id}/sign-in`), onSuccess: ({ url }) => window.location.assign(url), onError: notifyError })
  const { oauth } = mailbox
  if (oauth === null) return null
  const says = oauth.refused ? t('oauth.refused') : !oauth.signed_in ? t('oauth.not_signed_in')
    : [oauth.signed_in_at === null ? t('oauth.by_hand') : t('oauth.since', { day: format.day(oauth.signed_in_at) }), ...oauth.ends_at === null ? [] : [t('oauth.ends', { day: format.day(oauth.ends_at) })]].join(' ')
  return (
    <Group gap="sm">
      <Button size="xs" variant={oauth.signed_in && !oauth.refused ? 'subtle' : 'filled'} loading={begin.isPending} onClick={() => begin.mutate()}>{mailbox.sign_in === 'google' || mailbox.sign_in === 'microsoft' ? t(`oauth.with.${mailbox.sign_in}`) : t('oauth.with.oauth2')}</Button>
      <Text size="xs" c={oauth.refused || !oauth.signed_in ? undefined : 'dimmed'}>{says}</Text>
    </Group>
  )
}

/** What came of it, once the provider has sent the person back. */
export function ConsentOutcome() {
  const { t } = useTranslation('inbound')
  const [params, setParams] = useSearchParams()
  const name = params.get('signed_in')
  const fault = params.get('sign_in_fault')
  if (name === null && fault === null) return null
  const known = ['state', 'denied', 'refused', 'unreachable', 'no_refresh_token'].includes(fault ?? '') ? fault! : 'refused'
  return (
    <Alert color={fault === null ? 'pine' : 'red'} variant="light" mb="md" role="status" withCloseButton closeButtonLabel={t('oauth.close')} onClose={() => setParams({}, { replace: true })}>
      {fault === null ? t('oauth.done', { name }) : t(`oauth.faults.${known}`)} {fault !== null && <Text span size="sm" style={{ overflowWrap: 'anywhere' }}>{params.get('detail') ?? ''}</Text>}
    </Alert>
  )
}
