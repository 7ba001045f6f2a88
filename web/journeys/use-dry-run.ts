import { useQuery } from '@tanstack/react-query'
import type { DryRunView } from '../../shared/dry-runs.ts'
import { api } from '../app/api.ts'

/** The latest dry run of a journey; the page's live connection has it read anew while it goes on. */
export function useDryRun(journeyId: number) {
  return useQuery({ queryKey: ['journey', journeyId, 'dry-run'], queryFn: async ({ signal }) => (await api.get<{ dry_run: DryRunView | null }>(`/journeys/${journeyId}/dry-run`, { signal })).dry_run })
}
