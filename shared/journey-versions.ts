import { z } from 'zod'
import { outletsOf } from './journey-problems.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

/** What a new version of a journey changes against another, found in the graphs alone. */
export type GraphChanges = {
  added: string[]
  removed: string[]
  /** with the names of what is different, without ways and position */
  changed: { step: string, fields: string[] }[]
  /** ways of steps in both that lead elsewhere; null: the end */
  rerouted: { step: string | null, outlet: string, from: string | null, to: string | null }[]
  /** what stands beside the steps */
  settings: ('trigger' | 'entry_condition' | 'reentry' | 'entry_limit' | 'exit_condition' | 'goals')[]
}

const ways = new Set(['next', 'next_yes', 'next_no', 'next_timeout', 'next_past', 'next_else', 'next_held', 'next_failed', 'to'])
const remarks = new Set(['position', 'note'])

export function compareGraphs(before: JourneyGraph, after: JourneyGraph): GraphChanges {
  const both = Object.keys(after.steps).filter(step => before.steps[step])
  const changed = both.flatMap(step => {
    const fields = changedFields(before.steps[step]!, after.steps[step]!)
    return fields.length === 0 ? [] : [{ step, fields }]
  })
  return {
    added: Object.keys(after.steps).filter(step => !before.steps[step]),
    removed: Object.keys(before.steps).filter(step => !after.steps[step]),
    changed,
    rerouted: [
      ...before.first === after.first ? [] : [{ step: null, outlet: 'next', from: before.first, to: after.first }],
      ...both.flatMap(step => reroutedWays(step, before.steps[step]!, after.steps[step]!)),
    ],
    settings: [
      ...isSame(before.trigger, after.trigger) ? [] : ['trigger' as const],
      ...isSame(before.entry_condition, after.entry_condition) ? [] : ['entry_condition' as const],
      ...before.reentry === after.reentry && isSame(before.reentry_after, after.reentry_after) ? [] : ['reentry' as const],
      ...isSame(before.entry_limit, after.entry_limit) ? [] : ['entry_limit' as const],
      ...isSame(before.exit_condition, after.exit_condition) ? [] : ['exit_condition' as const],
      ...isSame(before.goals ?? [], after.goals ?? []) ? [] : ['goals' as const],
    ],
  }
}

export const isUnchanged = (changes: GraphChanges): boolean => Object.values(changes).every(list => list.length === 0)

function changedFields(before: JourneyStep, after: JourneyStep): string[] {
  if (before.kind !== after.kind) return ['kind']
  const [one, other] = [withoutWays(before), withoutWays(after)]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(field => !isSame(one[field], other[field]))
}

/** Ways of splits lie inside their lists. */
function withoutWays(step: JourneyStep): Record<string, unknown> {
  const own: Record<string, unknown> = Object.fromEntries(Object.entries(step).filter(([field]) => !remarks.has(field) && !ways.has(field)))
  if (step.kind === 'split_random') own['ways'] = step.ways.map(way => ({ ...way, next: null }))
  if (step.kind === 'split_by_value') own['cases'] = step.cases.map(one => ({ ...one, next: null }))
  return own
}

function reroutedWays(step: string, before: JourneyStep, after: JourneyStep): GraphChanges['rerouted'] {
  const earlier = new Map(outletsOf(before).map(outlet => [outlet.name, outlet.to]))
  return outletsOf(after).flatMap(outlet => !earlier.has(outlet.name) || earlier.get(outlet.name) === outlet.to
    ? []
    : [{ step, outlet: outlet.name, from: earlier.get(outlet.name)!, to: outlet.to }])
}

/** Equal whatever the order of keys; what is left out is as null. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(inOrder(one ?? null)) === JSON.stringify(inOrder(other ?? null))
}
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => one < other ? -1 : 1).map(([key, inner]) => [key, inOrder(inner)]))
}

/**
 * Where somebody who stands at a step of an older version would go on in a newer one: the step itself where it is still
 * there; else a new step that does the same; else what came after it. Null: nothing fits, somebody must decide.
 */
