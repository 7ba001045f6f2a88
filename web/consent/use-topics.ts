import { useQuery } from '@tanstack/react-query'
import type { Topic } from '../../shared/consent.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'

export const topicsKey = ['topics']

/** Topics in use, in their order. */
export function useTopics(): Topic[] {
  const query = useQuery({ queryKey: topicsKey, queryFn: () => api.get<Page<Topic>>('/topics'), staleTime: 60_000 })
  return (query.data?.data ?? []).filter(topic => topic.archived_at === null)
}
