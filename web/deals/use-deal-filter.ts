import { useSearchParams } from 'react-router'

const names = ['pipeline', 'stage', 'owner', 'search', 'stale', 'next_step', 'expected_from', 'expected_to', 'amount_from', 'amount_to', 'closed_from', 'closed_to', 'currency', 'lost_reason', 'expected', 'probability_from', 'passed', 'passed_from', 'passed_to', 'onward'] as const
export type DealFilterName = typeof names[number] | 'state' | 'view'

/** The filter of the page of deals, kept in its address. Empty: not asked for. */
export function useDealFilter() {
  const [params, setParams] = useSearchParams()
  const filter = { state: params.get('state') ?? 'open', ...Object.fromEntries(names.map(name => [name, params.get(name) ?? ''])) as Record<typeof names[number], string> }
  const set = (changes: Partial<Record<DealFilterName, string>>) => setParams((before) => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name)
      else next.set(name, value)
    }
    return next
  }, { replace: true })
  const isFiltered = params.has('state') || names.some(name => filter[name] !== '')
  return { filter, query: { ...filter, state: filter.state === 'all' ? '' : filter.state }, set, isFiltered }
}
export type DealFilterState = ReturnType<typeof useDealFilter>
