import { outletsOf } from '../../shared/journey-problems.ts'
import type { DryRunResult } from '../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { placeId } from './ways.ts'
import type { Place } from './ways.ts'

/** What a dry run says of one step; `estimated`: who comes here rests on how many usually react to mails. */
export type DryFace = { arrived: number, here: number, failed: number, sent: number, skipped: number, crowded: number, estimated: boolean }
export type DryWay = { count: number, estimated: boolean }
export type DryFaces = { steps: Record<string, DryFace>, ways: Record<string, DryWay> }

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, count) => all + count, 0)

/** The numbers of a dry run put to the steps and ways of a graph. What is behind an estimated choice is an estimate too. */
export function dryFaces(graph: JourneyGraph, result: Pick<DryRunResult, 'entered' | 'goals' | 'steps'>): DryFaces {
  const arrivals = new Set<string>()
  const open = Object.keys(result.steps).filter(key => result.steps[key]!.estimated)
  const seen = new Set<string>()
  while (open.length > 0) {
    const key = open.pop()!
    const step = graph.steps[key]
    if (!step || seen.has(key)) continue
    seen.add(key)
    for (const { name, to } of outletsOf(step)) {
      if (to === null || !result.steps[key]?.ways[name]) continue
      arrivals.add(to)
      open.push(to)
    }
  }
  const ways: DryFaces['ways'] = { [placeId({ step: null, outlet: 'next' })]: { count: result.entered, estimated: false } }
  for (const [goal, count] of Object.entries(result.goals)) ways[placeId({ step: null, outlet: `goal:${goal}` })] = { count, estimated: false }
  const steps: DryFaces['steps'] = {}
  for (const [key, { arrived, here, failed, mails, ways: taken }] of Object.entries(result.steps)) {
    steps[key] = { arrived, here, failed, sent: mails?.sent ?? 0, skipped: mails === null ? 0 : sum(mails.skipped), crowded: mails?.crowded ?? 0, estimated: arrivals.has(key) }
    const step = graph.steps[key]
    if (step) for (const { name } of outletsOf(step)) ways[placeId({ step: key, outlet: name })] = { count: taken[name] ?? 0, estimated: seen.has(key) }
  }
  return { steps, ways }
}

/** Asks for the people behind a way: of the start everybody who entered. */
export const wayQuery = (place: Place): { step?: string, what?: string } =>
  place.step === null ? place.outlet === 'next' ? {} : { what: place.outlet } : { step: place.step, what: place.outlet }
