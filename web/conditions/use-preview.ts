import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Condition } from '../../shared/conditions.ts'
import type { ConditionPreview } from '../../shared/segments.ts'
import { api, ApiError } from '../app/api.ts'
import { asShown } from './condition-tree.ts'
import { isComplete, isOfJourney } from './leaves.ts'
import { useVocabulary } from './vocabulary.ts'

/**
 * The count for a condition while it is being built, and the number of each of its parts; a request that was overtaken
 * is cancelled. What is not filled in yet is not counted, unless somebody wants to hear what the server says of it.
 */
export function usePreview(condition: Condition, evenIncomplete = false) {
  const vocabulary = useVocabulary()
  const text = JSON.stringify(asShown(condition))
  const [settled] = useDebouncedValue(text, 300)
  const asked = JSON.parse(settled) as Condition
  const complete = vocabulary.data !== undefined && (evenIncomplete || isComplete(asked, vocabulary.data))
  const ofJourney = isOfJourney(asked)
  const query = useQuery({
    queryKey: ['condition-preview', settled],
    queryFn: ({ signal }) => api.post<ConditionPreview>('/conditions/preview', { condition: JSON.parse(settled) as Condition }, { signal }),
    enabled: complete && !ofJourney,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  })
  return {
    ...query, complete, ofJourney, vocabularyLoaded: vocabulary.data !== undefined,
    /** the numbers are of the condition as it is now */
    isCurrent: settled === text && !query.isPlaceholderData,
    /** what the server says is wrong, by place */
    problems: complete && settled === text && query.error instanceof ApiError ? query.error.errors : [],
  }
}
