import { useEffect, useMemo, useRef, useState } from 'react'
import type { DragEvent, KeyboardEvent } from 'react'
import { ActionIcon, Group, Paper, Tooltip, useComputedColorScheme } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconLayoutDistributeVertical, IconNote, IconPlus } from '@tabler/icons-react'
import { Background, BackgroundVariant, Controls, MiniMap, Panel, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow, useStore } from '@xyflow/react'
import type { Connection, NodeChange } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useTranslation } from 'react-i18next'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { goalId, noteId, triggerId, useElements } from './canvas-elements.ts'
import { GoalNodeView, NoteNodeView, OpenNodeView, StepNodeView, WayView } from './canvas-nodes.tsx'
import type { CanvasNode, Way } from './canvas-nodes.tsx'
import { blankStep } from './blank-step.ts'
import { placeAfter, selectedSteps, selectSteps, useEditor } from './editor.ts'
import type { Selection } from './editor.ts'
import { addNote, changeNote, dropAt, moveAlong, moveStep, placeStep, tidy } from './graph.ts'
import type { StepKind } from './graph.ts'
import { layOut, neighbour, nodeSize, shapeOf } from './lay-out.ts'
import type { Direction, Layout, Point } from './lay-out.ts'
import { StepChoices } from './step-menu.tsx'
import { connect, goalPlace, mainOutlet, placeId, placesOf, start, targetOf } from './ways.ts'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

const nodeTypes = { step: StepNodeView, open: OpenNodeView, goal: GoalNodeView, note: NoteNodeView }
const edgeTypes = { way: WayView }
const fit = { maxZoom: 1, minZoom: 0.04, padding: { top: '32px', left: '32px', right: '32px', bottom: '32px' } } as const
/** So near to a "+" what is dropped goes into its way, in pixels of the screen. */
const near = 46
const arrows: Record<string, Direction> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' }

/** Draws what graph.ts decided; every act goes back to it. */
export function Canvas() {
  return <ReactFlowProvider><Flow /></ReactFlowProvider>
}

/** Laid out anew only when the shape changes: typing into a step moves nothing. */
function useLayout(graph: JourneyGraph): Layout {
  const shape = shapeOf(graph)
  const last = useRef<{ shape: string, layout: Layout } | null>(null)
  if (last.current?.shape !== shape) last.current = { shape, layout: layOut(graph) }
  return last.current.layout
}

const selectionOf = (ids: string[], graph: JourneyGraph): Selection => {
  const steps = ids.filter(id => graph.steps[id])
  if (steps.length > 0) return selectSteps(steps)
  const [id] = ids
  if (id === triggerId) return { kind: 'trigger' }
  if (id?.startsWith(' goal ')) return { kind: 'goal', key: id.slice(' goal '.length) }
  return id?.startsWith(' note ') ? { kind: 'note', key: id.slice(' note '.length) } : null
}
const idOf = (selection: Selection): string | undefined => {
  switch (selection?.kind) {
    case 'trigger': return triggerId
    case 'step': return selection.key
    case 'steps': return selection.keys[0]
    case 'goal': return goalId(selection.key)
    case 'note': return noteId(selection.key)
    default: return undefined
  }
}

