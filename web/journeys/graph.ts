import { outletsOf, reachableSteps, withOutlet } from '../../shared/journey-problems.ts'
import type { Outlet } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'

/**
 * All changes of a journey's graph: pure functions, a graph in, a new graph out. The canvas and the list draw
 * what these decide.
 */
export type StepKind = JourneyStep['kind']
/** A way out: of the trigger (step null) or of a step. */
export type Place = { step: string | null, outlet: Outlet['name'] }

export const start: Place = { step: null, outlet: 'next' }

export function blankStep(kind: StepKind): JourneyStep {
  const days = (amount: number) => ({ amount, unit: 'days' as const })
  switch (kind) {
    case 'mail': return { kind, template_id: null, topic_id: null, next: null }
    case 'wait': return { kind, duration: days(1), next: null }
    case 'wait_for_event': return { kind, event: 'email.clicked', mail_step: null, timeout: days(2), next: null, next_timeout: null }
    case 'condition': return { kind, condition: { all: [] }, next_yes: null, next_no: null }
    case 'add_tag': case 'remove_tag': return { kind, tag_id: null, next: null }
    case 'set_field': return { kind, field: '', value: '', next: null }
    case 'create_task': return { kind, title: '', due_in: days(1), assignee: 'owner', next: null }
    case 'notify_user': return { kind, user: 'owner', text: '', next: null }
    case 'wait_until': return { kind, until: { weekdays: [1], at: '10:00' }, next: null }
    case 'wait_for_condition': return { kind, condition: { all: [] }, timeout: days(7), next: null, next_timeout: null }
    case 'split_by_value': return { kind, field: '', cases: [], next_else: null }
    case 'split_random': return { kind, ways: [{ key: 'a', name: 'A', weight: 50, next: null }, { key: 'b', name: 'B', weight: 50, next: null }], winner: null }
    case 'hold_out': return { kind, percent: 10, next: null, next_held: null }
    case 'go_to': return { kind, to: null, most_times: 3, next: null }
    case 'start_journey': case 'leave_journey': return { kind, journey_id: null, next: null }
    case 'compute_field': return { kind, field: '', operation: 'add', amount: 1, next: null }
    case 'change_topic': return { kind, topic_id: null, action: 'withdraw', wording: '', next: null }
    case 'change_segment': return { kind, segment_id: null, action: 'add', next: null }
    case 'create_deal': return { kind, pipeline_id: null, stage_id: null, title: '', amount: null, owner: 'owner', next: null }
    case 'move_deal': return { kind, pipeline_id: null, stage_id: null, next: null }
    case 'create_lead': return { kind, label: '', next: null }
    case 'assign_manager': return { kind, rule: { kind: 'round_robin', users: [] }, replace: false, next: null }
    case 'call_webhook': return { kind, url: '', body: '', save: [], next: null }
    case 'give_coupon': return { kind, pool_id: null, next: null }
    case 'end': return { kind }
  }
}

export function newKey(graph: JourneyGraph, kind: StepKind): string {
  for (let number = 1; ; number++) if (!graph.steps[`${kind}_${number}`]) return `${kind}_${number}`
}

export function targetOf(graph: JourneyGraph, place: Place): string | null {
  if (place.step === null) return graph.first
  const step = graph.steps[place.step]
  return step ? outletsOf(step).find(outlet => outlet.name === place.outlet)?.to ?? null : null
}

/** Leads a way out elsewhere (null: the journey ends there). */
export function connect(graph: JourneyGraph, place: Place, to: string | null): JourneyGraph {
  if (place.step === null) return { ...graph, first: to }
  const step = graph.steps[place.step]
  if (!step || !outletsOf(step).some(outlet => outlet.name === place.outlet)) return graph
  return { ...graph, steps: { ...graph.steps, [place.step]: withOutlet(step, place.outlet, to) } }
}

/** Puts a step into a way; what came after comes after its first way out. A step that waits for a reaction takes the mail before it. */
export function insertStep(graph: JourneyGraph, place: Place, step: JourneyStep): { graph: JourneyGraph, key: string } {
  const key = newKey(graph, step.kind)
  const [first] = outletsOf(step)
  let inserted = step.kind === 'wait_for_event' && step.mail_step === null && step.event.startsWith('email.')
    ? { ...step, mail_step: mailBefore(graph, place.step) }
    : step
  if (first) inserted = withOutlet(inserted, first.name, targetOf(graph, place))
  const withStep = { ...graph, steps: { ...graph.steps, [key]: inserted } }
  const before = stepsBehind(graph, graph.first)
  return { graph: dropLost(connect(withStep, place, key), before), key }
}

