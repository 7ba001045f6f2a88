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
          {found.data.source === 'test_mailbox' && <Alert variant="light" color="amber" icon={<IconInbox size={18} />}>{t('test_mailbox')} <Anchor component={Link} size="sm" to="/mailbox">{t('open_mailbox')}</Anchor></Alert>}
          <SmtpForm settings={found.data} />
          <Domains />
        </Stack>
      )}
    </>
  )
}
