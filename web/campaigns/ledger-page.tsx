import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { LedgerDownload, ledgerKey, LedgerView, useLedger, useLedgerChoice } from '../messages/ledger.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Rest } from './report.tsx'

/** The ledger of a campaign: what became of every mail, and why. */
export function Page() {
  const { t } = useTranslation('campaigns')
  const id = Number(useParams()['id'])
  const base = `/campaigns/${id}`
  const client = useQueryClient()
  const key = ['campaign', id]
  const campaign = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Campaign>(base, { signal }) })
  const ledger = useLedger(base, null)
  const { choice } = useLedgerChoice()
  useLive([`campaign:${id}`], () => {
    void client.invalidateQueries({ queryKey: key })
    void client.invalidateQueries({ queryKey: ledgerKey(base) })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`${base}/messages`) })
  })
  const error = campaign.error ?? ledger.error
  return (
    <>
      <PageHeader title={t('ledger')} subtitle={t('ledger_text')} back={{ to: base, label: campaign.data?.name ?? t('title') }} actions={<LedgerDownload base={base} choice={choice} />} />
      {error !== null && <ErrorNotice error={error} retry={() => void Promise.all([campaign.refetch(), ledger.refetch()])} />}
      {error === null && <LedgerView base={base} ledger={ledger.data} rest={campaign.data?.state === 'sent' && <Rest campaign={campaign.data} onDone={next => client.setQueryData(key, next)} />} />}
    </>
  )
}
