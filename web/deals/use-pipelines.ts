import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { LostReasons, Pipeline } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'

export const pipelinesKey = ['pipelines']

/** Pipelines in use, in their order; empty while they are being read. */
export function usePipelines(): Pipeline[] {
  const query = useQuery({ queryKey: pipelinesKey, queryFn: () => api.get<Page<Pipeline>>('/pipelines'), staleTime: 30_000 })
  return useMemo(() => (query.data?.data ?? []).filter(pipeline => pipeline.archived_at === null), [query.data])
}

export const lostReasonsKey = ['lost-reasons']

/** Reasons of a loss in their order; none while they are being read. */
export function useLostReasons(): string[] {
  const query = useQuery({ queryKey: lostReasonsKey, queryFn: () => api.get<LostReasons>('/lost-reasons'), staleTime: 30_000 })
  return query.data?.reasons ?? []
}