/** The nearest mail on the way to this step, itself included. */
export function mailBefore(graph: JourneyGraph, key: string | null): string | null {
  const seen = new Set<string>()
  let layer = key === null ? [] : [key]
  while (layer.length > 0) {
    const mail = layer.find(one => graph.steps[one]?.kind === 'mail')
    if (mail !== undefined) return mail
    for (const one of layer) seen.add(one)
    layer = layer.flatMap(one => waysInto(graph, one)).flatMap(place => place.step ?? []).filter(one => !seen.has(one))
  }
  return null
}

/** Every way that leads to this step. */
export function waysInto(graph: JourneyGraph, key: string): Place[] {
  const ways: Place[] = graph.first === key ? [start] : []
  for (const [from, step] of Object.entries(graph.steps)) {
    for (const outlet of outletsOf(step)) if (outlet.to === key) ways.push({ step: from, outlet: outlet.name })
  }
  return ways
}

/** Takes a step out: the ways to it lead on to where its kept way out led. What can then not be reached any more goes too. */
export function removeStep(graph: JourneyGraph, key: string, keep?: Outlet['name']): JourneyGraph {
  const step = graph.steps[key]
  if (!step) return graph
  const outlets = outletsOf(step)
  const kept = outlets.find(outlet => outlet.name === keep) ?? outlets.find(outlet => outlet.to !== null) ?? outlets[0]
  const to = kept?.to === key ? null : kept?.to ?? null
  const before = stepsBehind(graph, graph.first)
  let changed = graph
  for (const place of waysInto(graph, key)) changed = connect(changed, place, to)
  const { [key]: _removed, ...steps } = changed.steps
  return forgetMail(dropLost({ ...changed, steps }, before), key)
}

/** Takes a step from where it stands and puts it into another way. A step with two ways out keeps its first one's steps where they were. */
export function moveStep(graph: JourneyGraph, key: string, place: Place): JourneyGraph {
  const step = graph.steps[key]
  const [first] = step ? outletsOf(step) : []
  if (!step || !first || place.step === key || targetOf(graph, place) === key) return graph
  let changed = graph
  for (const way of waysInto(graph, key)) changed = connect(changed, way, first.to === key ? null : first.to)
  const to = targetOf(changed, place)
  changed = connect(changed, { step: key, outlet: first.name }, to)
  changed = connect(changed, place, key)
  const moved = changed.steps[key]!
  const { position: _old, ...rest } = moved
  return { ...changed, steps: { ...changed.steps, [key]: rest as JourneyStep } }
}

/** Puts a copy of a step right behind it. */
export function duplicateStep(graph: JourneyGraph, key: string): { graph: JourneyGraph, key: string } {
  const step = graph.steps[key]
  const [first] = step ? outletsOf(step) : []
  if (!step || !first) return { graph, key }
  const { position: _old, ...copy } = step
  const blank = { ...copy } as Record<string, unknown>
  for (const outlet of outletsOf(step)) blank[outlet.name] = null
  return insertStep(graph, { step: key, outlet: first.name }, blank as JourneyStep)
}

export function changeStep(graph: JourneyGraph, key: string, change: Partial<JourneyStep>): JourneyGraph {
  const step = graph.steps[key]
  return step ? { ...graph, steps: { ...graph.steps, [key]: { ...step, ...change } as JourneyStep } } : graph
}

/** Where a way may be led without making nonsense: every step but itself. */
export function possibleTargets(graph: JourneyGraph, place: Place): string[] {
  return outline(graph).flatMap(row => row.kind === 'step' && row.key !== place.step ? row.key : [])
}

const stepsBehind = (graph: JourneyGraph, from: string | null): Set<string> => reachableSteps(graph, from)

/** Drops steps that could be reached before and cannot any more; those that never could stay, for their owner to see. */
function dropLost(graph: JourneyGraph, before: Set<string>): JourneyGraph {
  const now = reachableSteps(graph)
  const lost = [...before].filter(key => graph.steps[key] && !now.has(key))
  if (lost.length === 0) return graph
  const steps = Object.fromEntries(Object.entries(graph.steps).filter(([key]) => !lost.includes(key)))
  // a step that could not be reached itself may have led to one of them
  const ways = Object.entries(steps).flatMap(([step, value]) => outletsOf(value).filter(outlet => outlet.to !== null && lost.includes(outlet.to)).map((outlet): Place => ({ step, outlet: outlet.name })))
  return lost.reduce(forgetMail, ways.reduce((changed, way) => connect(changed, way, null), { ...graph, steps }))
}

