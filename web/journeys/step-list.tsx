import { useEffect, useMemo, useRef } from 'react'
import type { CSSProperties } from 'react'
import { ActionIcon, Checkbox, Menu, Text, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowForward, IconArrowsMove, IconArrowUp, IconClipboardCopy, IconClipboardText, IconCopy, IconDots, IconNote, IconTarget, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { AddStep } from './add-step.tsx'
import { DryNumbers, DryWayCount } from './dry-numbers.tsx'
import { problemsOf, selectedSteps, selectSteps, useEditor } from './editor.ts'
import { moveAlong, moveStep } from './graph.ts'
import { outline } from './outline.ts'
import type { OutlineRow } from './outline.ts'
import { faceOf, StepFace } from './step-card.tsx'
import { StepNumbers } from './step-numbers.tsx'
import { goalPlace, mainOutlet, placeId, targetOf } from './ways.ts'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

const indent = (depth: number) => ({ '--depth': depth }) as CSSProperties

/** The journey as an ordered list: the same acts as on the canvas, for the keyboard, a screen reader and a narrow screen. */
export function StepList() {
  const { t } = useTranslation('journeys')
  const { graph, words, selection, select, problems, inSight } = useEditor()
  const rows = useMemo(() => outline(graph), [graph])
  const numbers = new Map(rows.flatMap(row => row.kind === 'step' ? [[row.key, row.number] as const] : []))
  const unreachable = rows.some(row => row.kind === 'unreachable')
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const key = inSight?.selection?.kind === 'step' ? inSight.selection.key : undefined
    if (key !== undefined) list.current?.querySelector(`[data-row-of="${CSS.escape(key)}"]`)?.scrollIntoView({ block: 'center' })
  }, [inSight])
  const between = (place: Place, depth: number, text: string) => <li key={`after ${placeId(place)}`} className={classes.between} style={indent(depth)}><AddStep step={place.step} outlet={place.outlet} open={targetOf(graph, place) === null} /><WayCount place={place} /><Text size="sm" c="dimmed" ml={8}>{text}</Text></li>
  return (
    <ol className={classes.list} aria-label={t('steps_of_journey')} ref={list}>
      <li>
        <UnstyledButton className={`${classes.node} ${classes.rowTrigger ?? ''}`} w="100%" mih={0} data-trigger data-selected={selection?.kind === 'trigger' || undefined} onClick={() => select({ kind: 'trigger' })}>
          <StepFace face={faceOf(graph, null, words, problemsOf(problems, null), t)} />
        </UnstyledButton>
      </li>
      {rows.map((row) => {
        switch (row.kind) {
          case 'branch': return <li key={`branch ${placeId(row.place)}`} className={classes.branch} style={indent(row.depth)}>{words.way(row.place, row.place.step === null ? undefined : graph.steps[row.place.step])} <WayCount place={row.place} named /></li>
          case 'goal': {
            const goal = graph.goals?.find(one => one.key === row.key)
            return <li key={`goal ${row.key}`} className={classes.branch} style={indent(row.depth)}><UnstyledButton fz="sm" fw={600} onClick={() => select({ kind: 'goal', key: row.key })}><IconTarget size={16} stroke={1.7} style={{ verticalAlign: -3 }} aria-hidden /> {t('goal')}: {goal?.name}</UnstyledButton> <WayCount place={goalPlace(row.key)} named /></li>
          }
          case 'step': return <StepRow key={row.key} row={row} />
          case 'goes_to': return (
            <li key={`to ${placeId(row.from)}`} className={classes.between} style={indent(row.depth)}>
              <AddStep step={row.from.step} outlet={row.from.outlet} open={false} />
              <WayCount place={row.from} />
              <UnstyledButton ml={8} onClick={() => select({ kind: 'step', key: row.key })}>
                <Text size="sm" c="dimmed"><IconArrowForward size={14} style={{ verticalAlign: -2 }} aria-hidden /> {t('goes_on_at', { number: numbers.get(row.key), step: words.title(graph.steps[row.key]!) })}</Text>
              </UnstyledButton>
            </li>
          )
          case 'open': return between(row.from, row.depth, t('ends_here'))
          case 'joins': return between(row.from, row.depth, t('goes_on_below'))
          case 'unreachable': return null
        }
      })}
      {unreachable && <li className={classes.branch}>{t('nobody_gets_here')}</li>}
      {rows.map(row => row.kind === 'unreachable' ? <StepRow key={row.key} row={row} /> : null)}
      {(graph.notes ?? []).map(note => <li key={note.key} className={classes.between}><UnstyledButton fz="sm" c="dimmed" onClick={() => select({ kind: 'note', key: note.key })}><IconNote size={15} stroke={1.7} style={{ verticalAlign: -2 }} aria-hidden /> {note.text || t('empty_note')}</UnstyledButton></li>)}
    </ol>
  )
}