function Flow() {
  const { t } = useTranslation('journeys')
  const { graph, selection, select, edit, leadTo, addStep, askForStep, removeSteps, readOnly, inSight } = useEditor()
  const scheme = useComputedColorScheme('light')
  const wide = useMediaQuery('(min-width: 62em)') ?? true
  const flow = useReactFlow<CanvasNode, Way>()
  const isFar = useStore(state => state.transform[2] < 0.42)
  const box = useRef<HTMLDivElement>(null)
  const [dragged, setDragged] = useState<Record<string, Point>>({})
  const [palette, setPalette] = useState(false)
  const layout = useLayout(graph)
  const { nodes, edges } = useElements(layout, dragged)

  const positionOf = (id: string): Point | undefined => nodes.find(node => node.id === id)?.position
  const show = (id: string, focus: boolean) => {
    const node = nodes.find(one => one.id === id)
    const area = box.current?.getBoundingClientRect()
    if (!node || !area) return
    const { x, y, zoom } = flow.getViewport()
    const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y]
    const isSeen = left > 0 && top > 0 && left + (node.width ?? 0) * zoom < area.width && top + nodeSize.height * zoom < area.height
    if (!isSeen || zoom < 0.42) void flow.setCenter(node.position.x + (node.width ?? 0) / 2, node.position.y + nodeSize.height / 2, { zoom: Math.max(zoom, 0.8), duration: 200 })
    if (!focus) return
    // What was out of sight is drawn first.
    let tries = 40
    const wait = () => {
      const element = box.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)
      if (element) element.focus({ preventScroll: true })
      else if (tries-- > 0) requestAnimationFrame(wait)
    }
    wait()
  }
  useEffect(() => {
    const id = idOf(inSight?.selection ?? null)
    if (id !== undefined) show(id, false)
    // only when something is to be brought into sight, not whenever the canvas is drawn
  }, [inSight])

  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    const picks = changes.filter(change => change.type === 'select')
    if (picks.length > 0) {
      const ids = new Set(nodes.filter(node => node.selected).map(node => node.id))
      for (const pick of picks) if (pick.selected) ids.add(pick.id); else ids.delete(pick.id)
      select(selectionOf([...ids], graph))
    }
    const moved = changes.flatMap(change => change.type === 'position' && change.position ? [[change.id, change.position] as const] : [])
    if (moved.length > 0) setDragged(now => ({ ...now, ...Object.fromEntries(moved) }))
  }
  // ── dropping into a way ──
  const target = useRef<HTMLElement | null>(null)
  const wayAt = (x: number, y: number, except: string | null): { place: Place, button: HTMLElement } | null => {
    let best: { button: HTMLElement, distance: number } | null = null
    for (const button of box.current?.querySelectorAll<HTMLElement>('[data-way]') ?? []) {
      const { left, top, width, height } = button.getBoundingClientRect()
      const distance = Math.hypot(left + width / 2 - x, top + height / 2 - y)
      if (distance < near && (best === null || distance < best.distance)) best = { button, distance }
    }
    if (best === null) return null
    const place = placesOf(graph).find(one => placeId(one.place) === best.button.dataset['way'])?.place
    return place === undefined || (except !== null && (place.step === except || targetOf(graph, place) === except)) ? null : { place, button: best.button }
  }
  const mark = (button: HTMLElement | null) => {
    if (target.current === button) return
    if (target.current) delete target.current.dataset['target']
    if (button) button.dataset['target'] = ''
    target.current = button
  }
  const pointOf = (event: MouseEvent | TouchEvent | React.MouseEvent | React.TouchEvent): Point => 'clientX' in event ? { x: event.clientX, y: event.clientY } : { x: event.changedTouches[0]?.clientX ?? 0, y: event.changedTouches[0]?.clientY ?? 0 }
  const stopDrag = (event: MouseEvent | TouchEvent | React.MouseEvent, node: CanvasNode, all: CanvasNode[]) => {
    const at = pointOf(event)
    const drop = all.length === 1 && graph.steps[node.id] ? wayAt(at.x, at.y, node.id) : null
    mark(null)
    if (drop) edit(now => moveStep(now, node.id, drop.place))
    else edit(now => all.reduce((changed, one) => one.type === 'note' ? changeNote(changed, one.data.note, { position: { x: Math.round(one.position.x), y: Math.round(one.position.y) } }) : changed, dropAt(now, Object.fromEntries(all.filter(one => one.type === 'step').map(one => [one.id, one.position])))))
    setDragged({})
  }
  const kindIn = (event: DragEvent) => event.dataTransfer.types.includes('application/x-otklik-step')
  const onDrop = (event: DragEvent) => {
    const kind = event.dataTransfer.getData('application/x-otklik-step') as StepKind
    if (kind === ('' as StepKind)) return
    event.preventDefault()
    const drop = wayAt(event.clientX, event.clientY, null)
    mark(null)
    if (drop) return addStep(drop.place, kind)
    const made = placeStep(graph, blankStep(kind), roundedAt(flow.screenToFlowPosition({ x: event.clientX - 120, y: event.clientY - 40 })))
    edit(() => made.graph)
    select({ kind: 'step', key: made.key })
  }
  const placeOf = ({ source, sourceHandle }: Pick<Connection, 'source' | 'sourceHandle'>): Place => source === triggerId ? start : source.startsWith(' goal ') ? goalPlace(source.slice(' goal '.length)) : { step: source, outlet: sourceHandle ?? 'next' }

  const stepUnder = (event: MouseEvent | TouchEvent): string | null => {
    const { x, y } = pointOf(event)
    const key = document.elementFromPoint(x, y)?.closest<HTMLElement>('.react-flow__node')?.dataset['id']
    return key !== undefined && graph.steps[key] ? key : null
  }

  // ── the keyboard ──
  const onKeyDown = (event: KeyboardEvent) => {
    const element = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('.react-flow__node') : null
    if (element === null || event.target !== element) return
    const id = element.dataset['id'] ?? ''
    const step = id === triggerId ? null : graph.steps[id] ? id : undefined
    const direction = arrows[event.key]
    if (direction !== undefined && event.altKey && step != null && !readOnly && (direction === 'up' || direction === 'down')) {
      event.preventDefault()
      edit(now => moveAlong(now, step, direction))
    } else if (direction !== undefined && step !== undefined && !event.altKey) {
      event.preventDefault()
      const next = neighbour(graph, layout, step, direction)
      if (next !== undefined) show(next ?? triggerId, true)
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      if (event.shiftKey && step != null) {
        const chosen = selectedSteps(selection)
        select(selectSteps(chosen.includes(step) ? chosen.filter(key => key !== step) : [...chosen, step]))
      } else {
        select(selectionOf([id], graph))
        // The keyboard goes on in what opens beside the canvas.
        if (event.key === 'Enter') setTimeout(() => document.querySelector<HTMLElement>('[data-inspector] input:not([type=hidden]), [data-inspector] textarea, [data-inspector] button')?.focus(), 60)
      }
    } else if ((event.key === '+' || event.key === '=') && step !== undefined && !readOnly) {
      event.preventDefault()
      const outlet = step === null ? 'next' : mainOutlet(graph.steps[step]!)
      if (outlet !== undefined) askForStep({ step, outlet }, element)
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && !readOnly) {
      event.preventDefault()
      const chosen = selectedSteps(selection)
      if (step != null) {
        const before = neighbour(graph, layout, step, 'up')
        removeSteps(chosen.includes(step) ? chosen : [step])
        if (before !== undefined) setTimeout(() => box.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(before ?? triggerId)}"]`)?.focus({ preventScroll: true }), 60)
      }
    }
  }
  const labels = useMemo(() => ({ 'controls.zoomIn.ariaLabel': t('zoom_in'), 'controls.zoomOut.ariaLabel': t('zoom_out'), 'controls.fitView.ariaLabel': t('fit_view'), 'minimap.ariaLabel': t('minimap'), 'node.a11yDescription.default': t('node_help'), 'node.a11yDescription.keyboardDisabled': t('node_help') }), [t])
  const middle = () => {
    const area = box.current!.getBoundingClientRect()
    return roundedAt(flow.screenToFlowPosition({ x: area.left + area.width / 2 - 100, y: area.top + area.height / 2 - 60 }))
  }
  return (
    <div className={classes.canvas} ref={box} data-far={isFar || undefined}>
      <ReactFlow<CanvasNode, Way>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} colorMode={scheme} onlyRenderVisibleElements disableKeyboardA11y elevateNodesOnSelect={false}
        nodesDraggable={!readOnly} nodesConnectable={!readOnly} edgesReconnectable={!readOnly} elementsSelectable nodesFocusable edgesFocusable={false}
        minZoom={0.04} maxZoom={1.5} proOptions={{ hideAttribution: true }} nodeDragThreshold={4} connectionRadius={36}
        deleteKeyCode={null} multiSelectionKeyCode={['Meta', 'Control', 'Shift']} selectionKeyCode="Shift" selectionMode={SelectionMode.Partial} zoomOnDoubleClick={false}
        onInit={(instance) => {
          const bounds = instance.getNodesBounds(nodes)
          const area = box.current!.getBoundingClientRect()
          // A large journey opens at its beginning, large enough to be read.
          if (Math.min(area.width / bounds.width, area.height / bounds.height) >= 0.6) void instance.fitView(fit)
          else void instance.setViewport({ x: area.width / 2 - ((positionOf(triggerId)?.x ?? 0) + nodeSize.width / 2) * 0.85, y: 36, zoom: 0.85 })
        }}
        onNodesChange={onNodesChange}
        onNodeDrag={(event, node, all) => { const at = pointOf(event); mark(all.length === 1 && graph.steps[node.id] ? wayAt(at.x, at.y, node.id)?.button ?? null : null) }}
        onNodeDragStop={stopDrag}
        onPaneClick={() => select(null)}
        onConnect={(connection) => { if (graph.steps[connection.target]) leadTo(placeOf(connection), connection.target) }}
        onReconnect={(old, connection) => { if (graph.steps[connection.target]) edit(now => connect(now, old.data!.place, connection.target)) }}
        // The whole of a step takes the end of a way, not only its handle.
        onConnectEnd={(event, { isValid, fromHandle }) => {
          const to = stepUnder(event)
          if (isValid !== true && fromHandle && to !== null) leadTo(placeOf({ source: fromHandle.nodeId, sourceHandle: fromHandle.id ?? null }), to)
        }}
        onReconnectEnd={(event, way, _handle, { isValid }) => {
          const to = stepUnder(event)
          if (isValid !== true && to !== null) leadTo(way.data!.place, to)
        }}
        onKeyDown={onKeyDown} onDrop={onDrop}
        onDragOver={(event) => {
          if (!kindIn(event)) return
          event.preventDefault()
          mark(wayAt(event.clientX, event.clientY, null)?.button ?? null)
        }}
        ariaLabelConfig={labels}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} color={scheme === 'dark' ? '#323a37' : '#d3d7d5'} />
        <Controls showInteractive={false} fitViewOptions={fit} />
        {!readOnly && (
          <Panel position="top-left">
            <Group gap={6} align="flex-start">
              <Paper p={4} radius="md">
                <Group gap={2} wrap={wide ? 'wrap' : 'nowrap'} style={wide ? { flexDirection: 'column' } : {}}>
                  <Tooltip label={t('palette')} position="right"><ActionIcon variant={palette ? 'light' : 'subtle'} color={palette ? 'pine' : 'gray'} size={30} aria-label={t('palette')} aria-expanded={palette} onClick={() => setPalette(!palette)}><IconPlus size={17} stroke={1.8} /></ActionIcon></Tooltip>
                  <Tooltip label={t('add_note')} position="right"><ActionIcon variant="subtle" color="gray" size={30} aria-label={t('add_note')} onClick={() => { const made = addNote(graph, middle()); edit(() => made.graph); select({ kind: 'note', key: made.key }) }}><IconNote size={17} stroke={1.7} /></ActionIcon></Tooltip>
                  <Tooltip label={t('tidy')} position="right"><ActionIcon variant="subtle" color="gray" size={30} aria-label={t('tidy')} onClick={() => { edit(tidy); setTimeout(() => void flow.fitView({ ...fit, duration: 200 }), 60) }}><IconLayoutDistributeVertical size={17} stroke={1.7} /></ActionIcon></Tooltip>
                </Group>
              </Paper>
              {palette && (
                <Paper p={6} w={280} radius="md" shadow="sm" className="nowheel nodrag nopan">
                  <StepChoices place={null} onDone={() => {}} onChoose={kind => addStep(placeAfter(graph, selection), kind)} />
                </Paper>
              )}
            </Group>
          </Panel>
        )}
        {wide && nodes.length > 12 && <MiniMap<CanvasNode> pannable zoomable ariaLabel={t('minimap')} nodeColor={node => miniColor(node, scheme)} maskColor={scheme === 'dark' ? 'rgb(0 0 0 / 45%)' : 'rgb(240 240 240 / 65%)'} style={{ width: 150, height: 110 }} />}
      </ReactFlow>
    </div>
  )
}

const roundedAt = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) })

function miniColor(node: CanvasNode, scheme: 'light' | 'dark'): string {
  if (node.type === 'open') return 'transparent'
  if (node.selected) return '#259a7f'
  if (node.type === 'step' && node.data.face.blocking) return '#e03131'
  if (node.type === 'note') return scheme === 'dark' ? '#71420c' : '#ffd797'
  return scheme === 'dark' ? '#434c48' : '#c3c8c5'
}
