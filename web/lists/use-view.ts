import { useEffect, useMemo } from 'react'
import { useLocalStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import type { Condition } from '../../shared/conditions.ts'
import type { View, ViewColumn, ViewList } from '../../shared/views.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { isTree } from '../conditions/condition-text.ts'
import { useOwnColumns } from '../ui/list-columns.ts'
import type { ColumnsState } from '../ui/list-columns.ts'

/** How a list looks: what a view keeps. `columns` null: the usual ones. */
export type Look = { search: string, filter: Condition[], sort: string, columns: ViewColumn[] | null }

export type ViewState = Look & {
  views: View[]
  /** the saved view that is open */
  view: View | null
  /** false until it is known which view the list opens with */
  ready: boolean
  /** in what the list differs from the view that is open */
  changed: boolean
  columnsState: ColumnsState
  set: (change: Partial<Pick<Look, 'search' | 'filter' | 'sort'>>) => void
  open: (view: View | null) => void
  reset: () => void
}

export const viewsKey = (list: ViewList) => ['views', list]
const own = ['search', 'filter', 'sort', 'columns']

/**
 * How a list is shown stands in its address, so that it can be kept and sent: the view (`view=12`, or `all`), and what differs from it.
 * A bare address opens the view somebody chose to begin with. `links`: names in the address that mean conditions (`segment=4`).
 */
export function useView(list: ViewList, usualSort: string, links: Record<string, (value: string) => Condition> = {}): ViewState {
  const [params, setParams] = useSearchParams()
  const found = useQuery({ queryKey: viewsKey(list), queryFn: () => api.get<Page<View>>(`/views?list=${list}`) })
  useLive(['views'], () => void found.refetch())
  const ownColumns = useOwnColumns(list)
  const [lastViews, keepViews] = useLocalStorage<boolean>({ key: `otklik-has-first-view-${list}`, defaultValue: false, getInitialValueInEffect: false })
  const views = useMemo(() => found.data?.data ?? [], [found.data])
  const first = views.find(view => view.is_first)
  const asked = params.get('view')
  const isBare = asked === null && ![...own, ...Object.keys(links)].some(name => params.has(name))
  const view = views.find(each => String(each.id) === asked) ?? null

  useEffect(() => {
    if (found.data === undefined) return
    keepViews(first !== undefined)
    if (isBare && first !== undefined) {
      setParams((query) => {
        query.set('view', String(first.id))
        return query
      }, { replace: true })
    }
  }, [found.data, first?.id, isBare])

  const linked = Object.entries(links).flatMap(([name, make]) => params.get(name) ? [make(params.get(name)!)] : [])
  const filterText = params.get('filter')
  const look: Look = {
    search: params.get('search') ?? view?.search ?? '',
    filter: [...linked, ...(filterText === null ? (view?.filter ?? []) as Condition[] : readParts(filterText))],
    sort: params.get('sort') ?? view?.sort ?? usualSort,
    columns: view === null ? ownColumns.value : readColumns(params.get('columns')) ?? view.columns,
  }

  // From the address itself: what the page was last drawn with may be a keystroke behind.
  const changeParams = (change: (query: URLSearchParams) => void) => {
    const next = new URLSearchParams(window.location.search)
    change(next)
    setParams(next, { replace: true })
  }
  const put = (query: URLSearchParams, name: string, value: string, usual: string) => {
    if (value === usual) query.delete(name)
    else query.set(name, value)
  }
  return {
    ...look, views, view,
    ready: asked === null || asked === 'all' ? !(isBare && (first !== undefined || found.isPending && lastViews)) : !found.isPending,
    changed: view !== null && own.some(name => params.has(name)),
    columnsState: view === null ? ownColumns : { value: look.columns, onChange: columns => changeParams(query => put(query, 'columns', writeColumns(columns), writeColumns(view.columns))) },
    set: change => changeParams((query) => {
      if (change.search !== undefined) put(query, 'search', change.search, view?.search ?? '')
      if (change.sort !== undefined) put(query, 'sort', change.sort, view?.sort ?? usualSort)
      if (change.filter !== undefined) {
        for (const name of Object.keys(links)) query.delete(name)
        put(query, 'filter', JSON.stringify(change.filter), JSON.stringify(view?.filter ?? []))
      }
      if (view === null && asked === null && first !== undefined) query.set('view', 'all')
    }),
    open: to => setParams({ view: to === null ? 'all' : String(to.id) }),
    reset: () => changeParams(query => own.forEach(name => query.delete(name))),
  }
}

function readParts(text: string): Condition[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(part => isTree(part)) : []
  } catch {
    return []
  }
}

/** `name~240,city` */
const writeColumns = (columns: ViewColumn[]): string => columns.map(column => column.width === null ? column.key : `${column.key}~${column.width}`).join(',')

function readColumns(text: string | null): ViewColumn[] | null {
  if (text === null || text === '') return null
  return text.split(',').map((part) => {
    const [key = '', width] = part.split('~')
    return { key, width: Number(width) || null }
  })
}
