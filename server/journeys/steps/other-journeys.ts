import { candidate, enrolAllowed } from '../enrol.ts'
import type { Candidate } from '../enrol.sql.ts'
import { journeyStates, leaveJourneys } from './other-journeys.sql.ts'
import { noteChange } from './step.ts'
import type { AdvanceStep, Walker } from './step.ts'

/** Journeys that start one another are followed so far; a journey that is among those that led here is not started again. */
const longestChain = 20

/**
 * Lets the contact into another journey, by whose own rules: entry condition, re-entry and limit. Whom they keep out, or
 * who would go round in a circle of journeys, goes on here with the reason kept. A second run enrols nobody again.
 */
export const startJourney: AdvanceStep<'start_journey'> = async (people, context) => {
  const targets = await journeyStates(context.db, people.flatMap(({ step }) => step.journey_id ?? []))
  const chainOf = (walker: Walker) => [...walker.context.via ?? [], walker.journey_id]
  const starting = people.flatMap(({ walker, step }): (Candidate & { enrolment: number })[] => {
    const target = step.journey_id === null ? undefined : targets.get(step.journey_id)
    const chain = chainOf(walker)
    if (target?.active === undefined || chain.includes(target.active.journey_id) || chain.length >= longestChain) return []
    return [{ ...candidate(target.active, walker.contact_id), trigger_key: `journey:${walker.journey_id}:${walker.id}:${walker.visit}`, since: context.now, via: chain, enrolment: walker.id }]
  })
  const active = new Map([...targets.values()].flatMap(({ active: journey }) => journey ? [[journey.journey_id, journey] as const] : []))
  const { enrolled, refused } = await enrolAllowed(context.db, active, starting, context.now)
  const entered = new Set(enrolled.map(one => `${one.contact_id}:${one.journey_id}`))
  for (const { contact_id, journey_id } of enrolled) noteChange(context, contact_id, `journey:${journey_id}`)
  return people.map(({ walker, step }) => {
    const target = step.journey_id === null ? undefined : targets.get(step.journey_id)
    if (!target) return { kind: 'fail', reason: 'journey_gone' }
    const why = target.active === undefined ? 'not_active'
      : chainOf(walker).includes(target.active.journey_id) || chainOf(walker).length >= longestChain ? 'circle'
      : entered.has(`${walker.contact_id}:${step.journey_id}`) ? undefined
      : refused.get(`${walker.contact_id}:${step.journey_id}`) ?? 'was_in'
    return { kind: 'go', outlet: 'next', outcome: 'next', reason: why === undefined ? `started:${step.journey_id}` : `not_started:${why}` }
  })
}

/** Takes the contact out of another journey, wherever they stand in it; of this very journey out of every other way but this one. */
export const leaveOtherJourney: AdvanceStep<'leave_journey'> = async (people, context) => {
  const targets = await journeyStates(context.db, people.flatMap(({ step }) => step.journey_id ?? []))
  const left = await leaveJourneys(context.db, people.flatMap(({ walker, step }) => step.journey_id !== null && targets.has(step.journey_id)
    ? [{ contact_id: walker.contact_id, journey_id: step.journey_id, because: walker.journey_id, except: walker.id }]
    : []), context.now)
  for (const { contact_id, id, journey_id } of left) {
    context.takenOut.add(id)
    noteChange(context, contact_id, `journey:${journey_id}`)
  }
  return people.map(({ step }) => step.journey_id === null || !targets.has(step.journey_id) ? { kind: 'fail', reason: 'journey_gone' } : { kind: 'go', outlet: 'next', outcome: 'next' })
}
