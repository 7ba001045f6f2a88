import { useTranslation } from 'react-i18next'
import { leastData } from '../../shared/features.ts'
import { useFormat } from '../ui/format.ts'

/** Why there is no number, as a sentence. */
export function useReasonWords() {
  const { t } = useTranslation('features')
  const format = useFormat()
  return (reason: string | null, rfm = false): string => reason === null ? '' : t(`reasons.${reason}`, {
    customers: format.number(rfm ? leastData.rfmCustomers : leastData.customers), repeat: format.number(leastData.repeatCustomers),
    weeks: format.number(leastData.weeks), valued: format.number(leastData.valuedCustomers),
  })
}
