import { outletsOf, withOutlet } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'

/** A way out of a step, or (step null) of the start: `next`; or of a goal: `goal:<key>`. */
export type Place = { step: string | null, outlet: string }

export const start: Place = { step: null, outlet: 'next' }
export const goalPlace = (key: string): Place => ({ step: null, outlet: `goal:${key}` })
export const placeId = (place: Place): string => `${place.step ?? ''}:${place.outlet}`

/** The way that leads on: what came after a step that is put in comes after this one. */
export function mainOutlet(step: JourneyStep): string | undefined {
  return step.kind === 'go_to' ? 'next' : outletsOf(step)[0]?.name
}

/** Every way there is: of the start, the goals and all steps. */
export function placesOf(graph: JourneyGraph): { place: Place, to: string | null }[] {
  return [
    { place: start, to: graph.first },
    ...(graph.goals ?? []).map(goal => ({ place: goalPlace(goal.key), to: goal.to })),
    ...Object.entries(graph.steps).flatMap(([step, value]) => outletsOf(value).map(outlet => ({ place: { step, outlet: outlet.name }, to: outlet.to }))),
  ]
}

export function targetOf(graph: JourneyGraph, place: Place): string | null {
  if (place.step === null) return place.outlet === 'next' ? graph.first : graph.goals?.find(goal => `goal:${goal.key}` === place.outlet)?.to ?? null
  const step = graph.steps[place.step]
  return step ? outletsOf(step).find(outlet => outlet.name === place.outlet)?.to ?? null : null
}

/** Leads a way out elsewhere (null: the journey ends there). */
export function connect(graph: JourneyGraph, place: Place, to: string | null): JourneyGraph {
  if (place.step === null && place.outlet === 'next') return { ...graph, first: to }
  if (place.step === null) return graph.goals ? { ...graph, goals: graph.goals.map(goal => `goal:${goal.key}` === place.outlet ? { ...goal, to } : goal) } : graph
  const step = graph.steps[place.step]
  if (!step || !outletsOf(step).some(outlet => outlet.name === place.outlet)) return graph
  return { ...graph, steps: { ...graph.steps, [place.step]: withOutlet(step, place.outlet, to) } }
}

/** Every way that leads to this step. */
export const waysInto = (graph: JourneyGraph, key: string): Place[] => placesOf(graph).flatMap(({ place, to }) => to === key ? [place] : [])
