import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { InboundSettings } from '../../shared/inbound.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { inboundKey } from './inbound-key.ts'
import { ConsentOutcome } from './mailbox-consent.tsx'
import { Mailboxes } from './mailboxes.tsx'
import { OauthClients } from './oauth-clients.tsx'
import { ProviderHooks } from './provider-hooks.tsx'
import { ReturnAddressForm } from './return-address-form.tsx'
import { RulesForm } from './rules-form.tsx'

/** How mail that comes back is taken in. */
export function Page() {
  const { t } = useTranslation('inbound')
  const found = useQuery({ queryKey: inboundKey, queryFn: ({ signal }) => api.get<InboundSettings>('/incoming-mail', { signal }) })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <ConsentOutcome />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="lg">
          <ReturnAddressForm settings={found.data} />
          <Mailboxes server={found.data.server} />
          <OauthClients />
          <ProviderHooks />
          <RulesForm settings={found.data} />
        </Stack>
      )}
    </>
  )
}
