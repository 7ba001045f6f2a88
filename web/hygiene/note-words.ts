import { useTranslation } from 'react-i18next'
import { useFormat } from '../ui/format.ts'

/** What stands below a person in the list of a group: `kind:detail`, in words. */
export function useNoteWords(): (note: string) => string {
  const { t } = useTranslation('hygiene')
  const format = useFormat()
  return (note) => {
    const at = note.indexOf(':')
    const kind = note.slice(0, at)
    const detail = note.slice(at + 1)
    if (kind === 'typo') return t('notes.typo', { email: detail })
    if (kind === 'soft_bounces') return t('notes.soft_bounces', { count: Number(detail) })
    if (kind === 'silent') return detail === '' ? t('notes.never') : t('notes.silent', { day: format.day(detail) })
    if (kind === 'unconfirmed') return t('notes.unconfirmed', { day: format.day(detail) })
    if (kind === 'never_mailed') return t('notes.never_mailed', { day: format.day(detail) })
    return ''
  }
}
