import { useTranslation } from 'react-i18next'
import type { DuplicateReason } from '../../shared/duplicates.ts'

/** What speaks for and against one person, each as a piece of a sentence, the weightiest first. */
export function useReasons() {
  const { t } = useTranslation('duplicates')
  return (reasons: DuplicateReason[]) => {
    const said = reasons.filter(reason => reason.bits !== 0).toSorted((one, other) => Math.abs(other.bits) - Math.abs(one.bits))
    const words = (reason: DuplicateReason): string => reason.cards === undefined
      ? t(`reasons.${reason.kind}`)
      : [t(`reasons.${reason.kind}`), reason.cards > 40 ? t('many_namesakes') : t('namesakes', { count: reason.cards })].join(' ')
    return { pro: said.filter(reason => reason.bits > 0).map(words), contra: said.filter(reason => reason.bits < 0).map(words) }
  }
}
