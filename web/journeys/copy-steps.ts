import { z } from 'zod'
import type { Condition } from '../../shared/conditions.ts'
import { outletsOf, reachableSteps, withOutlet } from '../../shared/journey-problems.ts'
import { journeyStep } from '../../shared/journeys.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { lastPlace, newKey } from './graph.ts'
import { outline } from './outline.ts'
import { connect, mainOutlet, targetOf } from './ways.ts'
import type { Place } from './ways.ts'

/** What lies on the clipboard: steps by key, with the ways among them; ways that led elsewhere end. */
const copiedSteps = z.strictObject({ otklik: z.literal('journey steps'), first: z.string(), steps: z.record(z.string(), journeyStep) })
export type CopiedSteps = z.infer<typeof copiedSteps>

/** The steps in the order of the list, so that the first of them is where a way would lead in. */
export function copySteps(graph: JourneyGraph, keys: string[]): CopiedSteps | null {
  const order = outline(graph).flatMap(row => row.kind === 'step' || row.kind === 'unreachable' ? row.key : []).filter(key => keys.includes(key))
  const [first] = order
  if (first === undefined) return null
  const steps = Object.fromEntries(order.map(key => {
    const { position: _place, ...step } = graph.steps[key]!
    return [key, outletsOf(step as JourneyStep).reduce((left, outlet) => outlet.to === null || order.includes(outlet.to) ? left : withOutlet(left, outlet.name, null), step as JourneyStep)]
  }))
  return { otklik: 'journey steps', first, steps }
}

export const writeCopied = (copied: CopiedSteps): string => JSON.stringify(copied, null, 1)

/** null: it is something else. */
export function readCopied(text: string): CopiedSteps | null {
  try {
    const read = copiedSteps.safeParse(JSON.parse(text))
    return read.success && read.data.steps[read.data.first] !== undefined ? read.data : null
  } catch {
    return null
  }
}

/** Puts copies into a way, under new keys; the main way through them leads on to what came after. */
export function pasteSteps(graph: JourneyGraph, place: Place, copied: CopiedSteps): { graph: JourneyGraph, keys: string[] } {
  const renamed = new Map<string, string>()
  let steps = graph.steps
  for (const [key, step] of Object.entries(copied.steps)) {
    const fresh = newKey({ ...graph, steps }, step.kind)
    renamed.set(key, fresh)
    steps = { ...steps, [fresh]: step }
  }
  for (const [key, fresh] of renamed) steps = { ...steps, [fresh]: renameIn(copied.steps[key]!, renamed) }
  const first = renamed.get(copied.first)!
  const to = targetOf(graph, place)
  const pasted = connect({ ...graph, steps }, place, first)
  // The main way of what was pasted; when it goes round in itself, what came after keeps its own way in, if it has one.
  const end = lastPlace(pasted, place)
  const joined = to === null || targetOf(pasted, end) !== null ? pasted : connect(pasted, end, to)
  if (to !== null && !reachableSteps(joined).has(to) && reachableSteps(graph).has(to)) return { graph: connect(joined, place, to), keys: [...renamed.values()] }
  return { graph: joined, keys: [...renamed.values()] }
}

/** Copies right behind the steps themselves. */
export function duplicateSteps(graph: JourneyGraph, keys: string[]): { graph: JourneyGraph, keys: string[] } {
  const copied = copySteps(graph, keys)
  if (copied === null) return { graph, keys: [] }
  let last = copied.first
  for (const seen = new Set([last]); ;) {
    const outlet = mainOutlet(graph.steps[last]!)
    const next = outlet === undefined ? null : targetOf(graph, { step: last, outlet })
    if (next === null || !keys.includes(next) || seen.has(next)) break
    seen.add(next)
    last = next
  }
  const outlet = mainOutlet(graph.steps[last]!)
  return outlet === undefined ? { graph, keys: [] } : pasteSteps(graph, { step: last, outlet }, copied)
}

/** Ways and questions about mails follow the copies; a wait for the reaction to a mail left behind waits for any mail. */
function renameIn(step: JourneyStep, renamed: ReadonlyMap<string, string>): JourneyStep {
  const led = outletsOf(step).reduce((changed, outlet) => outlet.to === null ? changed : withOutlet(changed, outlet.name, renamed.get(outlet.to) ?? null), step)
  if (led.kind === 'wait_for_event' && led.mail_step !== null) return { ...led, mail_step: renamed.get(led.mail_step) ?? null }
  return 'condition' in led ? { ...led, condition: renameMails(led.condition, renamed) } : led
}

function renameMails(condition: Condition, renamed: ReadonlyMap<string, string>): Condition {
  if ('all' in condition) return { all: condition.all.map(part => renameMails(part, renamed)) }
  if ('any' in condition) return { any: condition.any.map(part => renameMails(part, renamed)) }
  if ('not' in condition) return { not: renameMails(condition.not, renamed) }
  return 'mail_step' in condition ? { ...condition, mail_step: renamed.get(condition.mail_step) ?? condition.mail_step } : condition
}
