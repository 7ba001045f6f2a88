import { useTranslation } from 'react-i18next'
import type { Condition, ConditionLeaf, Duration } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'
import { describeCondition, describeLeaf, describeLength, describeValue } from './describe-condition.ts'
import type { Words } from './describe-condition.ts'
import { useLabels } from './vocabulary.ts'

/** Turns conditions and their leaves into sentences in the reader's language. */
export function useDescribe(vocabulary: ConditionVocabulary | undefined, mails?: Words['mails']) {
  const { t } = useTranslation('conditions')
  const words: Words = { t, labels: useLabels(vocabulary), format: useFormat(), vocabulary, mails }
  return {
    condition: (condition: Condition) => describeCondition(condition, words, true),
    leaf: (leaf: ConditionLeaf) => describeLeaf(leaf, words),
    length: (duration: Duration) => describeLength(duration, words),
    value: (field: string, value: unknown) => describeValue(field, value, words),
  }
}
