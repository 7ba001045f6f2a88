import { durationMilliseconds } from '../../shared/conditions.ts'
import { proposeStep } from '../../shared/journey-versions.ts'
import type { PlaceDecision } from '../../shared/journey-versions.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import type { FieldError } from '../base/errors.ts'
import type { PlaceCount, PlannedPlace } from './move-people.sql.ts'

export type OlderVersion = { id: number, number: number, graph: JourneyGraph }

/**
 * What becomes of everybody on older versions: what was decided for their place, else what the proposals say. Where
 * people stand and nothing fits, the decision is asked for by an error that names the place; where nobody stands, who
 * comes there goes on through the old version. Nobody is left without a place.
 */
export function planMove(input: { older: OlderVersion[], after: JourneyGraph, counts: PlaceCount[], people: 'stay' | 'move' | 'end', decisions: PlaceDecision[] }): { plan: PlannedPlace[], people: number, errors: FieldError[] } {
  const plan: PlannedPlace[] = []
  const errors: FieldError[] = []
  const decided = new Map(input.decisions.map((decision, index) => [`${decision.version}:${decision.step}`, { ...decision, index }]))
  const standing = new Map(input.counts.map(place => [`${place.version}:${place.step}`, place.people]))
  let people = 0
  for (const { id, number, graph } of input.older) {
    // A step an older publication left people at may be in no graph any more.
    const keys = new Set([...Object.keys(graph.steps), ...input.counts.filter(place => place.version === number).map(place => place.step)])
    for (const step of keys) {
      const place = `${number}:${step}`
      const decision = decided.get(place)
      const act = decision?.do ?? input.people
      if (act === 'stay') continue
      if (act === 'end') {
        plan.push({ version_id: id, step, do: 'end', to: null, keeps: false, asks_anew: false, shift: 0, waits_for: null })
        people += standing.get(place) ?? 0
        continue
      }
      const to = decision ? decision.to : proposeStep(graph, input.after, step)?.to ?? null
      if (to === null || !input.after.steps[to]) {
        if (decision) errors.push({ field: `places.${decision.index}.to`, message: 'choose a step of the new version' })
        else if ((standing.get(place) ?? 0) > 0) errors.push({ field: 'places', message: `say where people go who stand at "${step}" of version ${number}` })
        continue
      }
      plan.push({ version_id: id, step, do: 'move', to, ...carryOver(step, graph.steps[step], to, input.after.steps[to]) })
      people += standing.get(place) ?? 0
    }
  }
  return { plan, people, errors }
}

/** Whether what somebody has waited already counts at the step they come to. */
function carryOver(key: string, from: JourneyStep | undefined, to: string, step: JourneyStep): Pick<PlannedPlace, 'keeps' | 'asks_anew' | 'shift' | 'waits_for'> {
  const kept = (shift = 0, waitsFor: string | null = null) => ({ keeps: true, asks_anew: false, shift, waits_for: waitsFor })
  if (from?.kind === 'wait' && step.kind === 'wait') return kept(durationMilliseconds(step.duration) - durationMilliseconds(from.duration))
  if (from?.kind === 'wait_for_event' && step.kind === 'wait_for_event' && isSame([from.mail_step, from.event, from.where ?? []], [step.mail_step, step.event, step.where ?? []])) {
    return kept(durationMilliseconds(step.timeout) - durationMilliseconds(from.timeout), step.event)
  }
  if (from?.kind === 'wait_for_condition' && step.kind === 'wait_for_condition' && isSame(from.condition, step.condition)) return kept(durationMilliseconds(step.timeout) - durationMilliseconds(from.timeout))
  if (from?.kind === 'wait_until' && step.kind === 'wait_until' && isSame(from.until, step.until)) return kept()
  if (from?.kind === step.kind && step.kind.startsWith('wait_')) return { keeps: false, asks_anew: true, shift: 0, waits_for: null }
  // Those who only pass a step, or for whom it failed, keep their visit, so nothing of it is done twice.
  if (key === to && from?.kind === step.kind && !step.kind.startsWith('wait')) return kept()
  return { keeps: false, asks_anew: false, shift: 0, waits_for: null }
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
