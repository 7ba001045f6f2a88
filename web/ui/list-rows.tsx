import { memo, useCallback, useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ActionIcon, Checkbox, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPencil } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Column } from './list-columns.ts'
import { Head } from './list-head.tsx'
import { useListKeys } from './list-keys.ts'
import { ListKeysHelp } from './list-keys-help.tsx'
import { useOpenRow } from './use-open-row.ts'
import classes from './data-list.module.css'

type Key = string | number
type Shown<Row> = Column<Row> & { given: number | null }
type Props<Row> = {
  rows: Row[]
  shown: Shown<Row>[]
  rowKey: (row: Row) => Key
  rowTo?: (row: Row) => string
  onRow?: (row: Row) => void
  sort?: string
  onSort?: (sort: string) => void
  onWidth?: (key: string, width: number) => void
  selection?: { selected: ReadonlySet<Key>, onChange: (selected: ReadonlySet<Key>) => void }
  stale: boolean
  minWidth?: number
  current?: Key | null
  keys?: boolean
  /** the rows that are in sight, whenever they change */
  onSight?: (keys: string[]) => void
  /** read again, since they were changed */
  onSaved: (keys: Key[]) => void
}

const usualWidth = 110

export function Rows<Row>({ rows, shown, rowKey, rowTo, onRow, sort, onSort, onWidth, selection, stale, minWidth, current, keys = false, onSight, onSaved }: Props<Row>) {
  const { t } = useTranslation()
  const open = useOpenRow(rowTo, onRow)
  const [at, setAt] = useState<Key | null>(null)
  const [editing, setEditing] = useState<{ row: Key, column: string } | null>(null)
  const [helping, { open: help, close: closeHelp }] = useDisclosure(false)
  const body = useRef<HTMLTableSectionElement>(null)
  const all = selection !== undefined && rows.length > 0 && rows.every(row => selection.selected.has(rowKey(row)))
  const clickable = rowTo !== undefined || onRow !== undefined
  const indexOf = (key: Key | null) => rows.findIndex(row => rowKey(row) === key)
  const rowAt = () => rows[indexOf(at)]
  const editable = shown.filter(column => column.edit !== undefined)
  const focusRow = (key: Key) => body.current?.querySelector<HTMLElement>(`[data-list-row="${CSS.escape(String(key))}"]`)?.focus()

  const toggle = (key: Key, extend = false) => {
    if (selection === undefined) return
    const next = new Set(selection.selected)
    const [from, to] = [indexOf(at), indexOf(key)]
    if (extend && from !== -1) for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(rowKey(row))
    else if (!next.delete(key)) next.add(key)
    setAt(key)
    selection.onChange(next)
  }
  const move = (step: 1 | -1, extend: boolean) => {
    const from = indexOf(at)
    const next = rows[from === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step))]
    if (next === undefined) return
    if (extend && selection !== undefined && from !== -1) selection.onChange(new Set([...selection.selected, rowKey(rows[from]!), rowKey(next)]))
    setAt(rowKey(next))
    focusRow(rowKey(next))
  }
  const edit = (key: Key, column: string | undefined) => {
    if (column === undefined) return
    setAt(key)
    setEditing({ row: key, column })
  }
  const endEditing = (key: Key, column: string, step?: 1 | -1) => {
    const next = step === undefined ? undefined : editable[editable.findIndex(each => each.key === column) + step]
    setEditing(next === undefined ? null : { row: key, column: next.key })
    if (next === undefined) setTimeout(() => focusRow(key))
  }
  useListKeys(keys ? {
    move, help,
    toggle: () => { if (at !== null) toggle(at) },
    open: () => { const row = rowAt(); if (row !== undefined) open(row) },
    edit: () => { if (at !== null) edit(at, editable[0]?.key) },
  } : null)
  useInSight(body, onSight, rows)

  // Rows keep one and the same functions, so that a row is drawn anew only when something of its own has changed.
  const latest = useRef({ open, toggle, edit, endEditing, onSaved })
  useEffect(() => {
    latest.current = { open, toggle, edit, endEditing, onSaved }
  })
  const openRow = useCallback((row: Row, event: React.MouseEvent | React.KeyboardEvent) => latest.current.open(row, event), [])
  const toggleRow = useCallback((key: Key, extend: boolean) => latest.current.toggle(key, extend), [])
  const editCell = useCallback((key: Key, column: string) => latest.current.edit(key, column), [])
  const endCell = useCallback((key: Key, column: string, step?: 1 | -1) => latest.current.endEditing(key, column, step), [])
  const savedRow = useCallback((key: Key) => latest.current.onSaved([key]), [])
  const first = rows[0]
  const tabbed = indexOf(at) === -1 ? (first === undefined ? null : rowKey(first)) : at
  return (
    <Table.ScrollContainer minWidth={Math.max(minWidth ?? 560, shown.reduce((sum, column) => sum + (column.given ?? usualWidth), 0))}>
      <Table highlightOnHover={clickable} className={classes.table ?? ''} data-stale={stale || undefined}>
        <Table.Thead>
          <Table.Tr>
            {selection !== undefined && (
              <Table.Th w={36}>
                <Checkbox
                  size="xs" checked={all} indeterminate={!all && selection.selected.size > 0} aria-label={t('list.select_all')}
                  onChange={() => selection.onChange(all ? new Set() : new Set(rows.map(rowKey)))}
                />
              </Table.Th>
            )}
            {shown.map(column => <Head key={column.key} column={column} sort={sort} onSort={onSort} onWidth={onWidth === undefined ? undefined : width => onWidth(column.key, width)} />)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {rows.map((row) => {
            const key = rowKey(row)
            return (
              <Line
                key={key} row={row} rowId={key} shown={shown} clickable={clickable} isCurrent={key === current} tabbed={clickable && (!keys || key === tabbed)}
                selected={selection === undefined ? null : selection.selected.has(key)} editing={editing?.row === key ? editing.column : null}
                onOpen={openRow} onToggle={toggleRow} onFocus={setAt} onEdit={editCell} onEnd={endCell} onSaved={savedRow} enters={!keys}
              />
            )
          })}
        </Table.Tbody>
      </Table>
      {keys && <ListKeysHelp opened={helping} onClose={closeHelp} />}
    </Table.ScrollContainer>
  )
}

