import { useState } from 'react'
import { ActionIcon, Checkbox, Group, Popover, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconColumns3, IconGripVertical } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Column, ShownColumn } from './list-columns.ts'
import classes from './column-chooser.module.css'

type Props<Row> = { columns: Column<Row>[], shown: Column<Row>[], widths: ReadonlyMap<string, number | null>, onChange: (columns: ShownColumn[]) => void }

const manyColumns = 12

/** Which columns are shown, and in which order: dragged, or moved with the arrow keys. */
export function ColumnChooser<Row>({ columns, shown, widths, onChange }: Props<Row>) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const [dragged, setDragged] = useState<string | null>(null)
  const keys = shown.map(column => column.key)
  const set = (next: string[]) => onChange(next.map(key => ({ key, width: widths.get(key) ?? null })))
  const move = (key: string, to: number) => {
    if (to < 0 || to >= keys.length) return
    set(keys.filter(other => other !== key).toSpliced(to, 0, key))
  }
  const others = columns.filter(column => !keys.includes(column.key) && column.label.toLowerCase().includes(typed.trim().toLowerCase()))
  return (
    <Popover position="bottom-end" shadow="md" width={300} trapFocus onClose={() => setTyped('')}>
      <Popover.Target>
        <ActionIcon variant="default" size={34} aria-label={t('list.columns')} title={t('list.columns')}><IconColumns3 size={17} stroke={1.7} /></ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="xs" c="dimmed">{t('list.columns_hint')}</Text>
          <ScrollArea.Autosize mah={420} type="auto" offsetScrollbars>
            <Stack gap={0} role="list" aria-label={t('list.columns')}>
              {shown.map((column, index) => (
                <Group
                  key={column.key} gap={6} wrap="nowrap" role="listitem" className={classes.line ?? ''} data-dragged={dragged === column.key || undefined} draggable
                  onDragStart={(event) => { setDragged(column.key); event.dataTransfer.effectAllowed = 'move' }} onDragEnd={() => setDragged(null)}
                  onDragOver={(event) => { event.preventDefault(); if (dragged !== null && dragged !== column.key) move(dragged, index) }}
                >
                  <UnstyledButton
                    className={classes.grip ?? ''} aria-label={t('list.move_column', { column: column.label })}
                    onKeyDown={(event) => {
                      const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
                      if (step === 0) return
                      event.preventDefault()
                      move(column.key, index + step)
                    }}
                  ><IconGripVertical size={15} aria-hidden /></UnstyledButton>
                  <Checkbox size="xs" label={column.label} checked disabled={column.fixed === true} onChange={() => set(keys.filter(key => key !== column.key))} />
                </Group>
              ))}
            </Stack>
            {columns.length > manyColumns && <TextInput size="xs" my="xs" placeholder={t('list.find_column')} aria-label={t('list.find_column')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />}
            <Stack gap={0} mt={columns.length > manyColumns ? 0 : 'xs'}>
              {others.map(column => <div key={column.key} className={classes.line}><Checkbox size="xs" ml={21} label={column.label} checked={false} onChange={() => set([...keys, column.key])} /></div>)}
            </Stack>
          </ScrollArea.Autosize>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
