import { useTranslation } from 'react-i18next'
import type { CompanyReason } from '../../shared/company-duplicates.ts'
import type { DuplicateReason } from '../../shared/duplicates.ts'

export type AnyReasons = { of?: undefined, reasons: DuplicateReason[] } | { of: 'company', reasons: CompanyReason[] }

/** What speaks for and against one person or one company, each as a piece of a sentence, the weightiest first. */
export function useReasons() {
  const { t } = useTranslation('duplicates')
  return (given: AnyReasons) => {
    const words = given.of === 'company'
      ? given.reasons.map(({ kind, bits }) => ({ bits, words: t(`company_reasons.${kind}`) }))
      : given.reasons.map(({ kind, bits, cards }) => ({ bits, words: cards === undefined ? t(`reasons.${kind}`) : [t(`reasons.${kind}`), cards > 40 ? t('many_namesakes') : t('namesakes', { count: cards })].join(' ') }))
    const said = words.filter(reason => reason.bits !== 0).toSorted((one, other) => Math.abs(other.bits) - Math.abs(one.bits))
    return { pro: said.filter(reason => reason.bits > 0).map(reason => reason.words), contra: said.filter(reason => reason.bits < 0).map(reason => reason.words) }
  }
}