/** How many the dry run led along a way; of a way with a name only beside it (`named`). */
function WayCount({ place, named = false }: { place: Place, named?: boolean }) {
  const { dry, graph, words } = useEditor()
  if (dry === null) return null
  const name = words.way(place, place.step === null ? undefined : graph.steps[place.step])
  const hasName = name !== undefined || place.outlet.startsWith('goal:')
  return hasName === named ? <DryWayCount place={place} way={dry.faces.ways[placeId(place)]} name={name} /> : null
}

function StepRow({ row }: { row: Extract<OutlineRow, { kind: 'step' | 'unreachable' }> }) {
  const { t } = useTranslation('journeys')
  const { graph, problems, words, report, dry, selection, select, readOnly } = useEditor()
  const own = problemsOf(problems, row.key)
  const chosen = selectedSteps(selection)
  const selected = chosen.includes(row.key)
  const toggle = () => select(selectSteps(selected ? chosen.filter(key => key !== row.key) : [...chosen, row.key]))
  return (
    <>
      {row.kind === 'step' && !row.meets && <li className={classes.between} style={indent(row.depth)}><AddStep step={row.from.step} outlet={row.from.outlet} open={false} /><WayCount place={row.from} /></li>}
      <li className={classes.row} style={indent(row.depth)} data-row-of={row.key}>
        <div className={classes.node} data-row data-selected={selected || undefined} data-problem={own.some(problem => problem.blocking) ? 'blocking' : own.length > 0 ? 'advice' : undefined}>
          <UnstyledButton className={classes.rowButton ?? ''} onClick={event => event.shiftKey || event.ctrlKey || event.metaKey ? toggle() : select({ kind: 'step', key: row.key })} aria-pressed={selected}>
            <StepFace face={faceOf(graph, row.key, words, own, t)} number={row.kind === 'step' ? row.number : undefined} />
          </UnstyledButton>
          {dry ? <DryNumbers step={row.key} face={dry.faces.steps[row.key]} /> : <StepNumbers step={row.key} numbers={report?.steps[row.key]} />}
          {!readOnly && (
            <>
              <Checkbox className={classes.rowCheck ?? ''} size="xs" aria-label={t('select_step')} checked={selected} data-shown={chosen.length > 1 || undefined} onChange={toggle} />
              <RowMenu stepKey={row.key} />
            </>
          )}
        </div>
      </li>
    </>
  )
}

function RowMenu({ stepKey }: { stepKey: string }) {
  const { t } = useTranslation('journeys')
  const { graph, edit, selection, removeSteps, duplicateSteps, copySteps, pasteSteps, words } = useEditor()
  const chosen = selectedSteps(selection)
  const keys = chosen.includes(stepKey) ? chosen : [stepKey]
  const outlet = mainOutlet(graph.steps[stepKey]!)
  const places = outline(graph).flatMap((row) => {
    if (row.kind !== 'step' || row.key === stepKey) return []
    const after = mainOutlet(graph.steps[row.key]!)
    return after === undefined || targetOf(graph, { step: row.key, outlet: after }) === stepKey ? [] : [{ place: { step: row.key, outlet: after }, name: `${row.number}. ${words.title(graph.steps[row.key]!)}` }]
  })
  return (
    <Menu position="bottom-end">
      <Menu.Target><ActionIcon className={classes.rowMenu ?? ''} variant="subtle" color="gray" size={28} aria-label={t('step_actions')}><IconDots size={16} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        {outlet !== undefined && (
          <>
            <Menu.Item leftSection={<IconArrowUp size={15} />} onClick={() => edit(now => moveAlong(now, stepKey, 'up'))}>{t('move_up')}</Menu.Item>
            <Menu.Item leftSection={<IconArrowDown size={15} />} onClick={() => edit(now => moveAlong(now, stepKey, 'down'))}>{t('move_down')}</Menu.Item>
            {places.length > 0 && (
              <Menu.Sub>
                <Menu.Sub.Target><Menu.Sub.Item leftSection={<IconArrowsMove size={15} />}>{t('move_behind')}</Menu.Sub.Item></Menu.Sub.Target>
                <Menu.Sub.Dropdown mah={320} style={{ overflowY: 'auto' }}>{places.map(({ place, name }) => <Menu.Item key={placeId(place)} onClick={() => edit(now => moveStep(now, stepKey, place))}>{name}</Menu.Item>)}</Menu.Sub.Dropdown>
              </Menu.Sub>
            )}
            <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => duplicateSteps(keys)}>{t('duplicate')}</Menu.Item>
          </>
        )}
        <Menu.Item leftSection={<IconClipboardCopy size={15} />} onClick={() => copySteps(keys)}>{t('copy')}</Menu.Item>
        {outlet !== undefined && <Menu.Item leftSection={<IconClipboardText size={15} />} onClick={() => pasteSteps({ step: stepKey, outlet })}>{t('paste_behind')}</Menu.Item>}
        <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => removeSteps(keys)}>{t(keys.length > 1 ? 'remove_steps' : 'remove_step')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
