import { Fragment } from 'react'
import type { ReactNode } from 'react'
import { Card, Table, Text, Title } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import classes from './figures.module.css'

type Props = { title: string, hint?: string, /** the first says what the rows are */ heads: string[], rows: { key: string, cells: [ReactNode, ...ReactNode[]] }[] }

/** A table of figures; on a narrow screen each row under its name, a figure a line. */
export function Figures({ title, hint, heads, rows }: Props) {
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h4">{title}</Title>
      {hint !== undefined && <Text size="xs" c="dimmed" maw={720}>{hint}</Text>}
      {narrow
        ? rows.map(row => (
            <section key={row.key} className={classes.row}>
              <Text size="sm" fw={600}>{row.cells[0]}</Text>
              <dl className={classes.figures}>{heads.slice(1).map((head, index) => row.cells[index + 1] !== null && <Fragment key={head}><dt>{head}</dt><dd>{row.cells[index + 1]}</dd></Fragment>)}</dl>
            </section>
          ))
        : (
            <Table.ScrollContainer minWidth={160 + heads.length * 90} mt="xs">
              <Table verticalSpacing={6} highlightOnHover style={{ fontVariantNumeric: 'tabular-nums' }}>
                <Table.Thead><Table.Tr>{heads.map((head, index) => <Table.Th key={head} ta={index === 0 ? 'left' : 'right'}>{head}</Table.Th>)}</Table.Tr></Table.Thead>
                <Table.Tbody>{rows.map(row => <Table.Tr key={row.key}>{row.cells.map((cell, index) => <Table.Td key={heads[index]} ta={index === 0 ? 'left' : 'right'}>{cell}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
    </Card>
  )
}
