import { memo } from 'react'
import { Group, Text, ThemeIcon } from '@mantine/core'
import { IconTarget } from '@tabler/icons-react'
import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, Handle, Position } from '@xyflow/react'
import type { Edge, EdgeProps, Node, NodeProps } from '@xyflow/react'
import { useTranslation } from 'react-i18next'
import type { JourneyReport } from '../../shared/journeys.ts'
import { AddStep } from './add-step.tsx'
import type { DryFace, DryWay } from './dry-faces.ts'
import { DryNumbers, DryWayCount } from './dry-numbers.tsx'
import { useActs } from './editor.ts'
import { changeNote } from './graph.ts'
import { shareAt } from './lay-out.ts'
import { StepFace } from './step-card.tsx'
import type { Face } from './step-card.tsx'
import { StepNumbers } from './step-numbers.tsx'
import { PlainTypedTextarea } from './typed-input.tsx'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

export type StepNode = Node<{ step: string | null, face: Face, numbers: JourneyReport['steps'][string] | undefined, dry: DryFace | undefined, outlets: string }, 'step'>
export type OpenNode = Node<{ place: Place, named: boolean }, 'open'>
export type GoalNode = Node<{ goal: string, name: string, words: string, missing: boolean, problem: string | undefined }, 'goal'>
export type NoteNode = Node<{ note: string, text: string, readOnly: boolean }, 'note'>
export type CanvasNode = StepNode | OpenNode | GoalNode | NoteNode
export type Way = Edge<{ place: Place, name: string | undefined, back: boolean, failed: boolean, active: boolean, jump: boolean, count: DryWay | undefined }, 'way'>

export const StepNodeView = memo(function StepNodeView({ data: { step, face, numbers, dry, outlets }, selected, width, height }: NodeProps<StepNode>) {
  return (
    <div className={classes.node} style={{ width, height }} data-selected={selected || undefined} data-trigger={step === null || undefined} data-problem={face.problem === undefined ? undefined : face.blocking ? 'blocking' : 'advice'}>
      {step !== null && <Handle type="target" position={Position.Top} isConnectableStart={false} />}
      <StepFace face={face} />
      {step !== null && (dry ? <DryNumbers step={step} face={dry} /> : <StepNumbers step={step} numbers={numbers} />)}
      {outlets !== '' && outlets.split(' ').map((name, index, all) => <Handle key={name} id={name} type="source" position={Position.Bottom} isConnectableEnd={false} style={{ left: `${shareAt(all.length, index) * 100}%` }} />)}
    </div>
  )
})

/** Of a way with a name the "+" stands beside the name. */
export const OpenNodeView = memo(function OpenNodeView({ data: { place, named } }: NodeProps<OpenNode>) {
  return (
    <div className={classes.open}>
      <Handle type="target" position={Position.Top} isConnectable={false} style={{ opacity: 0 }} />
      {!named && <AddStep step={place.step} outlet={place.outlet} open />}
    </div>
  )
})

export const GoalNodeView = memo(function GoalNodeView({ data: { name, words, missing, problem }, selected, width, height }: NodeProps<GoalNode>) {
  const { t } = useTranslation('journeys')
  return (
    <div className={classes.node} style={{ width, height }} data-goal data-selected={selected || undefined} data-problem={problem === undefined ? undefined : 'blocking'} title={problem}>
      <Group gap={8} wrap="nowrap">
        <ThemeIcon size={22} radius="sm" variant="light" color="amber"><IconTarget size={14} stroke={1.8} aria-hidden /></ThemeIcon>
        <Text size="xs" c="dimmed" fw={500} flex={1} truncate>{t('goal')}: {name}</Text>
      </Group>
      <Text size="sm" fw={missing ? 400 : 500} c={missing ? 'dimmed' : undefined} lh={1.3} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{words}</Text>
      <Handle id="next" type="source" position={Position.Bottom} isConnectableEnd={false} style={{ left: '50%' }} />
    </div>
  )
})

export const NoteNodeView = memo(function NoteNodeView({ data: { note, text, readOnly }, selected, width, height }: NodeProps<NoteNode>) {
  const { t } = useTranslation('journeys')
  const { edit } = useActs()
  return (
    <div className={classes.note} style={{ width, height }} data-selected={selected || undefined}>
      {selected && !readOnly
        ? <PlainTypedTextarea className="nodrag nowheel" aria-label={t('sticky_note')} maxLength={2000} value={text} onType={value => edit(now => changeNote(now, note, { text: value }), `note ${note}`)} />
        : text === '' ? <span className={classes.noteEmpty}>{t('empty_note')}</span> : text}
    </div>
  )
})

export const WayView = memo(function WayView({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, target }: EdgeProps<Way>) {
  const named = data?.name !== undefined
  const back = data?.back === true
  const [path, , middleY] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 12, ...targetY > sourceY ? { centerY: named ? Math.min(sourceY + 44, targetY - 8) : targetY - 24 } : {} })
  const isOpen = target.startsWith(' open')
  // What a way is called stands where it leaves; so does the "+" of a way that leads back.
  const at = named || back ? { x: sourceX, y: sourceY + 22 } : { x: sourceX, y: isOpen ? (sourceY + targetY) / 2 : Math.min(middleY, sourceY + 32) }
  return (
    <>
      <BaseEdge id={id} path={path} className={classes.line ?? ''} data-active={data?.active || undefined} data-failed={data?.failed || undefined} data-dashed={back || data?.jump || undefined} />
      {(!data?.jump || data.count) && (
        <EdgeLabelRenderer>
          <div className={`${classes.way} nodrag nopan`} style={{ left: at.x, top: at.y }}>
            {named && <span className={classes.wayName} title={data.name}>{data.name}</span>}
            {data?.count && !named && <DryWayCount place={data.place} way={data.count} name={undefined} />}
            {data && !data.jump && (!isOpen || named) && <AddStep step={data.place.step} outlet={data.place.outlet} open={isOpen} />}
            {data?.count && named && <div className={classes.wayBelow}><DryWayCount place={data.place} way={data.count} name={data.name} /></div>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
})
