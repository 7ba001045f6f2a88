import type { App } from '../../base/app.ts'
import type { JobHelpers } from '../../base/jobs.ts'
import type { Db } from '../../base/db.ts'
import { touch } from '../../base/live.ts'
import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { dayOf } from '../../conditions/moments.ts'
import { propertyPredicate } from '../../conditions/property-filter.sql.ts'
import { durationMilliseconds } from '../../../shared/conditions.ts'
import type { Condition } from '../../../shared/conditions.ts'
import type { DryRunOptions, DryRunResult, dryRunNotes } from '../../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../../shared/journeys.ts'
import { usesCard } from './as-of.ts'
import { liveSegments } from './asked-segments.sql.ts'
import { mailsReallySent, marketingTemplates, overlappingJourneys, reactionRates } from './ask.sql.ts'
import { entriesByDate } from './calendar.sql.ts'
import type { Effects } from './effects.ts'
import { findDryRun, finishDryRun, reportDryRun } from './dry-runs.sql.ts'
import { entriesByEvents, entriesByForm, entriesBySegmentNow, segmentBegan } from './entries.sql.ts'
import type { Entries, Entry } from './entries.sql.ts'
import { Tally } from './tally.ts'
import type { Traveller } from './tally.ts'
import { askEntrants } from './ask-conditions.ts'
import { walk } from './walk.ts'
import type { World } from './world.ts'

/** More are thinned out, so that it ends within minutes. */
export const mostEntries = 50_000
const oneDay = 86_400_000
/** Fewer mails than this say nothing of how many react. */
const fewestMails = 20

type Note = (typeof dryRunNotes)[number]
class Stopped extends Error {}

/**
 * Plays the journey over what happened in the last days, reading only: who would have entered, which way they would
 * have gone and when, which mails they would have got. The journey itself and everybody in it stay as they are.
 * A second run of the job does it again; a cancelled one ends at the next look.
 */
export async function runDryRun(app: App, { dry_run_id }: { dry_run_id: number }, { abortSignal }: JobHelpers): Promise<void> {
  const run = await findDryRun(app.db, dry_run_id)
  if (!run || !await reportDryRun(app.db, dry_run_id, 0)) return
  const topic = `journey:${run.journey_id}`
  let told = Date.now()
  const checkIn = async (share: number) => {
    abortSignal.throwIfAborted()
    if (Date.now() - told < 1000) return
    told = Date.now()
    if (!await reportDryRun(app.db, dry_run_id, Math.min(99, Math.round(share * 100)))) throw new Stopped()
    await touch(app.db, topic)
  }
  try {
    const result = await playThrough(app.db, { journeyId: run.journey_id, graph: run.graph, options: run.options, now: app.now() }, checkIn)
    await finishDryRun(app.db, dry_run_id, { result }, app.now())
  } catch (error) {
    if (error instanceof Stopped) return
    if (abortSignal.aborted) throw error
    app.log.error({ err: error, dry_run_id }, 'a dry run failed')
    await finishDryRun(app.db, dry_run_id, { error: error instanceof Error ? error.message.slice(0, 500) : 'failed' }, app.now())
  }
  await touch(app.db, topic)
}

export type Play = { journeyId: number, graph: JourneyGraph, options: DryRunOptions, now: Date }

