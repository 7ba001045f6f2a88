import { useTranslation } from 'react-i18next'
import type { MailFinding, MailPlace } from '../../shared/mail-checks.ts'
import { usePersonalFields } from '../templates/insert-field.tsx'

/** What was found, as a sentence; fields by the names people know. */
export function useFindingWords(): (finding: Pick<MailFinding, 'code' | 'what' | 'words'>) => string {
  const { t, i18n } = useTranslation('mail_check')
  const fields = usePersonalFields()
  return ({ code, what, words }) => {
    const label = fields.find(field => field.path === what)?.label[i18n.language === 'ru' ? 'ru' : 'en']
    const source = code === 'empty_list' ? t(`lists.${what}`) : code === 'no_language' ? languageName(what, i18n.language) : label ?? what
    return t(`codes.${code}`, { what: source, words })
  }
}

/** "de" → "German". */
function languageName(code: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

/** The way into the editor of a mail, to one of its blocks. */
export const editorPath = (templateId: number, locale: string | null, place?: MailPlace): string => {
  const query = new URLSearchParams()
  if (locale) query.set('locale', locale)
  if (place?.block_id) query.set('block', place.block_id)
  return `/templates/${templateId}${query.size > 0 ? `?${query}` : ''}`
}

/** "subject", "block 3 (button)". */
export function usePlaceWords(): (place: MailPlace) => string {
  const { t } = useTranslation('mail_check')
  return place => place.part === 'block' ? t('places.block', { number: place.number, kind: t(`templates:kinds.${place.kind ?? 'text'}`).toLowerCase() }) : t(`places.${place.part}`)
}
