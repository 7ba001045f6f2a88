import { useMemo } from 'react'
import type { ReactNode } from 'react'
import { useLocalStorage } from '@mantine/hooks'

export type Column<Row> = {
  key: string
  label: string
  render: (row: Row) => ReactNode
  /** numbers stand to the right */
  align?: 'left' | 'right'
  width?: number | string
  /** the API's name of this order; clicking the head sorts by it, again turns it round (`-name`) */
  sort?: string
  /** not shown until chosen */
  hidden?: boolean
  /** stays in the table whatever is chosen; the first such is the title of the row on a narrow screen */
  fixed?: boolean
  /** what the cell becomes while it is edited; null: this row's cell is not */
  edit?: (row: Row, editing: Editing) => ReactNode
}

/** How an edited cell ends: `move` goes on to the next or previous one that can be edited. `saved`: the row is read again. */
export type Editing = { end: (move?: 1 | -1) => void, saved: () => void }

/** A column that is shown, with the width somebody gave it. */
export type ShownColumn = { key: string, width: number | null }
export type ColumnsState = { value: ShownColumn[] | null, onChange: (columns: ShownColumn[]) => void }

/** Columns chosen in this browser, for lists without saved views. */
export function useOwnColumns(name: string): ColumnsState {
  const [value, onChange] = useLocalStorage<(ShownColumn | string)[] | null>({ key: `otklik-columns-${name}`, defaultValue: null, getInitialValueInEffect: false })
  // Names alone, as they were kept before columns had widths.
  return useMemo(() => ({ value: value === null ? null : value.map(column => typeof column === 'string' ? { key: column, width: null } : column), onChange }), [value, onChange])
}

/** The columns shown, in order, each with its width; those that stay come first when they were not named. */
export function useShownColumns<Row>(columns: Column<Row>[], chosen: ShownColumn[] | null): (Column<Row> & { given: number | null })[] {
  return useMemo(() => {
    if (chosen === null) return columns.filter(column => column.fixed === true || column.hidden !== true).map(column => ({ ...column, given: null }))
    const missing = columns.filter(column => column.fixed === true && !chosen.some(each => each.key === column.key))
    const named = chosen.flatMap(({ key, width }) => {
      const column = columns.find(each => each.key === key)
      return column === undefined ? [] : [{ ...column, given: width }]
    })
    return [...missing.map(column => ({ ...column, given: null })), ...named]
  }, [columns, chosen])
}
