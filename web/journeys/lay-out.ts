import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { goalPlace, placeId, start, waysInto } from './ways.ts'
import type { Place } from './ways.ts'
import { meetingPoint } from './outline.ts'

export const nodeSize = { width: 240, height: 108 }
const gap = { x: 56, y: 68 }
/** From one row, or column, to the next. */
export const pitch = { x: nodeSize.width + gap.x, y: nodeSize.height + gap.y }

/** How far below its step the end of an open way stands: above the next row, so that it covers nothing. */
const openBelow = 44

/** A step with many ways out is as wide as their names need. */
export const widthOf = (step: JourneyStep | undefined): number => {
  const ways = step ? outletsOf(step).length : 1
  return ways > 2 ? Math.max(nodeSize.width, ways * 144) : nodeSize.width
}

/** Where along the bottom of its step a way leaves, of so many: 0 left, 1 right. */
export function shareAt(count: number, index: number): number {
  if (count === 1) return 0.5
  return count === 2 ? [0.18, 0.82][index]! : (index + 0.5) / count
}

export type Point = { x: number, y: number }
export type Layout = {
  trigger: Point
  goals: Record<string, Point>
  steps: Record<string, Point>
  /** ways that end the journey: where the "add a step" stands */
  open: { place: Place, at: Point }[]
  /** every way that leads to a step */
  edges: { place: Place, to: string, back: boolean }[]
}

/** All that places depend on: two graphs of the same shape are laid out alike, whatever is written in their steps. */
export const shapeOf = (graph: JourneyGraph): string => JSON.stringify([graph.first, (graph.goals ?? []).map(goal => [goal.key, goal.to]), Object.entries(graph.steps).map(([key, step]) => [key, step.position ?? 0, outletsOf(step).map(outlet => [outlet.name, outlet.to])])])

/**
 * Places every step: rows by the longest way from the start (ways back left out), columns so that branches stand
 * side by side and a step stands in the middle above its branches. A step somebody dragged stays where it was put,
 * and one that would stand under it moves aside.
 */
export function layOut(graph: JourneyGraph): Layout {
  const back = backWays(graph)
  const isBack = (place: Place) => back.has(placeId(place))
  const entered = new Set(Object.values(graph.steps).flatMap(step => outletsOf(step).flatMap(outlet => outlet.to ?? [])))
  const goals = graph.goals ?? []
  const roots = [...new Set([graph.first, ...goals.map(goal => goal.to), ...Object.keys(graph.steps).filter(key => !entered.has(key))])].filter(key => key !== null).filter(key => graph.steps[key] !== undefined)
  const row = rowsOf(graph, isBack)
  const column = columnsOf(graph, roots)

  const point = (columns: number, rows: number, width = nodeSize.width): Point => ({ x: Math.round(columns * pitch.x + (nodeSize.width - width) / 2), y: rows * pitch.y })
  const steps: Record<string, Point> = {}
  const fast: Box[] = []
  for (const [key, step] of Object.entries(graph.steps)) {
    if (!step.position) continue
    steps[key] = step.position
    fast.push({ ...step.position, width: widthOf(step) })
  }
  const free = Object.entries(graph.steps).filter(([, step]) => !step.position).map(([key, step]) => ({ key, width: widthOf(step), ...point(column.get(key) ?? 0, row.get(key) ?? 1, widthOf(step)) }))
  for (const { key, ...box } of free.toSorted((one, other) => one.y - other.y || one.x - other.x)) {
    const x = freeFrom(box, fast)
    steps[key] = { x, y: box.y }
    fast.push({ ...box, x })
  }
  const trigger = point(graph.first === null ? 0 : column.get(graph.first) ?? 0, 0)
  const goalPoints = Object.fromEntries(goals.map((goal, index) => [goal.key, { x: trigger.x + (index + 1) * pitch.x, y: trigger.y }]))

  const edges: Layout['edges'] = []
  const open: Layout['open'] = []
  const draw = (place: Place, to: string | null, from: Point, width: number, share: number) => {
    if (to !== null && graph.steps[to]) edges.push({ place, to, back: isBack(place) })
    else open.push({ place, at: { x: Math.round(from.x + width * share - nodeSize.width / 2), y: from.y + nodeSize.height + openBelow } })
  }
  draw(start, graph.first, trigger, nodeSize.width, 0.5)
  for (const goal of goals) if (goal.to !== null && graph.steps[goal.to]) edges.push({ place: goalPlace(goal.key), to: goal.to, back: false })
  for (const [key, step] of Object.entries(graph.steps)) {
    const outlets = outletsOf(step)
    for (const [index, outlet] of outlets.entries()) draw({ step: key, outlet: outlet.name }, outlet.to, steps[key]!, widthOf(step), shareAt(outlets.length, index))
  }
  return { trigger, goals: goalPoints, steps, open, edges }
}

type Box = Point & { width: number }

/** Where a box can stand in its row, the further right the more is in its way. */
function freeFrom(box: Box, fast: readonly Box[]): number {
  let { x } = box
  for (;;) {
    const covering = fast.find(other => x < other.x + other.width && other.x < x + box.width && Math.abs(other.y - box.y) < nodeSize.height)
    if (covering === undefined) return x
    x = covering.x + covering.width + gap.x
  }
}

