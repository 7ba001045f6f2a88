import { useRef, useState } from 'react'
import { Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Column } from './list-columns.ts'
import classes from './data-list.module.css'

const narrowest = 60
const widest = 800

type Props<Row> = { column: Column<Row> & { given: number | null }, sort: string | undefined, onSort: ((sort: string) => void) | undefined, onWidth: ((width: number) => void) | undefined }

/** The head of a column: sorts by it, and its edge makes it wider or narrower. */
export function Head<Row>({ column, sort, onSort, onWidth }: Props<Row>) {
  const { t } = useTranslation()
  const cell = useRef<HTMLTableCellElement>(null)
  const [drawn, setDrawn] = useState<number | null>(null)
  const width = drawn ?? column.given
  const between = (wanted: number) => Math.round(Math.min(widest, Math.max(narrowest, wanted)))
  const now = () => cell.current?.offsetWidth ?? 120
  return (
    <Table.Th
      ref={cell} w={column.width} ta={column.align ?? 'left'} aria-sort={ariaSort(column.sort, sort)} className={classes.head ?? ''}
      {...(width === null ? {} : { style: { width, minWidth: width, maxWidth: width } })}
    >
      {column.sort !== undefined && onSort !== undefined ? <SortHead column={column} sort={sort} onSort={onSort} /> : column.label}
      {onWidth !== undefined && (
        <span
          role="separator" aria-orientation="vertical" aria-label={t('list.width', { column: column.label })} aria-valuenow={width ?? cell.current?.offsetWidth ?? narrowest} aria-valuemin={narrowest} aria-valuemax={widest} tabIndex={0} className={classes.edge}
          onPointerDown={(event) => {
            event.preventDefault()
            event.currentTarget.setPointerCapture(event.pointerId)
            setDrawn(now())
          }}
          onPointerMove={(event) => {
            if (drawn !== null && cell.current !== null) setDrawn(between(event.clientX - cell.current.getBoundingClientRect().left))
          }}
          onPointerUp={() => {
            if (drawn !== null) onWidth(drawn)
            setDrawn(null)
          }}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowLeft' ? -20 : event.key === 'ArrowRight' ? 20 : 0
            if (step === 0) return
            event.preventDefault()
            onWidth(between(now() + step))
          }}
        />
      )}
    </Table.Th>
  )
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
