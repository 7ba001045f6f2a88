import { useMemo } from 'react'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData } from '@tanstack/react-query'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'

/** A keyset list of the API, page after page. `path` holds everything but the cursor and, with `pages` (rows of the first page, and of those after it), the limit. */
export function useList<Row>(path: string, enabled = true, pages?: { first: number, later: number }) {
  const client = useQueryClient()
  const queryKey = ['list', path]
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => api.get<Page<Row>>(withQuery(path, { cursor: pageParam, limit: pageParam === null ? pages?.first : pages?.later }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
    enabled,
    placeholderData: previous => previous,
  })
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data])
  /** Some rows are read anew and put in their places: the list stays as it is, whether they still fit or not. */
  const readAgain = async (rowsPath: string, keyOf: (row: Row) => string | number): Promise<void> => {
    const fresh = new Map((await api.get<Page<Row>>(rowsPath)).data.map(row => [keyOf(row), row]))
    client.setQueryData<InfiniteData<Page<Row>>>(queryKey, data => data && { ...data, pages: data.pages.map(page => ({ ...page, data: page.data.map(row => fresh.get(keyOf(row)) ?? row) })) })
  }
  return { ...query, rows, readAgain }
}
