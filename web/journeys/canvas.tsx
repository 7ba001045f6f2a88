import { useEffect, useMemo, useState } from 'react'
import { useComputedColorScheme } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { BaseEdge, Background, BackgroundVariant, Controls, EdgeLabelRenderer, getSmoothStepPath, Handle, MiniMap, Position, ReactFlow, ReactFlowProvider, useNodesInitialized, useReactFlow } from '@xyflow/react'
import type { Connection, Edge, EdgeProps, Node, NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useTranslation } from 'react-i18next'
import { outletsOf } from '../../shared/journey-problems.ts'
import { AddStep } from './add-step.tsx'
import { problemsOf, useEditor } from './editor.ts'
import { connect, layOut, outletShare } from './graph.ts'
import type { Place, Point } from './graph.ts'
import { StepFace } from './step-card.tsx'
import { StepNumbers } from './step-numbers.tsx'
import classes from './journey.module.css'

/** The bar that asks to save rises over the lower edge. */
const fit = { maxZoom: 1, padding: { top: '32px', left: '32px', right: '32px', bottom: '84px' } } as const

const triggerId = ' trigger'
const nodeId = (step: string | null) => step ?? triggerId
const stepId = (id: string) => id === triggerId ? null : id

type StepNode = Node<{ step: string | null }, 'step'>
type OpenNode = Node<{ place: Place, named: boolean }, 'open'>
type Way = Edge<{ place: Place, name: string | undefined }, 'way'>

const nodeTypes = { step: StepNodeView, open: OpenNodeView }
const edgeTypes = { way: WayView }

/** Draws what graph.ts decided; every act goes back to it. */
export function Canvas() {
  return <ReactFlowProvider><Flow /></ReactFlowProvider>
}

function Flow() {
  const { t } = useTranslation('journeys')
  const { graph, selection, select, edit, leadTo, removeStep, words, readOnly } = useEditor()
  const scheme = useComputedColorScheme('light')
  const wide = useMediaQuery('(min-width: 62em)') ?? true
  const flow = useReactFlow()
  const [dragged, setDragged] = useState<Record<string, Point>>({})
  // Handed back with every new set of nodes: without it each is drawn as new and its ways vanish for a moment.
  const [measured, setMeasured] = useState<Record<string, { width: number, height: number }>>({})
  const layout = useMemo(() => layOut(graph), [graph])

  const nodes = useMemo((): (StepNode | OpenNode)[] => ([
    { id: triggerId, type: 'step', position: layout.trigger, data: { step: null }, draggable: false, deletable: false, selected: selection?.kind === 'trigger', ariaLabel: `${t('trigger')}: ${words.trigger(graph)}` },
    ...Object.entries(layout.steps).map(([key, position]): StepNode => {
      const step = graph.steps[key]!
      return { id: key, type: 'step', position: dragged[key] ?? position, data: { step: key }, selected: selection?.kind === 'step' && selection.key === key, ariaLabel: `${words.title(step)}: ${words.summary(step, graph) ?? t('not_chosen')}` }
    }),
    ...layout.open.map(({ place, at }): OpenNode => ({ id: ` open ${place.step} ${place.outlet}`, type: 'open', position: at, data: { place, named: words.way(place, place.step === null ? undefined : graph.steps[place.step]) !== undefined }, draggable: false, selectable: false, deletable: false, focusable: false })),
  ] satisfies (StepNode | OpenNode)[]).map(node => measured[node.id] === undefined ? node : { ...node, measured: measured[node.id]! }), [layout, graph, selection, dragged, measured, words, t])

  const edges = useMemo((): Way[] => [
    ...layout.edges.map(({ place, to, back }): Way => ({
      id: `${place.step} ${place.outlet}`, type: 'way', source: nodeId(place.step), sourceHandle: place.outlet, target: to, reconnectable: readOnly ? false : 'target', deletable: false, focusable: false, animated: back,
      data: { place, name: words.way(place, place.step === null ? undefined : graph.steps[place.step]) },
    })),
    ...layout.open.map(({ place }): Way => ({
      id: `${place.step} ${place.outlet}`, type: 'way', source: nodeId(place.step), sourceHandle: place.outlet, target: ` open ${place.step} ${place.outlet}`, reconnectable: false, deletable: false, focusable: false,
      data: { place, name: words.way(place, place.step === null ? undefined : graph.steps[place.step]) },
    })),
  ], [layout, graph, words, readOnly])

  // A step put in or taken out moves the others: all of them are shown again, once their sizes are known.
  const count = nodes.length
  const ready = useNodesInitialized()
  useEffect(() => {
    if (ready) void flow.fitView({ ...fit, duration: 200 })
  }, [flow, ready, count])

  const connectWay = ({ source, sourceHandle, target }: Connection) => {
    if (target === triggerId || target.startsWith(' open')) return
    leadTo({ step: stepId(source), outlet: (sourceHandle ?? 'next') as Place['outlet'] }, target)
  }
  return (
    <div className={classes.canvas}>
      <ReactFlow<StepNode | OpenNode, Way>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} colorMode={scheme}
        nodesDraggable={!readOnly} nodesConnectable={!readOnly} edgesReconnectable={!readOnly} elementsSelectable
        minZoom={0.2} maxZoom={1.5} fitView fitViewOptions={fit} proOptions={{ hideAttribution: true }}
        deleteKeyCode={null} nodesFocusable edgesFocusable={false} multiSelectionKeyCode={null} selectionKeyCode={null}
        onNodesChange={(changes) => {
          for (const change of changes) {
            if (change.type === 'dimensions' && change.dimensions) setMeasured(now => ({ ...now, [change.id]: change.dimensions! }))
            if (change.type === 'position' && change.position) setDragged(now => ({ ...now, [change.id]: change.position! }))
            if (change.type === 'select' && change.selected) select(change.id === triggerId ? { kind: 'trigger' } : { kind: 'step', key: change.id })
          }
        }}
        onNodeDragStop={(_event, node) => {
          const step = graph.steps[node.id]
          if (step) edit(now => ({ ...now, steps: { ...now.steps, [node.id]: { ...now.steps[node.id]!, position: { x: Math.round(node.position.x), y: Math.round(node.position.y) } } } }))
          setDragged({})
        }}
        onPaneClick={() => select(null)}
        onConnect={connectWay}
        onReconnect={(old, connection) => {
          if (connection.target.startsWith(' open') || connection.target === triggerId) return
          edit((now) => {
            const place = old.data!.place
            return connect(now, place, connection.target)
          })
        }}
        onKeyDown={(event) => {
          if ((event.key === 'Delete' || event.key === 'Backspace') && selection?.kind === 'step' && !readOnly && event.target instanceof HTMLElement && event.target.closest('.react-flow__node') !== null) removeStep(selection.key)
        }}
        ariaLabelConfig={{ 'controls.zoomIn.ariaLabel': t('zoom_in'), 'controls.zoomOut.ariaLabel': t('zoom_out'), 'controls.fitView.ariaLabel': t('fit_view'), 'minimap.ariaLabel': t('minimap'), 'node.a11yDescription.default': t('node_help'), 'node.a11yDescription.keyboardDisabled': t('node_help') }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} color={scheme === 'dark' ? '#323a37' : '#d3d7d5'} />
        <Controls showInteractive={false} />
        {wide && Object.keys(graph.steps).length > 5 && <MiniMap pannable zoomable nodeColor={scheme === 'dark' ? '#434c48' : '#d3d7d5'} maskColor={scheme === 'dark' ? 'rgb(0 0 0 / 45%)' : 'rgb(240 240 240 / 65%)'} style={{ width: 140, height: 100 }} />}
      </ReactFlow>
    </div>
  )
}