export async function playThrough(db: Db, { journeyId, graph, options, now }: Play, checkIn: (share: number) => Promise<void>): Promise<DryRunResult & { examples: Record<string, number[]> }> {
  const context = { timeZone: 'UTC', ...await loadConditionContext(db) }
  const from = new Date(now.getTime() - options.days * oneDay)
  const notes = new Set<Note>()
  const mailTemplates = Object.values(graph.steps).flatMap(step => step.kind === 'mail' && step.template_id !== null ? [step.template_id] : [])
  const tally = new Tally(graph, moment => dayOf(new Date(moment), context.timeZone))
  let total = 1
  const world: World = {
    db, journeyId, graph, context, until: now.getTime(), oneOf: 1, codesLeft: new Map(), turns: new Map(),
    segments: await liveSegments(db),
    marketing: await marketingTemplates(db, mailTemplates),
    rates: await ratesOf(db, journeyId, graph, from, notes),
    checkIn: gone => checkIn(gone / total),
  }
  const found = await findEntries(db, graph, { options, context, from, to: now }, notes)
  if (found.entries.length === 0) notes.add('no_candidates')
  world.oneOf = found.one_of

  const not_entered = { condition: 0, reentry: 0, limit: 0 }
  const fits = async (entries: Entry[]): Promise<boolean[]> => graph.entry_condition
    ? await askEntrants(world, graph.entry_condition, entries.map(({ contact_id, at }) => ({ contact_id, at: at.getTime(), entered: at.getTime(), effects: effects.get(contact_id) })))
    : entries.map(() => true)
  // What an earlier way through changed of somebody is so when they come again.
  const effects = new Map<number, Effects>()
  const meeting = await fits(found.entries)
  let waiting = found.entries.map((entry, index) => ({ ...entry, fits: meeting[index]! }))
  total = Math.max(1, meeting.filter(Boolean).length)

  const limit = limiter(graph, found.one_of, context.timeZone)
  // Who may enter again only after having ended is walked to the end before their next entry is looked at.
  const free = new Map<number, number>()
  while (waiting.length > 0) {
    const wave: Traveller[] = []
    const later: typeof waiting = []
    const inWave = new Set<number>()
    for (const entry of waiting) {
      const { contact_id } = entry
      const at = entry.at.getTime()
      if (!entry.fits) {
        // Of those who were changed it is asked again before their next way through.
        if (inWave.has(contact_id) && graph.reentry === 'again') later.push(entry)
        else not_entered.condition++
        continue
      }
      if (graph.reentry !== 'always' && inWave.has(contact_id)) {
        if (graph.reentry === 'once') not_entered.reentry++
        else later.push(entry)
        continue
      }
      if (at < (free.get(contact_id) ?? 0)) {
        not_entered.reentry++
        continue
      }
      if (!limit(at)) {
        not_entered.limit++
        continue
      }
      inWave.add(contact_id)
      const traveller: Traveller = { contact_id, entered: at, step: graph.first, at, since: at, loops: new Map(), goals: new Set(), mails: new Map(), steps: 0, effects: effects.get(contact_id) ?? null }
      tally.enter(traveller)
      wave.push(traveller)
    }
    await walk(world, wave, tally)
    for (const traveller of wave) {
      // Still on their way at the last moment known: nobody enters beside it.
      const isGoing = traveller.step !== null && graph.steps[traveller.step] !== undefined && graph.steps[traveller.step]!.kind !== 'end'
      if (traveller.effects) effects.set(traveller.contact_id, traveller.effects)
      free.set(traveller.contact_id, isGoing ? Infinity : traveller.at + (graph.reentry_after ? durationMilliseconds(graph.reentry_after) : 0))
    }
    const changed = later.filter(entry => effects.has(entry.contact_id))
    for (const [index, answer] of (await fits(changed)).entries()) changed[index]!.fits = answer
    waiting = graph.reentry === 'once' ? [] : later
  }

  noteLimits(graph, tally, notes)
  const crowded = await countCrowded(db, tally, options.mails_a_week, from, now)
  return {
    from: from.toISOString(), to: now.toISOString(), days: options.days,
    sample: found.one_of > 1 ? { candidates: found.candidates, one_of: found.one_of } : null,
    ...tally.present(options.days), not_entered, too_many: { mails_a_week: options.mails_a_week, ...crowded },
    overlaps: await overlapsOf(db, journeyId, tally, from),
    notes: [...notes],
    examples: tally.examples(),
  }
}

async function findEntries(db: Db, graph: JourneyGraph, { options, context, from, to }: { options: DryRunOptions, context: World['context'], from: Date, to: Date }, notes: Set<Note>): Promise<Entries> {
  const { trigger } = graph
  const period = { from, to, most: mostEntries }
  switch (trigger.kind) {
    case 'event': return await entriesByEvents(db, { ...period, type: trigger.event, filters: (trigger.where ?? []).map(propertyPredicate) })
    case 'form': return await entriesByForm(db, { ...period, form_id: trigger.form_id })
    case 'segment_entered': case 'segment_left': {
      if (trigger.segment_id === null) return { candidates: 0, one_of: 1, entries: [] }
      const began = await segmentBegan(db, trigger.segment_id)
      if (began !== undefined && began > from) notes.add('segment_is_younger')
      return await entriesByEvents(db, {
        ...period, type: trigger.kind === 'segment_entered' ? 'segment.entered' : 'segment.left',
        filters: [propertyPredicate({ property: 'segment_id', operator: 'is', value: trigger.segment_id })],
      })
    }
    case 'date': {
      notes.add('card_as_now')
      const entries = await entriesByDate(db, { trigger, context, from, to })
      const one_of = Math.max(1, Math.ceil(entries.length / mostEntries))
      return { candidates: entries.length, one_of, entries: one_of === 1 ? entries : entries.filter(entry => entry.contact_id % one_of === 0) }
    }
    case 'manual':
      if (options.segment_id !== null) return await entriesBySegmentNow(db, { segment_id: options.segment_id, at: from, most: mostEntries })
      notes.add('by_hand_only')
      return { candidates: 0, one_of: 1, entries: [] }
  }
}

