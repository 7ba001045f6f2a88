import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { labelsOf } from './labels.ts'

/** What conditions can name; kept for a minute, since every builder and every sentence asks for it. */
export function useVocabulary() {
  return useQuery({ queryKey: ['condition-vocabulary'], queryFn: () => api.get<ConditionVocabulary>('/conditions/vocabulary'), staleTime: 60_000 })
}

export function useLabels(vocabulary: ConditionVocabulary | undefined) {
  const { t, i18n } = useTranslation('conditions')
  return labelsOf(vocabulary, t, i18n.language)
}