function StepNodeView({ data: { step: key }, selected }: NodeProps<StepNode>) {
  const { graph, problems } = useEditor()
  const step = key === null ? undefined : graph.steps[key]
  const outlets = key === null ? [{ name: 'next' as const }] : step ? outletsOf(step) : []
  const own = problemsOf(problems, key)
  return (
    <div className={classes.node} data-selected={selected || undefined} data-trigger={key === null || undefined} data-problem={own.some(problem => problem.blocking) ? 'blocking' : own.length > 0 ? 'advice' : undefined}>
      {key !== null && <Handle type="target" position={Position.Top} isConnectableStart={false} />}
      <StepFace step={key} />
      {key !== null && <StepNumbers step={key} />}
      {outlets.map((outlet, index) => (
        <Handle key={outlet.name} id={outlet.name} type="source" position={Position.Bottom} isConnectableEnd={false} style={{ left: step ? `${outletShare(step, index) * 100}%` : '50%' }} />
      ))}
    </div>
  )
}

/** Of a way with a name the "+" stands beside the name. */
function OpenNodeView({ data: { place, named } }: NodeProps<OpenNode>) {
  return (
    <div className={classes.open}>
      <Handle type="target" position={Position.Top} isConnectable={false} style={{ opacity: 0 }} />
      {!named && <AddStep place={place} />}
    </div>
  )
}

function WayView({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, target, animated }: EdgeProps<Way>) {
  const named = data?.name !== undefined
  const [path, , middleY] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 12, ...targetY > sourceY ? { centerY: named ? Math.min(sourceY + 46, targetY - 8) : targetY - 24 } : {} })
  const isOpen = target.startsWith(' open')
  // What a way is called stands where it leaves; so does the "+" of a way that leads back.
  const at = named || animated ? { x: sourceX, y: sourceY + 24 } : { x: sourceX, y: isOpen ? (sourceY + targetY) / 2 : Math.min(middleY, sourceY + 32) }
  return (
    <>
      <BaseEdge id={id} path={path} style={animated ? { strokeDasharray: '5 4' } : {}} />
      <EdgeLabelRenderer>
        <div className={`${classes.way} nodrag nopan`} style={{ left: at.x, top: at.y }}>
          {data?.name !== undefined && <span className={classes.wayName}>{data.name}</span>}
          {data && (!isOpen || named) && <AddStep place={data.place} />}
        </div>
      </EdgeLabelRenderer>
    </>
  )
}

