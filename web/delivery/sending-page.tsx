import { Alert, Anchor, Skeleton, Stack } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SendingSettings } from '../../shared/delivery.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Domains } from './domains.tsx'
import { sendingKey } from './sending-key.ts'
import { SmtpForm } from './smtp-form.tsx'

/** Through which server mails leave, and whose name they are signed with. */
export function Page() {
  const { t } = useTranslation('delivery')
  const found = useQuery({ queryKey: sendingKey, queryFn: ({ signal }) => api.get<SendingSettings>('/sending', { signal }) })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="lg">
          <Ways settings={found.data} />
          {found.data.source === 'test_mailbox' && found.data.senders.marketing + found.data.senders.transactional === 0 && <Alert variant="light" color="amber" icon={<IconInbox size={18} />}>{t('test_mailbox')} <Anchor component={Link} size="sm" to="/mailbox">{t('open_mailbox')}</Anchor></Alert>}
          <SmtpForm settings={found.data} />
          <Domains />
        </Stack>
      )}
    </>
  )
}

/** Which mails leave through senders and do not come here. */
function Ways({ settings }: { settings: SendingSettings }) {
  const { t } = useTranslation('delivery')
  const { senders: { marketing, transactional }, source } = settings
  if (marketing + transactional === 0) return null
  const served = marketing > 0 && transactional > 0 ? 'both' : marketing > 0 ? 'marketing' : 'transactional'
  const lost = served !== 'both' && source === 'test_mailbox'
  return <Alert variant="light" color={lost ? 'amber' : 'gray'}>{t(lost ? `senders_or_test_mailbox.${served}` : `through_senders.${served}`)} <Anchor component={Link} size="sm" to="/settings/senders">{t('open_senders')}</Anchor></Alert>
}
