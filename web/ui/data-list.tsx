import { useState } from 'react'
import type { ReactNode } from 'react'
import { Box, Group, Skeleton, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useLive } from '../app/live.ts'
import { ColumnChooser } from './column-chooser.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Cards } from './list-cards.tsx'
import { useOwnColumns, useShownColumns } from './list-columns.ts'
import type { Column, ColumnsState } from './list-columns.ts'
import { Rows } from './list-rows.tsx'
import { LoadMore } from './load-more.tsx'
import { useList } from './use-list.ts'

export type { Column }

type Key = string | number
type Props<Row> = {
  /** under which the chosen columns are kept in this browser */
  name: string
  /** API path without the cursor; with `sort` when columns sort */
  path: string
  columns: Column<Row>[]
  /** which columns are shown, when that is kept elsewhere than in this browser */
  columnsState?: ColumnsState
  rowKey: (row: Row) => Key
  /** the page a row opens */
  rowTo?: (row: Row) => string
  onRow?: (row: Row) => void
  /** the row that is open beside the list */
  current?: Key | null
  empty: ReactNode
  sort?: string
  onSort?: (sort: string) => void
  selection?: { selected: ReadonlySet<Key>, onChange: (selected: ReadonlySet<Key>) => void }
  /** beside the column chooser: filters, search, actions on the selection */
  toolbar?: ReactNode
  minWidth?: number
  /** the list of the page: it answers to keys */
  keys?: boolean
  /** the topic of a row others may change, and the path that reads rows again by their keys */
  live?: { topic: (key: Key) => string, path: (keys: Key[]) => string }
}

/** A list of any length: keyset pages as one scrolls, columns to choose, whole rows to click, cells to edit, cards on a narrow screen. */
export function DataList<Row>(props: Props<Row>) {
  const { name, path, columns, empty, toolbar, live, rowKey } = props
  const list = useList<Row>(path)
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  const own = useOwnColumns(name)
  const { value: chosen, onChange } = props.columnsState ?? own
  const shown = useShownColumns(columns, chosen)
  const [inSight, setInSight] = useState<string[]>([])
  useLive(live === undefined ? [] : inSight.map(live.topic), () => {
    if (live !== undefined) void list.readAgain(live.path(inSight), rowKey)
  })
  const widths = new Map(shown.map(column => [column.key, column.given]))
  const setWidth = (key: string, width: number) => onChange(shown.map(column => ({ key: column.key, width: column.key === key ? width : column.given })))

  return (
    <Stack gap="sm">
      {(toolbar !== undefined || columns.some(column => column.fixed !== true)) && (
        <Group gap="xs" align="flex-start">
          <Box flex={1} miw={0}>{toolbar}</Box>
          {columns.some(column => column.fixed !== true) && <ColumnChooser columns={columns} shown={shown} widths={widths} onChange={onChange} />}
        </Group>
      )}
      {list.isError && list.rows.length === 0 && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Stack gap={10} pt={4} aria-busy>{[0, 1, 2, 3, 4, 5].map(index => <Skeleton key={index} h={28} />)}</Stack>}
      {list.isSuccess && list.rows.length === 0 && empty}
      {list.rows.length > 0 && (narrow
        ? <Cards {...props} rows={list.rows} shown={shown} />
        : (
            <Rows
              {...props} rows={list.rows} shown={shown} stale={list.isPlaceholderData} onWidth={setWidth} {...(live === undefined ? {} : { onSight: setInSight })}
              onSaved={keys => void (live === undefined ? list.refetch() : list.readAgain(live.path(keys), rowKey))}
            />
          ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

/** Selected row keys, emptied when what is listed changes. */
export function useSelection(of: string) {
  const [state, setState] = useState<{ of: string, selected: ReadonlySet<Key> }>({ of, selected: new Set() })
  const selected: ReadonlySet<Key> = state.of === of ? state.selected : new Set()
  return { selected, onChange: (next: ReadonlySet<Key>) => setState({ of, selected: next }) }
}
