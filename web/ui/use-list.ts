import { useMemo } from 'react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'

/** A keyset list of the API, page after page. `path` holds everything but the cursor. */
export function useList<Row>(path: string, enabled = true) {
  const query = useInfiniteQuery({
    queryKey: ['list', path],
    queryFn: ({ pageParam, signal }) => api.get<Page<Row>>(withQuery(path, { cursor: pageParam }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    enabled,
    placeholderData: previous => previous,
  })
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data])
  return { ...query, rows }
}
