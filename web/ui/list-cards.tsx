import { Stack, Text, UnstyledButton } from '@mantine/core'
import type { Column } from './list-columns.ts'
import { useOpenRow } from './use-open-row.ts'
import classes from './data-list.module.css'

type Props<Row> = { rows: Row[], shown: Column<Row>[], rowKey: (row: Row) => string | number, rowTo?: (row: Row) => string, onRow?: (row: Row) => void }

/** The rows of a list on a narrow screen. */
export function Cards<Row>({ rows, shown, rowKey, rowTo, onRow }: Props<Row>) {
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
