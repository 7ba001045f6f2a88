import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ContactFeatures, FeaturesState } from '../../shared/features.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'

export const featuresKey = ['features']

/** The models and weights of the company; follows a computation while it goes on. */
export function useFeaturesState() {
  const client = useQueryClient()
  useLive(['features'], () => void client.invalidateQueries({ queryKey: featuresKey }))
  return useQuery({
    queryKey: featuresKey, queryFn: () => api.get<FeaturesState>('/features'),
    // A job that waits for its turn or rebuilds tells nobody.
    refetchInterval: query => query.state.data?.waiting === true || query.state.data?.engagement_rebuilding === true ? 2000 : false,
  })
}

export function useContactFeatures(contactId: number) {
  const client = useQueryClient()
  const queryKey = ['contact-features', contactId]
  useLive([`contact:${contactId}`], () => void client.invalidateQueries({ queryKey }))
  return useQuery({ queryKey, queryFn: () => api.get<ContactFeatures>(`/contacts/${contactId}/features`) })
}