type LineProps<Row> = {
  row: Row
  rowId: Key
  shown: Shown<Row>[]
  clickable: boolean
  isCurrent: boolean
  /** the Tab key comes to it */
  tabbed: boolean
  /** null: rows of this list cannot be selected */
  selected: boolean | null
  /** the column that is edited */
  editing: string | null
  /** the row itself answers to Enter */
  enters: boolean
  onOpen: (row: Row, event: React.MouseEvent | React.KeyboardEvent) => void
  onToggle: (key: Key, extend: boolean) => void
  onFocus: (key: Key) => void
  onEdit: (key: Key, column: string) => void
  onEnd: (key: Key, column: string, step?: 1 | -1) => void
  onSaved: (key: Key) => void
}

const Line = memo(function Line<Row>({ row, rowId, shown, clickable, isCurrent, tabbed, selected, editing, enters, onOpen, onToggle, onFocus, onEdit, onEnd, onSaved }: LineProps<Row>) {
  const { t } = useTranslation()
  return (
    <Table.Tr
      className={clickable ? classes.clickable ?? '' : ''} data-current={isCurrent || undefined} data-selected={selected === true || undefined} data-list-row={rowId} tabIndex={clickable ? (tabbed ? 0 : -1) : undefined}
      onClick={event => onOpen(row, event)} onAuxClick={event => onOpen(row, event)} onFocus={() => onFocus(rowId)}
      onKeyDown={(event) => {
        if (enters && event.key === 'Enter' && event.target === event.currentTarget) onOpen(row, event)
      }}
    >
      {selected !== null && (
        <Table.Td onClick={event => event.stopPropagation()}>
          <Checkbox
            size="xs" checked={selected} aria-label={t('list.select')}
            onChange={event => onToggle(rowId, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)}
          />
        </Table.Td>
      )}
      {shown.map(column => (
        <Table.Td key={column.key} ta={column.align ?? 'left'} className={column.edit === undefined ? '' : classes.editable ?? ''} {...(column.given === null ? {} : { style: { width: column.given, minWidth: column.given, maxWidth: column.given, overflow: 'hidden' } })}>
          {column.edit !== undefined && editing === column.key
            ? <div data-cell-editor>{column.edit(row, { end: step => onEnd(rowId, column.key, step), saved: () => onSaved(rowId) })}</div>
            : column.render(row)}
          {column.edit !== undefined && editing !== column.key && (
            <ActionIcon size={22} variant="default" className={classes.pencil ?? ''} tabIndex={-1} aria-label={t('list.edit', { column: column.label })} title={t('list.edit', { column: column.label })} onClick={() => onEdit(rowId, column.key)}><IconPencil size={13} /></ActionIcon>
          )}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}) as <Row>(props: LineProps<Row>) => ReactNode

/** Tells which rows are in sight, once scrolling rests. */
function useInSight(body: React.RefObject<HTMLTableSectionElement | null>, onSight: ((keys: string[]) => void) | undefined, rows: unknown[]): void {
  const tell = useRef(onSight)
  useEffect(() => {
    tell.current = onSight
  })
  const isWanted = onSight !== undefined
  useEffect(() => {
    if (!isWanted || body.current === null) return
    const seen = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const key = (target as HTMLElement).dataset['listRow'] ?? ''
        if (isIntersecting) seen.add(key)
        else seen.delete(key)
      }
      clearTimeout(timer)
      timer = setTimeout(() => tell.current?.([...seen]), 400)
    })
    for (const line of body.current.rows) observer.observe(line)
    return () => {
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [isWanted, rows])
}