/** A wait for a reaction to a mail that is gone waits for any such mail. Conditions keep the name: what they ask cannot be guessed. */
function forgetMail(graph: JourneyGraph, mail: string): JourneyGraph {
  const steps = Object.fromEntries(Object.entries(graph.steps).map(([key, step]) =>
    [key, step.kind === 'wait_for_event' && step.mail_step === mail ? { ...step, mail_step: null } : step]))
  return { ...graph, steps }
}

// ── the list ─────────────────────────────────────────────────────────────────────────────────────────

export type OutlineRow =
  /** `meets`: branches listed above come together here */
  | { kind: 'step', key: string, depth: number, number: number, from: Place, meets: boolean }
  /** a way out with a name of its own: yes, no, did not happen */
  | { kind: 'branch', place: Place, depth: number }
  /** the way joins a step that is listed elsewhere */
  | { kind: 'goes_to', key: string, depth: number, from: Place }
  /** the branch ends and goes on at the step listed after all branches */
  | { kind: 'joins', depth: number, from: Place }
  /** the way ends here; a step can be added */
  | { kind: 'open', depth: number, from: Place }
  | { kind: 'unreachable', key: string, depth: number }

/**
 * The graph as an ordered list: the same for the list view, the keyboard and a screen reader. A step that several
 * ways lead to is listed once, outside of the branches when all of them meet there.
 */
export function outline(graph: JourneyGraph): OutlineRow[] {
  const rows: OutlineRow[] = []
  const listed = new Set<string>()
  let number = 0
  const follow = (place: Place, depth: number, stopAt: string | null) => {
    let from = place
    let meets = false
    for (;;) {
      const key = targetOf(graph, from)
      if (key !== null && key === stopAt) {
        rows.push({ kind: 'joins', depth, from })
        return
      }
      const step = key === null ? undefined : graph.steps[key]
      if (key === null || !step) {
        rows.push({ kind: 'open', depth, from })
        return
      }
      if (listed.has(key)) {
        rows.push({ kind: 'goes_to', key, depth, from })
        return
      }
      listed.add(key)
      rows.push({ kind: 'step', key, depth, number: ++number, from, meets })
      meets = false
      const outlets = outletsOf(step)
      if (outlets.length === 0) return
      if (outlets.length === 1) {
        from = { step: key, outlet: outlets[0]!.name }
        continue
      }
      const meeting = meetingPoint(graph, outlets.map(outlet => outlet.to), listed)
      for (const outlet of outlets) {
        rows.push({ kind: 'branch', place: { step: key, outlet: outlet.name }, depth: depth + 1 })
        follow({ step: key, outlet: outlet.name }, depth + 2, meeting ?? stopAt)
      }
      if (meeting === null) return
      from = wayTo(graph, meeting, key)
      meets = true
    }
  }
  follow(start, 0, null)
  for (const key of Object.keys(graph.steps)) if (!listed.has(key)) rows.push({ kind: 'unreachable', key, depth: 0 })
  return rows
}

/** The first step that every branch comes to (before ending or going back). */
function meetingPoint(graph: JourneyGraph, heads: (string | null)[], listed: Set<string>): string | null {
  const ordered = (head: string | null): string[] => {
    const seen: string[] = []
    const open = head === null ? [] : [head]
    while (open.length > 0) {
      const key = open.shift()!
      const step = graph.steps[key]
      if (!step || seen.includes(key) || listed.has(key)) continue
      seen.push(key)
      for (const outlet of outletsOf(step)) if (outlet.to !== null) open.push(outlet.to)
    }
    return seen
  }
  const [first = [], ...others] = heads.map(ordered)
  const common = first.filter(key => others.every(other => other.includes(key)))
  // of all steps the branches share, the one all others come after
  return common.find(key => { const behind = reachableSteps(graph, key); return common.every(other => behind.has(other)) }) ?? null
}

function wayTo(graph: JourneyGraph, key: string, inside: string): Place {
  const within = reachableSteps(graph, inside)
  return waysInto(graph, key).find(place => place.step !== null && within.has(place.step)) ?? start
}

// ── the canvas ───────────────────────────────────────────────────────────────────────────────────────

export const nodeSize = { width: 240, height: 84 }
const gap = { x: 56, y: 76 }

/** How far below its step the end of an open way stands: above the next row, so that it covers nothing. */
const openBelow = 40