export function proposeStep(before: JourneyGraph, after: JourneyGraph, key: string): { to: string, why: 'same_step' | 'same_kind' | 'following_step' } | null {
  const step = before.steps[key]
  if (!step) return null
  if (after.steps[key]?.kind === step.kind) return { to: key, why: 'same_step' }
  const twin = Object.entries(after.steps).find(([other, candidate]) => !before.steps[other] && candidate.kind === step.kind && isSame(essenceOf(candidate), essenceOf(step)))
  if (twin) return { to: twin[0], why: 'same_kind' }
  const seen = new Set([key])
  const open = outletsOf(step).slice(0, 1)
  while (open.length > 0) {
    const { to } = open.shift()!
    if (to === null || seen.has(to)) continue
    seen.add(to)
    const next = before.steps[to]
    if (!next) continue
    if (after.steps[to]?.kind === next.kind) return { to, why: 'following_step' }
    open.push(...outletsOf(next))
  }
  return null
}

/** What makes two steps of one kind the same to a person: its mail, its tag, the event it waits for. */
function essenceOf(step: JourneyStep): unknown {
  switch (step.kind) {
    case 'mail': return step.template_id
    case 'wait_for_event': return step.event
    case 'add_tag': case 'remove_tag': return step.tag_id
    case 'wait': case 'wait_until': case 'end': return step.kind
    default: return withoutWays({ ...step, name: undefined } as JourneyStep)
  }
}

// ── the wire ─────────────────────────────────────────────────────────────────────────────────────────

export const graphChanges = z.object({
  added: z.array(z.string()), removed: z.array(z.string()),
  changed: z.array(z.object({ step: z.string(), fields: z.array(z.string()) })),
  rerouted: z.array(z.object({ step: z.string().nullable(), outlet: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
  settings: z.array(z.enum(['trigger', 'entry_condition', 'reentry', 'entry_limit', 'exit_condition', 'goals'])),
})

/** What becomes of people who are on their way through an older version. */
export const placeDecision = z.strictObject({
  version: z.number().int().describe('number of the version they are on'),
  step: z.string().max(60),
  do: z.enum(['stay', 'move', 'end']),
  to: z.string().max(60).nullable().default(null).describe('with move: the step of the new version'),
})
export type PlaceDecision = z.infer<typeof placeDecision>

export const publicationBody = z.strictObject({
  revision: z.number().int().optional().describe('the revision you saw: refused with 409 when somebody changed the draft since'),
  version: z.number().int().positive().nullable().default(null).describe('publish this older version again, as a new one; null: the draft'),
  people: z.enum(['stay', 'move', 'end']).default('stay').describe('those on their way: go on through the version they began, go on in the new one, or leave'),
  places: z.array(placeDecision).max(2000).default([]).describe('where it is otherwise than `people` and the proposals say'),
})

export const publicationPlace = z.object({
  version: z.number(), step: z.string(),
  people: z.number().describe('standing there now, those for whom the step failed included'),
  proposal: z.object({ to: z.string(), why: z.enum(['same_step', 'same_kind', 'following_step']) }).nullable(),
})
export const publicationPreview = z.object({
  from: z.number().nullable().describe('number of the live version'),
  changes: graphChanges.nullable().describe('against the live version; null: nothing was published before'),
  problems: z.array(z.object({ code: z.string(), step: z.string().nullable(), field: z.string(), blocking: z.boolean(), message: z.string() })),
  takes_members: z.number().nullable().describe('inside the segment now, to be let in in the background as far as the rules of entry let them; null: nobody is taken'),
  people: z.number().describe('on their way, wherever they stand'),
  places: z.array(publicationPlace).describe('where people stand now, by version and step'),
  graphs: z.record(z.string(), z.unknown()).describe('the graphs the places are in, by number of version, to name their steps'),
})
export type PublicationPreview = z.infer<typeof publicationPreview>

export const versionRow = z.object({
  number: z.number(), published_at: z.string(), published_by: z.string().nullable(), live: z.boolean(),
  people: z.number().describe('on their way through it now'),
  changes: graphChanges.nullable().describe('against the version before; null: the first'),
  move: z.object({ people: z.number(), moved: z.number(), ended: z.number(), finished: z.boolean() }).nullable().describe('people taken over when it was published'),
})
export type VersionRow = z.infer<typeof versionRow>
