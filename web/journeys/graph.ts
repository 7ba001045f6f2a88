import { outletsOf, reachableSteps, withOutlet } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { layOut, pitch, widthOf } from './lay-out.ts'
import type { Point } from './lay-out.ts'
import { connect, mainOutlet, start, targetOf, waysInto } from './ways.ts'
import type { Place } from './ways.ts'

/**
 * All changes of a journey's graph: pure functions, a graph in, a new graph out. The canvas and the list draw
 * what these decide; outline.ts and lay-out.ts read the same graph as a list and as a picture.
 */
export type StepKind = JourneyStep['kind']
export function newKey(graph: JourneyGraph, kind: string): string {
  for (let number = 1; ; number++) if (!graph.steps[`${kind}_${number}`]) return `${kind}_${number}`
}

/** Where the main way ends: what is added without a place is added here. */
export function lastPlace(graph: JourneyGraph, from: Place = start): Place {
  const seen = new Set<string>()
  let place = from
  for (;;) {
    const to = targetOf(graph, place)
    const step = to === null ? undefined : graph.steps[to]
    const outlet = step && mainOutlet(step)
    if (to === null || outlet === undefined || seen.has(to)) return place
    seen.add(to)
    place = { step: to, outlet }
  }
}

/** Puts a step into a way; what came after comes after its main way out. A step that waits for a reaction takes the mail before it. */
export function insertStep(graph: JourneyGraph, place: Place, step: JourneyStep): { graph: JourneyGraph, key: string } {
  const key = newKey(graph, step.kind)
  const outlet = mainOutlet(step)
  const to = targetOf(graph, place)
  let inserted = step.kind === 'wait_for_event' && step.mail_step === null && step.event.startsWith('email.')
    ? { ...step, mail_step: mailBefore(graph, place.step) }
    : step
  if (outlet !== undefined) inserted = withOutlet(inserted, outlet, to)
  const roomy = makeRoom(graph, place, to)
  if (roomy.at) inserted = { ...inserted, position: roomy.at }
  const withStep = { ...roomy.graph, steps: { ...roomy.graph.steps, [key]: inserted } }
  return { graph: dropLost(connect(withStep, place, key), reachableSteps(graph)), key }
}

/** Puts a step on the canvas without a way to it yet. */
export function placeStep(graph: JourneyGraph, step: JourneyStep, at: Point): { graph: JourneyGraph, key: string } {
  const key = newKey(graph, step.kind)
  return { graph: { ...graph, steps: { ...graph.steps, [key]: { ...step, position: at } } }, key }
}

