import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'

export function useRefreshDuplicates() {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: ['duplicates'] })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => /^\/(company-)?duplicates/.test(String(entry.queryKey[1])) })
  }
}

/** Says that one is somebody else than the others; can be taken back at once. */
export function useDiffer() {
  const { t } = useTranslation('duplicates')
  const refresh = useRefreshDuplicates()
  const takeBack = ([one, ...others]: number[]) => Promise.all(others.map(other => api.delete(`/duplicates/differences/${one}/${other}`))).then(refresh, notifyError)
  return useMutation({
    mutationFn: (contacts: number[]) => api.post('/duplicates/differences', { contacts }),
    onSuccess: (_, contacts) => {
      refresh()
      notifyUndo(t('told_apart'), t('undo'), () => void takeBack(contacts))
    },
    onError: notifyError,
  })
}
