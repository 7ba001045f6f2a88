import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'
import { useRefreshDuplicates } from './use-differ.ts'

/** Says that two are different companies; can be taken back at once. */
export function useDifferentCompanies() {
  const { t } = useTranslation('duplicates')
  const refresh = useRefreshDuplicates()
  return useMutation({
    mutationFn: (company_ids: [number, number]) => api.post('/company-duplicates/differences', { company_ids }),
    onSuccess: (_, [one, other]) => {
      refresh()
      notifyUndo(t('companies.told_apart'), t('undo'), () => void api.delete(`/company-duplicates/differences/${one}/${other}`).then(refresh, notifyError))
    },
    onError: notifyError,
  })
}
