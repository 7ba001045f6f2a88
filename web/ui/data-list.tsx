import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ActionIcon, Box, Checkbox, Group, Menu, Skeleton, Stack, Table, Text, UnstyledButton } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ErrorNotice } from './error-notice.tsx'
import { LoadMore } from './load-more.tsx'
import { useList } from './use-list.ts'
import classes from './data-list.module.css'

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
}

type Props<Row> = {
  /** under which the chosen columns are kept in this browser */
  name: string
  /** API path without the cursor; with `sort` when columns sort */
  path: string
  columns: Column<Row>[]
  rowKey: (row: Row) => string | number
  /** the page a row opens */
  rowTo?: (row: Row) => string
  onRow?: (row: Row) => void
  /** the row that is open beside the list */
  current?: string | number | null
  empty: ReactNode
  sort?: string
  onSort?: (sort: string) => void
  selection?: { selected: ReadonlySet<string | number>, onChange: (selected: ReadonlySet<string | number>) => void }
  /** beside the column chooser: filters, search, actions on the selection */
  toolbar?: ReactNode
  /** rows already there are shown anew; for lists that live */
  minWidth?: number
}

/** A list of any length: keyset pages as one scrolls, columns to choose, whole rows to click, cards on a narrow screen. */
export function DataList<Row>(props: Props<Row>) {
  const { name, path, columns, empty, toolbar } = props
  const { t } = useTranslation()
  const list = useList<Row>(path)
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  const [chosen, setChosen] = useLocalStorage<string[] | null>({ key: `otklik-columns-${name}`, defaultValue: null, getInitialValueInEffect: false })
  const shown = useMemo(() => columns.filter(column => column.fixed === true || (chosen === null ? column.hidden !== true : chosen.includes(column.key))), [columns, chosen])
  const choosable = columns.filter(column => column.fixed !== true)
  const choose = (key: string) => {
    const now = shown.map(column => column.key)
    setChosen(now.includes(key) ? now.filter(other => other !== key) : [...now, key])
  }

  return (
    <Stack gap="sm">
      {(toolbar !== undefined || choosable.length > 0) && (
        <Group gap="xs" align="flex-start">
          <Box flex={1} miw={0}>{toolbar}</Box>
          {choosable.length > 0 && (
            <Menu position="bottom-end" closeOnItemClick={false}>
              <Menu.Target>
                <ActionIcon variant="default" size={34} aria-label={t('list.columns')} title={t('list.columns')}><IconColumns3 size={17} stroke={1.7} /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
                <Menu.Label>{t('list.columns')}</Menu.Label>
                {choosable.map(column => (
                  <Menu.Item key={column.key} role="menuitemcheckbox" aria-checked={shown.includes(column)} onClick={() => choose(column.key)}>
                    <Checkbox.Indicator checked={shown.includes(column)} size="xs" mr="xs" display="inline-flex" style={{ verticalAlign: 'middle' }} />
                    {column.label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      )}
      {list.isError && list.rows.length === 0 && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Stack gap={10} pt={4} aria-busy>{[0, 1, 2, 3, 4, 5].map(index => <Skeleton key={index} h={28} />)}</Stack>}
      {list.isSuccess && list.rows.length === 0 && empty}
      {list.rows.length > 0 && (narrow
        ? <Cards {...props} rows={list.rows} shown={shown} />
        : <Rows {...props} rows={list.rows} shown={shown} stale={list.isPlaceholderData} />)}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

type Shown<Row> = Props<Row> & { rows: Row[], shown: Column<Row>[], stale?: boolean }

function Rows<Row>({ rows, shown, rowKey, rowTo, onRow, sort, onSort, selection, stale, minWidth, current }: Shown<Row>) {
  const { t } = useTranslation()
  const open = useOpenRow(rowTo, onRow)
  const all = selection !== undefined && rows.every(row => selection.selected.has(rowKey(row)))
  const clickable = rowTo !== undefined || onRow !== undefined
  const toggle = (key: string | number) => {
    if (selection === undefined) return
    const next = new Set(selection.selected)
    if (!next.delete(key)) next.add(key)
    selection.onChange(next)
  }
  // Rows keep one and the same pair of functions, so that a row is drawn anew only when something of its own has changed.
  const latest = useRef({ open, toggle })
  useEffect(() => {
    latest.current = { open, toggle }
  })
  const openRow = useCallback((row: Row, event: React.MouseEvent | React.KeyboardEvent) => latest.current.open(row, event), [])
  const toggleRow = useCallback((key: string | number) => latest.current.toggle(key), [])
  return (
    <Table.ScrollContainer minWidth={minWidth ?? 560}>
      <Table highlightOnHover={clickable} className={classes.table ?? ''} data-stale={stale === true || undefined}>
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
            {shown.map(column => (
              <Table.Th key={column.key} w={column.width} ta={column.align ?? 'left'} aria-sort={ariaSort(column.sort, sort)}>
                {column.sort !== undefined && onSort !== undefined ? <SortHead column={column} sort={sort} onSort={onSort} /> : column.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => {
            const key = rowKey(row)
            return <Line key={key} row={row} rowId={key} shown={shown} clickable={clickable} isCurrent={key === current} selected={selection === undefined ? null : selection.selected.has(key)} onOpen={openRow} onToggle={toggleRow} />
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

type LineProps<Row> = {
  row: Row
  rowId: string | number
  shown: Column<Row>[]
  clickable: boolean
  isCurrent: boolean
  /** null: rows of this list cannot be selected */
  selected: boolean | null
  onOpen: (row: Row, event: React.MouseEvent | React.KeyboardEvent) => void
  onToggle: (key: string | number) => void
}

const Line = memo(function Line<Row>({ row, rowId, shown, clickable, isCurrent, selected, onOpen, onToggle }: LineProps<Row>) {
  const { t } = useTranslation()
  return (
    <Table.Tr
      className={clickable ? classes.clickable ?? '' : ''} data-current={isCurrent || undefined} tabIndex={clickable ? 0 : undefined}
      onClick={event => onOpen(row, event)} onAuxClick={event => onOpen(row, event)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row, event)
      }}
    >
      {selected !== null && (
        <Table.Td onClick={event => event.stopPropagation()}>
          <Checkbox size="xs" checked={selected} aria-label={t('list.select')} onChange={() => onToggle(rowId)} />
        </Table.Td>
      )}
      {shown.map(column => <Table.Td key={column.key} ta={column.align ?? 'left'}>{column.render(row)}</Table.Td>)}
    </Table.Tr>
  )
}) as <Row>(props: LineProps<Row>) => ReactNode

function Cards<Row>({ rows, shown, rowKey, rowTo, onRow }: Shown<Row>) {
  const open = useOpenRow(rowTo, onRow)
  const clickable = rowTo !== undefined || onRow !== undefined
  const [title, ...rest] = shown
  if (title === undefined) return null
  return (
    <Stack gap={8}>
      {rows.map(row => (
        <UnstyledButton key={rowKey(row)} component="div" role={clickable ? 'link' : undefined} tabIndex={clickable ? 0 : -1} className={classes.card ?? ''} onClick={event => open(row, event)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && event.target === event.currentTarget) open(row, event)
          }}
        >
          <div>{title.render(row)}</div>
          <div className={classes.pairs}>
            {rest.map((column) => {
              const content = column.render(row)
              if (content === null || content === '' || content === undefined) return null
              return (
                <div key={column.key}>
                  <Text size="xs" c="dimmed">{column.label}</Text>
                  <div>{content}</div>
                </div>
              )
            })}
          </div>
        </UnstyledButton>
      ))}
    </Stack>
  )
}

/** A row opens its page, unless a link or button inside it was meant; with Ctrl or the middle button in a new tab. */
function useOpenRow<Row>(rowTo: ((row: Row) => string) | undefined, onRow: ((row: Row) => void) | undefined) {
  const navigate = useNavigate()
  return (row: Row, event: React.MouseEvent | React.KeyboardEvent) => {
    if (event.target instanceof Element && event.target !== event.currentTarget && event.target.closest('a, button, input, label, [role="menu"], [role="option"], [role="dialog"]') !== null) return
    if (onRow !== undefined) return onRow(row)
    if (rowTo === undefined) return
    if (event.type === 'auxclick' && 'button' in event && event.button !== 1) return
    if (event.ctrlKey || event.metaKey || event.type === 'auxclick') window.open(rowTo(row), '_blank', 'noopener')
    else void navigate(rowTo(row))
  }
}

function ariaSort(own: string | undefined, sort: string | undefined): 'ascending' | 'descending' | undefined {
  if (own === undefined || sort === undefined) return undefined
  return sort === own ? 'ascending' : sort === `-${own}` ? 'descending' : undefined
}

function SortHead<Row>({ column, sort, onSort }: { column: Column<Row>, sort: string | undefined, onSort: (sort: string) => void }) {
  const own = column.sort ?? ''
  const direction = ariaSort(own, sort)
  return (
    <UnstyledButton className={classes.sort ?? ''} onClick={() => onSort(direction === 'descending' ? own : `-${own}`)}>
      {column.label}
      {direction === 'ascending' && <IconArrowUp size={13} aria-hidden />}
      {direction === 'descending' && <IconArrowDown size={13} aria-hidden />}
    </UnstyledButton>
  )
}

/** Selected row keys, emptied when what is listed changes. */
export function useSelection(of: string) {
  const [state, setState] = useState<{ of: string, selected: ReadonlySet<string | number> }>({ of, selected: new Set() })
  const selected: ReadonlySet<string | number> = state.of === of ? state.selected : new Set()
  return { selected, onChange: (next: ReadonlySet<string | number>) => setState({ of, selected: next }) }
}