/** Where along the bottom of its step a way leaves: 0 left, 1 right. */
export const outletShare = (step: JourneyStep, index: number): number => outletsOf(step).length === 1 ? 0.5 : index === 0 ? 0.18 : 0.82

export type Point = { x: number, y: number }
export type Layout = {
  trigger: Point
  steps: Record<string, Point>
  /** ways that end the journey: where the "add a step" stands */
  open: { place: Place, at: Point }[]
  /** every way that leads to a step */
  edges: { place: Place, to: string, back: boolean }[]
}

/**
 * Places every step: rows by the longest way from the trigger (ways back left out), columns so that branches stand
 * side by side and a step stands in the middle above its branches. A step somebody dragged stays where it was put.
 */
export function layOut(graph: JourneyGraph): Layout {
  const back = backWays(graph)
  const isBack = (place: Place) => back.has(`${place.step}:${place.outlet}`)
  const roots = [graph.first, ...Object.keys(graph.steps).filter(key => waysInto(graph, key).length === 0)].filter(key => key !== null && graph.steps[key])

  const row = new Map<string, number>()
  const lower = (key: string, at: number) => {
    const step = graph.steps[key]
    if (!step || (row.get(key) ?? -1) >= at) return
    row.set(key, at)
    for (const outlet of outletsOf(step)) if (outlet.to !== null && !isBack({ step: key, outlet: outlet.name })) lower(outlet.to, at + 1)
  }
  for (const root of roots) lower(root!, 1)
  for (const key of Object.keys(graph.steps)) if (!row.has(key)) lower(key, 1)

  // Blocks: what hangs below a step, up to where its branches meet again; what comes after stands below all of them.
  type Block = { key: string, lanes: (Block | null)[], rest: Block | null, width: number }
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
    if (measured.has(root!)) continue
    const block = measure(root!, new Set())
    settle(block, free, block.width)
    free += block.width
  }

  const point = (columns: number, rows: number): Point => ({ x: Math.round(columns * (nodeSize.width + gap.x)), y: rows * (nodeSize.height + gap.y) })
  const firstColumn = graph.first !== null ? column.get(graph.first) ?? 0 : 0
  const steps: Record<string, Point> = {}
  for (const [key, step] of Object.entries(graph.steps)) steps[key] = step.position ?? point(column.get(key) ?? 0, row.get(key) ?? 1)
  const trigger = point(firstColumn, 0)

  const edges: Layout['edges'] = []
  const open: Layout['open'] = []
  const draw = (place: Place, to: string | null, from: Point, share: number) => {
    if (to !== null && graph.steps[to]) edges.push({ place, to, back: isBack(place) })
    else open.push({ place, at: { x: from.x + Math.round(nodeSize.width * (share - 0.5)), y: from.y + nodeSize.height + openBelow } })
  }
  draw(start, graph.first, trigger, 0.5)
  for (const [key, step] of Object.entries(graph.steps)) {
    for (const [index, outlet] of outletsOf(step).entries()) draw({ step: key, outlet: outlet.name }, outlet.to, steps[key]!, outletShare(step, index))
  }
  return { trigger, steps, open, edges }
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
      if (state.get(outlet.to) === 'open') back.add(`${key}:${outlet.name}`)
      else if (!state.has(outlet.to)) visit(outlet.to)
    }
    state.set(key, 'done')
  }
  if (graph.first !== null) visit(graph.first)
  for (const key of Object.keys(graph.steps)) if (!state.has(key)) visit(key)
  return back
}

export function tidy(graph: JourneyGraph): JourneyGraph {
  const steps = Object.fromEntries(Object.entries(graph.steps).map(([key, { position: _old, ...step }]) => [key, step as JourneyStep]))
  return { ...graph, steps }
}

// ── undo ─────────────────────────────────────────────────────────────────────────────────────────────

export type History<T> = { past: T[], present: T, future: T[] }
const mostUndos = 100

export const beginHistory = <T>(present: T): History<T> => ({ past: [], present, future: [] })
/** `merge`: the same gesture goes on (typing in one field), so one undo takes all of it back. */
export function remember<T>(history: History<T>, present: T, merge = false): History<T> {
  if (present === history.present) return history
  return { past: merge && history.past.length > 0 ? history.past : [...history.past, history.present].slice(-mostUndos), present, future: [] }
}
export function undo<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1)
  return previous === undefined ? history : { past: history.past.slice(0, -1), present: previous, future: [history.present, ...history.future] }
}
export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future }
}