/** Whether one more may enter at that moment, by the journey's limit; asked in the order of time. */
function limiter(graph: JourneyGraph, oneOf: number, timeZone: string): (at: number) => boolean {
  const { entry_limit: limit } = graph
  if (!limit) return () => true
  const most = Math.max(1, Math.round(limit.people / oneOf))
  const taken = new Map<string, number>()
  return at => {
    const period = limit.per === 'ever' ? '' : limit.per === 'day' ? dayOf(new Date(at), timeZone) : String(Math.floor(at / 3_600_000))
    const count = taken.get(period) ?? 0
    if (count >= most) return false
    taken.set(period, count + 1)
    return true
  }
}

/** How many react: of the step itself where enough was sent, else of the journey, else of everything sent lately. */
async function ratesOf(db: Db, journeyId: number, graph: JourneyGraph, since: Date, notes: Set<Note>): Promise<World['rates']> {
  if (!Object.values(graph.steps).some(step => step.kind === 'mail')) return () => null
  const own = await reactionRates(db, { journey_id: journeyId, since: new Date(0) })
  const all = (await reactionRates(db, { journey_id: null, since })).get('')
  return step => {
    const rates = [own.get(step), all].find(one => one !== undefined && one.sent >= fewestMails)
    notes.add(rates ? 'reactions_estimated' : 'no_reactions_known')
    return rates ?? null
  }
}

function conditionsOf(graph: JourneyGraph): Condition[] {
  return [
    ...graph.entry_condition ? [graph.entry_condition] : [],
    ...graph.exit_condition ? [graph.exit_condition] : [],
    ...(graph.goals ?? []).map(goal => goal.condition),
    ...Object.values(graph.steps).flatMap(step => 'condition' in step ? [step.condition] : []),
  ]
}

function noteLimits(graph: JourneyGraph, tally: Tally, notes: Set<Note>): void {
  const conditions = conditionsOf(graph)
  const kinds = new Set(Object.entries(graph.steps).flatMap(([key, step]) => tally.steps.get(key)!.arrived > 0 ? [step.kind] : []))
  if (conditions.some(usesCard) || kinds.has('split_by_value')) notes.add('card_as_now')
  if (kinds.has('mail')) notes.add('consent_as_now')
  if (kinds.has('call_webhook')) notes.add('webhooks_succeed')
  if ((kinds.has('start_journey') || kinds.has('leave_journey')) && JSON.stringify(conditions).includes('"journey":')) notes.add('journeys_as_now')
  if (kinds.has('split_random') || kinds.has('hold_out')) notes.add('chance_differs')
  if (kinds.has('wait_for_condition') || (graph.goals ?? []).length > 0 || graph.exit_condition) notes.add('daily_moments')
}

const manyContacts = 5000
function* chunksOf(ids: number[]): Generator<number[]> {
  for (let from = 0; from < ids.length; from += manyContacts) yield ids.slice(from, from + manyContacts)
}

async function countCrowded(db: Db, tally: Tally, mailsAWeek: number, from: Date, to: Date): Promise<{ people: number, most_in_a_week: number }> {
  let people = 0
  let most = 0
  for (const ids of chunksOf([...tally.mails.keys()])) {
    const real = await mailsReallySent(db, ids, from, to)
    for (const id of ids) {
      const inAWeek = tally.crowd(id, real.get(id) ?? [], mailsAWeek)
      most = Math.max(most, inAWeek)
      if (inAWeek > mailsAWeek) people++
    }
  }
  return { people, most_in_a_week: most }
}

async function overlapsOf(db: Db, journeyId: number, tally: Tally, from: Date): Promise<DryRunResult['overlaps']> {
  const overlaps = new Map<number, { journey_id: number, name: string, people: number }>()
  for (const ids of chunksOf([...tally.entrants])) {
    for (const found of await overlappingJourneys(db, journeyId, ids, from)) {
      overlaps.set(found.journey_id, { ...found, people: found.people + (overlaps.get(found.journey_id)?.people ?? 0) })
    }
  }
  return [...overlaps.values()].toSorted((one, other) => other.people - one.people).slice(0, 20)
}
