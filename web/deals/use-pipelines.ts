import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { Pipeline } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'

export const pipelinesKey = ['pipelines']

/** Pipelines in use, in their order; empty while they are being read. */
export function usePipelines(): Pipeline[] {
  const query = useQuery({ queryKey: pipelinesKey, queryFn: () => api.get<Page<Pipeline>>('/pipelines'), staleTime: 30_000 })
  return useMemo(() => (query.data?.data ?? []).filter(pipeline => pipeline.archived_at === null), [query.data])
}