/** The row of each step: below all steps that lead to it. One pass in the order of the ways, however many meet. */
function rowsOf(graph: JourneyGraph, isBack: (place: Place) => boolean): Map<string, number> {
  const forward = (key: string) => outletsOf(graph.steps[key]!).flatMap(outlet => outlet.to !== null && graph.steps[outlet.to] && !isBack({ step: key, outlet: outlet.name }) ? outlet.to : [])
  const waiting = new Map<string, number>()
  for (const key of Object.keys(graph.steps)) for (const to of forward(key)) waiting.set(to, (waiting.get(to) ?? 0) + 1)
  const row = new Map<string, number>()
  const ready = Object.keys(graph.steps).filter(key => !waiting.has(key))
  for (const key of ready) row.set(key, 1)
  for (const key of ready) {
    for (const to of forward(key)) {
      row.set(to, Math.max(row.get(to) ?? 1, row.get(key)! + 1))
      const left = waiting.get(to)! - 1
      waiting.set(to, left)
      if (left === 0) ready.push(to)
    }
  }
  return row
}

/** Blocks: what hangs below a step, up to where its branches meet again; what comes after stands below all of them. */
type Block = { key: string, lanes: (Block | null)[], rest: Block | null, width: number }

function columnsOf(graph: JourneyGraph, roots: string[]): Map<string, number> {
  const measured = new Set<string>()
  const measure = (key: string, stops: ReadonlySet<string>): Block => {
    measured.add(key)
    const step = graph.steps[key]!
    const outlets = outletsOf(step)
    const free = (to: string | null): to is string => to !== null && graph.steps[to] !== undefined && !measured.has(to) && !stops.has(to)
    if (outlets.length < 2) {
      const to = outlets[0]?.to ?? null
      const rest = free(to) ? measure(to, stops) : null
      return { key, lanes: [], rest, width: Math.max(1, rest?.width ?? 0) }
    }
    const meeting = meetingPoint(graph, outlets.map(outlet => outlet.to), measured)
    const inside = meeting === null ? stops : new Set([...stops, meeting])
    const lanes = outlets.map(({ to }) => to !== meeting && free(to) && !inside.has(to) ? measure(to, inside) : null)
    const rest = free(meeting) ? measure(meeting, stops) : null
    return { key, lanes, rest, width: Math.max(lanes.reduce((sum, lane) => sum + (lane?.width ?? 1), 0), rest?.width ?? 0) }
  }
  const column = new Map<string, number>()
  const settle = ({ key, lanes, rest }: Block, left: number, width: number) => {
    column.set(key, left + (width - 1) / 2)
    let at = left + (width - lanes.reduce((sum, lane) => sum + (lane?.width ?? 1), 0)) / 2
    for (const lane of lanes) {
      if (lane) settle(lane, at, lane.width)
      at += lane?.width ?? 1
    }
    if (rest) settle(rest, left + (width - rest.width) / 2, rest.width)
  }
  let free = 0
  for (const root of [...roots, ...Object.keys(graph.steps)]) {
    if (measured.has(root)) continue
    const block = measure(root, new Set())
    settle(block, free, block.width)
    free += block.width
  }
  return column
}

/** Ways that lead back to a step on the way to themselves. */
function backWays(graph: JourneyGraph): Set<string> {
  const back = new Set<string>()
  const state = new Map<string, 'open' | 'done'>()
  const visit = (key: string) => {
    const step = graph.steps[key]
    if (!step) return
    state.set(key, 'open')
    for (const outlet of outletsOf(step)) {
      if (outlet.to === null) continue
      if (state.get(outlet.to) === 'open') back.add(placeId({ step: key, outlet: outlet.name }))
      else if (!state.has(outlet.to)) visit(outlet.to)
    }
    state.set(key, 'done')
  }
  if (graph.first !== null) visit(graph.first)
  for (const key of Object.keys(graph.steps)) if (!state.has(key)) visit(key)
  return back
}

export type Direction = 'up' | 'down' | 'left' | 'right'

/**
 * Where an arrow key leads from a step (null: the start): along the ways up and down, and to the nearest step of
 * about the same row sideways. undefined: there is nothing that way.
 */
export function neighbour(graph: JourneyGraph, layout: Layout, key: string | null, direction: Direction): string | null | undefined {
  const middle = (one: string | null) => one === null ? layout.trigger.x + nodeSize.width / 2 : layout.steps[one]!.x + widthOf(graph.steps[one]) / 2
  const row = (one: string | null) => one === null ? layout.trigger.y : layout.steps[one]!.y
  const nearest = <Key extends string | null>(keys: Key[]): Key | undefined => keys.toSorted((one, other) => Math.abs(middle(one) - middle(key)) - Math.abs(middle(other) - middle(key)))[0]
  if (direction === 'down') {
    const targets = key === null ? [graph.first] : outletsOf(graph.steps[key]!).map(outlet => outlet.to)
    return nearest(targets.filter(to => to !== null).filter(to => graph.steps[to] !== undefined && to !== key))
  }
  if (direction === 'up') return key === null ? undefined : nearest([...new Set(waysInto(graph, key).filter(place => place.step !== key && (place.step !== null || place.outlet === 'next')).map(place => place.step))])
  const side = direction === 'left' ? -1 : 1
  return nearest(Object.keys(graph.steps).filter(one => one !== key && Math.abs(row(one) - row(key)) < pitch.y / 2 && Math.sign(middle(one) - middle(key)) === side))
}
