import type { CSSProperties } from 'react'
import { ActionIcon, Menu, Text, UnstyledButton } from '@mantine/core'
import { IconArrowForward, IconCopy, IconDots, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { AddStep } from './add-step.tsx'
import { problemsOf, useEditor } from './editor.ts'
import { outline } from './graph.ts'
import type { OutlineRow } from './graph.ts'
import { StepFace } from './step-card.tsx'
import { StepNumbers } from './step-numbers.tsx'
import classes from './journey.module.css'

const indent = (depth: number) => ({ '--depth': depth }) as CSSProperties

/** The journey as an ordered list: the same acts as on the canvas, for the keyboard, a screen reader and a narrow screen. */
export function StepList() {
  const { t } = useTranslation('journeys')
  const { graph, words, selection, select } = useEditor()
  const rows = outline(graph)
  const numbers = new Map(rows.flatMap(row => row.kind === 'step' ? [[row.key, row.number] as const] : []))
  const unreachable = rows.some(row => row.kind === 'unreachable')
  return (
    <ol className={classes.list} aria-label={t('steps_of_journey')}>
      <li>
        <UnstyledButton className={`${classes.node} ${classes.rowTrigger ?? ''}`} w="100%" mih={0} data-trigger data-selected={selection?.kind === 'trigger' || undefined} onClick={() => select({ kind: 'trigger' })}>
          <StepFace step={null} />
        </UnstyledButton>
      </li>
      {rows.map((row) => {
        switch (row.kind) {
          case 'branch': return <li key={`branch ${row.place.step} ${row.place.outlet}`} className={classes.branch} style={indent(row.depth)}>{words.way(row.place, row.place.step === null ? undefined : graph.steps[row.place.step])}</li>
          case 'step': return <StepRow key={row.key} row={row} />
          case 'goes_to': return (
            <li key={`to ${row.from.step} ${row.from.outlet}`} className={classes.between} style={indent(row.depth)}>
              <AddStep place={row.from} />
              <UnstyledButton ml={8} onClick={() => select({ kind: 'step', key: row.key })}>
                <Text size="sm" c="dimmed"><IconArrowForward size={14} style={{ verticalAlign: -2 }} aria-hidden /> {t('goes_on_at', { number: numbers.get(row.key), step: words.title(graph.steps[row.key]!) })}</Text>
              </UnstyledButton>
            </li>
          )
          case 'open': return <li key={`open ${row.from.step} ${row.from.outlet}`} className={classes.between} style={indent(row.depth)}><AddStep place={row.from} /><Text size="sm" c="dimmed" ml={8}>{t('ends_here')}</Text></li>
          case 'joins': return <li key={`joins ${row.from.step} ${row.from.outlet}`} className={classes.between} style={indent(row.depth)}><AddStep place={row.from} /><Text size="sm" c="dimmed" ml={8}>{t('goes_on_below')}</Text></li>
          case 'unreachable': return null
        }
      })}
      {unreachable && <li className={classes.branch}>{t('nobody_gets_here')}</li>}
      {rows.map(row => row.kind === 'unreachable' ? <StepRow key={row.key} row={row} /> : null)}
    </ol>
  )
}

function StepRow({ row }: { row: Extract<OutlineRow, { kind: 'step' | 'unreachable' }> }) {
  const { t } = useTranslation('journeys')
  const { problems, selection, select, removeStep, duplicateStep, graph, readOnly } = useEditor()
  const own = problemsOf(problems, row.key)
  const selected = selection?.kind === 'step' && selection.key === row.key
  return (
    <>
      {row.kind === 'step' && !row.meets && <li className={classes.between} style={indent(row.depth)}><AddStep place={row.from} /></li>}
      <li className={classes.row} style={indent(row.depth)}>
        <div className={classes.node} data-row data-selected={selected || undefined} data-problem={own.some(problem => problem.blocking) ? 'blocking' : own.length > 0 ? 'advice' : undefined}>
          <UnstyledButton className={classes.rowButton ?? ''} onClick={() => select({ kind: 'step', key: row.key })} aria-pressed={selected}>
            {row.kind === 'step' ? <StepFace step={row.key} number={row.number} /> : <StepFace step={row.key} />}
          </UnstyledButton>
          <StepNumbers step={row.key} />
          {!readOnly && (
            <Menu position="bottom-end">
              <Menu.Target><ActionIcon className={classes.rowMenu ?? ''} variant="subtle" color="gray" size={28} aria-label={t('step_actions')}><IconDots size={16} /></ActionIcon></Menu.Target>
              <Menu.Dropdown>
                {graph.steps[row.key]?.kind !== 'end' && <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => duplicateStep(row.key)}>{t('duplicate')}</Menu.Item>}
                <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => removeStep(row.key)}>{t('remove_step')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
      </li>
    </>
  )
}
