import { useThrottledCallback } from '@mantine/hooks'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { JourneyView } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { LedgerDownload, ledgerKey, LedgerView, useLedger, useLedgerChoice } from '../messages/ledger.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { LedgerRest } from './ledger-rest.tsx'

/** The ledger of a journey: what became of the mails of all its steps, and why. */
export function Page() {
  const { t } = useTranslation('journeys')
  const id = Number(useParams()['id'])
  const base = `/journeys/${id}`
  const client = useQueryClient()
  const journey = useQuery({ queryKey: ['journey', id], queryFn: ({ signal }) => api.get<JourneyView>(base, { signal }) })
  const { choice } = useLedgerChoice()
  const ledger = useLedger(base, choice.step)
  // Of the whole journey, so that the other steps stay in sight.
  const whole = useLedger(base, null)
  const lookAgain = useThrottledCallback(() => {
    void client.invalidateQueries({ queryKey: ledgerKey(base) })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`${base}/messages`) })
  }, 2000)
  useLive([`journey:${id}`], lookAgain)
  const nameOf = (key: string): string => {
    const step = journey.data?.version?.graph.steps[key] ?? journey.data?.draft.steps[key]
    return step?.name?.trim() || whole.data?.steps.find(each => each.step === key)?.mail || key
  }
  const error = journey.error ?? ledger.error
  const shown = ledger.data && whole.data ? { ...ledger.data, steps: whole.data.steps } : undefined
  return (
    <>
      <PageHeader title={t('ledger.title')} subtitle={choice.step === null ? t('ledger.text') : t('ledger.of_step', { step: nameOf(choice.step) })} back={{ to: base, label: journey.data?.name ?? t('title') }} actions={<LedgerDownload base={base} choice={choice} />} />
      {error !== null && <ErrorNotice error={error} retry={() => void Promise.all([journey.refetch(), ledger.refetch()])} />}
      {error === null && <LedgerView base={base} ledger={shown} nameOf={nameOf} rest={shown && <LedgerRest journeyId={id} step={choice.step} counts={shown.counts} />} />}
    </>
  )
}