/** Between steps somebody dragged, a new one stands right below the one before it, and those after it move down when it is too narrow there. */
function makeRoom(graph: JourneyGraph, place: Place, to: string | null): { graph: JourneyGraph, at?: Point } {
  const from = place.step === null ? undefined : graph.steps[place.step]
  if (from?.position === undefined && (to === null || graph.steps[to]?.position === undefined)) return { graph }
  const layout = layOut(graph)
  const above = place.step === null ? layout.trigger : layout.steps[place.step] ?? layout.trigger
  const below = to === null ? undefined : layout.steps[to]
  const shift = from ? (widthOf(from) - widthOf(undefined)) / 2 : 0
  const at = { x: Math.round(below?.x ?? above.x + shift), y: Math.round(above.y + pitch.y) }
  if (to === null || below === undefined || below.y >= at.y + pitch.y) return { graph, at }
  const down = Math.round(at.y + pitch.y - below.y)
  const behind = reachableSteps(graph, to)
  const steps = Object.fromEntries(Object.entries(graph.steps).map(([key, step]) =>
    [key, step.position && behind.has(key) && step.position.y >= below.y ? { ...step, position: { x: step.position.x, y: step.position.y + down } } : step]))
  return { graph: { ...graph, steps }, at }
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

/** Takes a step out: the ways to it lead on to where its kept way out led. What can then not be reached any more goes too. */
export function removeStep(graph: JourneyGraph, key: string, keep?: string): JourneyGraph {
  const step = graph.steps[key]
  if (!step) return graph
  const outlets = outletsOf(step)
  const main = outlets.find(outlet => outlet.name === mainOutlet(step))
  const kept = outlets.find(outlet => outlet.name === keep) ?? (main?.to == null ? outlets.find(outlet => outlet.to !== null && step.kind !== 'go_to') : main) ?? main
  const to = kept?.to === key ? null : kept?.to ?? null
  const before = reachableSteps(graph)
  let changed = graph
  for (const place of waysInto(graph, key)) changed = connect(changed, place, to)
  const { [key]: _removed, ...steps } = changed.steps
  return forgetMail(dropLost({ ...changed, steps }, before), key)
}

export const removeSteps = (graph: JourneyGraph, keys: string[]): JourneyGraph => keys.reduce((changed, key) => removeStep(changed, key), graph)

/** Takes a step from where it stands and puts it into another way. A step with two ways out keeps its other ways' steps where they were. */
export function moveStep(graph: JourneyGraph, key: string, place: Place): JourneyGraph {
  const step = graph.steps[key]
  const outlet = step && mainOutlet(step)
  if (!step || outlet === undefined || place.step === key || targetOf(graph, place) === key) return graph
  const after = targetOf(graph, { step: key, outlet })
  let changed = graph
  for (const way of waysInto(graph, key)) changed = connect(changed, way, after === key ? null : after)
  changed = connect(changed, { step: key, outlet }, targetOf(changed, place))
  changed = connect(changed, place, key)
  const { position: _old, ...rest } = changed.steps[key]!
  return { ...changed, steps: { ...changed.steps, [key]: rest as JourneyStep } }
}

/** One place towards the start or the end of its way; where there is none, nothing. */
export function moveAlong(graph: JourneyGraph, key: string, direction: 'up' | 'down'): JourneyGraph {
  const step = graph.steps[key]
  const outlet = step && mainOutlet(step)
  if (!step || outlet === undefined) return graph
  if (direction === 'down') {
    const next = targetOf(graph, { step: key, outlet })
    const beyond = next === null ? undefined : graph.steps[next] && mainOutlet(graph.steps[next])
    return next === null || beyond === undefined || next === key ? graph : moveStep(graph, key, { step: next, outlet: beyond })
  }
  const previous = waysInto(graph, key).find(place => place.step !== null && place.step !== key)?.step
  const above = previous == null ? undefined : waysInto(graph, previous).find(place => place.step !== key)
  return above === undefined ? graph : moveStep(graph, key, above)
}

export function changeStep(graph: JourneyGraph, key: string, change: Partial<JourneyStep>): JourneyGraph {
  const step = graph.steps[key]
  if (!step) return graph
  // A key given as undefined is taken away: the way out when a step fails, an optional list.
  const changed = Object.fromEntries(Object.entries({ ...step, ...change }).filter(([, value]) => value !== undefined)) as JourneyStep
  const before = reachableSteps(graph)
  const next = { ...graph, steps: { ...graph.steps, [key]: changed } }
  return outletsOf(changed).length < outletsOf(step).length ? dropLost(next, before) : next
}

/** Steps put where somebody dragged them. */
export function dropAt(graph: JourneyGraph, positions: Record<string, Point>): JourneyGraph {
  const steps = { ...graph.steps }
  for (const [key, { x, y }] of Object.entries(positions)) if (steps[key]) steps[key] = { ...steps[key], position: { x: Math.round(x), y: Math.round(y) } }
  return { ...graph, steps }
}

/** All in the order the layout finds. */
export function tidy(graph: JourneyGraph): JourneyGraph {
  const steps = Object.fromEntries(Object.entries(graph.steps).map(([key, { position: _old, ...step }]) => [key, step as JourneyStep]))
  return { ...graph, steps }
}

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

// ── goals and notes ──────────────────────────────────────────────────────────────────────────────────

export type Goal = NonNullable<JourneyGraph['goals']>[number]
export type Note = NonNullable<JourneyGraph['notes']>[number]

function freeKey(taken: { key: string }[], word: string): string {
  for (let number = 1; ; number++) if (!taken.some(one => one.key === `${word}_${number}`)) return `${word}_${number}`
}

export function addGoal(graph: JourneyGraph, name: string): { graph: JourneyGraph, key: string } {
  const goals = graph.goals ?? []
  const key = freeKey(goals, 'goal')
  return { graph: { ...graph, goals: [...goals, { key, name, condition: { all: [] }, to: null }] }, key }
}

export const changeGoal = (graph: JourneyGraph, key: string, change: Partial<Goal>): JourneyGraph =>
  graph.goals ? { ...graph, goals: graph.goals.map(goal => goal.key === key ? { ...goal, ...change } : goal) } : graph

/** Steps only this goal led to go with it. */
export function removeGoal(graph: JourneyGraph, key: string): JourneyGraph {
  const goals = (graph.goals ?? []).filter(goal => goal.key !== key)
  const { goals: _old, ...rest } = graph
  return dropLost(goals.length === 0 ? rest : { ...rest, goals }, reachableSteps(graph))
}

export function addNote(graph: JourneyGraph, position: Point): { graph: JourneyGraph, key: string } {
  const notes = graph.notes ?? []
  const key = freeKey(notes, 'note')
  return { graph: { ...graph, notes: [...notes, { key, text: '', position: { x: Math.round(position.x), y: Math.round(position.y) } }] }, key }
}

export const changeNote = (graph: JourneyGraph, key: string, change: Partial<Note>): JourneyGraph =>
  graph.notes ? { ...graph, notes: graph.notes.map(note => note.key === key ? { ...note, ...change } : note) } : graph

export function removeNote(graph: JourneyGraph, key: string): JourneyGraph {
  const notes = (graph.notes ?? []).filter(note => note.key !== key)
  const { notes: _old, ...rest } = graph
  return notes.length === 0 ? rest : { ...rest, notes }
}
