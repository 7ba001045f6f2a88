import type { RawBuilder } from 'kysely'
import type { Db } from '../../base/db.ts'
import { compileCondition } from '../../conditions/compile-condition.ts'
import type { ConditionContext } from '../../conditions/compile-condition.ts'
import { propertyPredicate } from '../../conditions/property-filter.sql.ts'
import { durationMilliseconds } from '../../../shared/conditions.ts'
import type { Condition, MailLeaf } from '../../../shared/conditions.ts'
import { mailStepsIn, outletsOf } from '../../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyStep } from '../../../shared/journeys.ts'
import { chanceOf } from '../steps/chance.ts'
import { chooseWay } from '../steps/split-random.ts'
import { asksCalendar, asOf } from './as-of.ts'
import { askEach, firstEvents, firstMoments, refusedMails } from './ask.sql.ts'
import type { Asked, ReactionRates } from './ask.sql.ts'
import { askedAt, atTheirMoments } from './at-moments.sql.ts'
import { momentsOfWait } from './calendar.sql.ts'
import type { Tally, Traveller } from './tally.ts'

const manyAtOnce = 2000
/** More steps than this without an end is a circle. */
const mostSteps = 2000
/** When people who react usually do. */
const reactionDelay = 3 * 3_600_000

export type World = {
  db: Db
  graph: JourneyGraph
  context: Omit<ConditionContext, 'now'> & { timeZone: string }
  /** what happened after this is not known */
  until: number
  marketing: Set<number>
  rates: (step: string) => ReactionRates | null
  /** says how far it is; throws when it is to end */
  checkIn: (gone: number) => Promise<void>
}

type Move =
  | { go: string, outcome: string, at: number, since?: number }
  | { end: true }

/** Walks everybody from where they stand to the end or to the last moment that is known, all who stand at one step together. */
export async function walk(world: World, travellers: Traveller[], tally: Tally): Promise<void> {
  const ended = await meetGoals(world, travellers.map(traveller => ({ traveller, until: traveller.at })), tally)
  let going = travellers.filter((_, index) => ended[index] !== 'ended')
  let gone = travellers.length - going.length
  for (const traveller of going) tally.arrive(traveller)
  while (going.length > 0) {
    const next: Traveller[] = []
    for (const [key, group] of Map.groupBy(going, traveller => traveller.step!)) {
      for (let from = 0; from < group.length; from += manyAtOnce) {
        const some = group.slice(from, from + manyAtOnce)
        next.push(...await takeStep(world, key, some, tally))
        await world.checkIn(gone)
      }
    }
    gone += going.length - next.length
    going = next
  }
}

async function takeStep(world: World, key: string, people: Traveller[], tally: Tally): Promise<Traveller[]> {
  const step = world.graph.steps[key]
  if (!step) return []
  const moves = await movesOf(world, key, step, people, tally)
  // Whoever rests here may reach a goal, or the condition to leave, before the wait is over.
  const met = await meetGoals(world, people.map((traveller, index) => {
    const move = moves[index]!
    return { traveller, until: 'at' in move ? Math.min(move.at, world.until) : traveller.at }
  }), tally)
  return people.filter((traveller, index) => {
    const move = moves[index]!
    if (met[index] === 'ended') return false
    if (met[index] === 'jumped') return arrive(world, traveller, tally)
    if ('end' in move) {
      tally.leave(key, 'ended')
      tally.done++
      return false
    }
    if (move.at > world.until) {
      tally.stay(key)
      return false
    }
    tally.leave(key, move.outcome)
    traveller.at = move.at
    if (move.since !== undefined) traveller.since = move.since
    traveller.step = outletsOf(step).find(outlet => outlet.name === move.go)?.to ?? null
    return arrive(world, traveller, tally)
  })
}

function arrive(world: World, traveller: Traveller, tally: Tally): boolean {
  traveller.steps++
  if (traveller.step === null || traveller.steps > mostSteps || !world.graph.steps[traveller.step]) {
    tally.done++
    return false
  }
  tally.arrive(traveller)
  return true
}

async function movesOf(world: World, key: string, step: JourneyStep, people: Traveller[], tally: Tally): Promise<Move[]> {
  const onward = (at: (traveller: Traveller) => number, outcome = 'next', outlet = 'next'): Move[] => people.map(traveller => ({ go: outlet, outcome, at: at(traveller), ...at(traveller) === traveller.at ? {} : { since: at(traveller) } }))
  switch (step.kind) {
    case 'end': return people.map(() => ({ end: true }))
    case 'wait': return onward(traveller => traveller.at + durationMilliseconds(step.duration))
    case 'wait_until': {
      const moments = await momentsOfWait(world.db, step.until, people, world.context)
      return people.map((traveller, index): Move => {
        const moment = moments[index]
        if (moment !== null && moment !== undefined && moment > traveller.at) return { go: 'next', outcome: 'next', at: moment, since: moment }
        return { go: step.next_past === undefined ? 'next' : 'next_past', outcome: 'past', at: traveller.at }
      })
    }
    case 'wait_for_event': return await waitForEvent(world, key, step, people, tally)
    case 'wait_for_condition': {
      const asked = people.map(traveller => ({ ...traveller, until: Math.min(traveller.at + durationMilliseconds(step.timeout), world.until) }))
      const moments = await whenTrue(world, step.condition, asked, tally, key)
      return people.map((traveller, index): Move => moments[index] === null
        ? timeout(traveller, step.timeout)
        : { go: 'next', outcome: 'happened', at: moments[index]!, since: moments[index]! })
    }
    case 'condition': {
      const answers = await ask(world, step.condition, people, tally, key)
      return people.map((traveller, index): Move => answers[index] ? { go: 'next_yes', outcome: 'yes', at: traveller.at } : { go: 'next_no', outcome: 'no', at: traveller.at })
    }
    case 'split_by_value': return await splitByValue(world, step, people)
    case 'split_random': {
      return people.map((traveller): Move => {
        const way = chooseWay(step, chance(traveller, key))
        return way === undefined ? { end: true } : { go: `way:${way}`, outcome: `way:${way}`, at: traveller.at }
      })
    }
    case 'hold_out': return people.map((traveller): Move => chance(traveller, key) * 100 < step.percent
      ? { go: 'next_held', outcome: 'held', at: traveller.at }
      : { go: 'next', outcome: 'next', at: traveller.at })
    case 'go_to': return people.map((traveller): Move => {
      const times = traveller.loops.get(key) ?? 0
      if (step.most_times !== null && times >= step.most_times) return { go: 'next', outcome: 'next', at: traveller.at }
      traveller.loops.set(key, times + 1)
      return { go: 'to', outcome: 'to', at: traveller.at }
    })
    case 'mail': {
      const marketing = step.template_id !== null && world.marketing.has(step.template_id)
      const refused = await refusedMails(world.db, people.map(traveller => traveller.contact_id), step.topic_id, marketing)
      for (const traveller of people) {
        const refusal = refused.get(traveller.contact_id)
        tally.mail(key, traveller, refusal)
        if (refusal === undefined) traveller.mails.set(key, traveller.at)
        else traveller.mails.delete(key)
      }
      return onward(traveller => traveller.at)
    }
    // What changes the card or the world is only counted.
    default: return onward(traveller => traveller.at)
  }
}

const timeout = (traveller: Traveller, length: { amount: number, unit: 'minutes' | 'hours' | 'days' | 'weeks' | 'months' }): Move => {
  const at = traveller.at + durationMilliseconds(length)
  return { go: 'next_timeout', outcome: 'timeout', at, since: at }
}

async function waitForEvent(world: World, key: string, step: Extract<JourneyStep, { kind: 'wait_for_event' }>, people: Traveller[], tally: Tally): Promise<Move[]> {
  if (step.mail_step !== null) {
    tally.steps.get(key)!.estimated = true
    const reaction = step.event === 'email.clicked' ? 'clicked' : step.event === 'email.opened' ? 'opened' : step.event === 'order.placed' ? 'ordered' : null
    return people.map((traveller): Move => {
      const at = reaction === null ? null : reactedAt(world, traveller, step.mail_step!, reaction)
      if (at === null || at > traveller.at + durationMilliseconds(step.timeout)) return timeout(traveller, step.timeout)
      return { go: 'next', outcome: 'happened', at: Math.max(at, traveller.at), since: Math.max(at, traveller.at) }
    })
  }
  // What came since the last wait ended counts, also when it came before this one began.
  const asked = people.map(traveller => ({ ...traveller, at: traveller.since, until: Math.min(traveller.at + durationMilliseconds(step.timeout), world.until) }))
  const happened = await firstEvents(world.db, asked, step.event, (step.where ?? []).map(propertyPredicate))
  return people.map((traveller, index): Move => {
    const at = happened[index]
    return at === null || at === undefined ? timeout(traveller, step.timeout) : { go: 'next', outcome: 'happened', at: Math.max(at, traveller.at), since: at }
  })
}

async function splitByValue(world: World, step: Extract<JourneyStep, { kind: 'split_by_value' }>, people: Traveller[]): Promise<Move[]> {
  const moves = people.map((traveller): Move => ({ go: 'next_else', outcome: 'else', at: traveller.at }))
  const open = new Set(people.keys())
  for (const one of step.cases) {
    const indexes = [...open]
    const holding = await Promise.all(one.values.map(value => askEach(world.db, indexes.map(index => people[index]!), predicateOf(world, { field: step.field, operator: 'is', value }))))
    for (const [place, index] of indexes.entries()) {
      if (!holding.some(answers => answers[place])) continue
      moves[index] = { go: `way:${one.key}`, outcome: `way:${one.key}`, at: people[index]!.at }
      open.delete(index)
    }
  }
  return moves
}

/** The same every time for the same person and step, even over all of them. */
const chance = ({ contact_id }: { contact_id: number }, step: string): number => chanceOf(`dry:${contact_id}:${step}`)

/** When somebody would react to a mail, by how many usually do; null: not. */
function reactedAt(world: World, traveller: Traveller, mailStep: string, reaction: MailLeaf['reaction']): number | null {
  const sent = traveller.mails.get(mailStep)
  if (sent === undefined) return null
  if (reaction === 'sent') return sent
  const rate = world.rates(mailStep)?.[reaction] ?? 0
  return chance(traveller, `${mailStep}:${reaction === 'opened' || reaction === 'clicked' ? 'reaction' : reaction}`) < rate ? sent + reactionDelay : null
}

function predicateOf(world: World, condition: Condition): RawBuilder<boolean> {
  return atTheirMoments(compileCondition(asOf(condition), { ...world.context, now: askedAt }).predicate, world.context.timeZone)
}

/** Each asked at their own moment, what came later left out. */
async function ask(world: World, condition: Condition, people: Traveller[], tally: Tally, step: string): Promise<boolean[]> {
  const answers = Array.from({ length: people.length }, (): boolean => false)
  for (const { settled, indexes } of settleReactions(world, condition, people, tally, step)) {
    const group = indexes.map(index => people[index]!)
    const found = asksCalendar(settled) ? await askByDay(world, settled, group) : await askEach(world.db, group, predicateOf(world, settled))
    for (const [place, index] of indexes.entries()) answers[index] = found[place]!
  }
  return answers
}

/** Asks entrants before they set out: no mail was sent to them yet. */
export async function askEntrants(world: World, condition: Condition, people: Asked[]): Promise<boolean[]> {
  const answers: boolean[] = []
  for (let from = 0; from < people.length; from += manyAtOnce) {
    const some = people.slice(from, from + manyAtOnce)
    answers.push(...asksCalendar(condition) ? await askByDay(world, condition, some) : await askEach(world.db, some, predicateOf(world, condition)))
    await world.checkIn(0)
  }
  return answers
}

async function askByDay(world: World, condition: Condition, people: Asked[]): Promise<boolean[]> {
  const answers = Array.from({ length: people.length }, (): boolean => false)
  for (const [day, group] of Map.groupBy(people.map((person, index) => ({ person, index })), ({ person }) => Math.floor(person.at / 86_400_000))) {
    const now = new Date(day * 86_400_000 + 43_200_000)
    const found = await askEach(world.db, group.map(one => one.person), compileCondition(condition, { ...world.context, now }).predicate)
    for (const [place, { index }] of group.entries()) answers[index] = found[place]!
  }
  return answers
}

async function whenTrue(world: World, condition: Condition, people: (Traveller & { until: number })[], tally: Tally, step: string): Promise<(number | null)[]> {
  const moments = Array.from({ length: people.length }, (): number | null => null)
  for (const { settled, indexes } of settleReactions(world, condition, people, tally, step)) {
    const compiled = compileCondition(asOf(settled), { ...world.context, now: askedAt })
    const types = compiled.dependsOn.flatMap(key => key.startsWith('event:') ? [key.slice('event:'.length)] : [])
    for (let from = 0; from < indexes.length; from += manyAtOnce) {
      const some = indexes.slice(from, from + manyAtOnce)
      const found = await firstMoments(world.db, some.map(index => people[index]!), types, atTheirMoments(compiled.predicate, world.context.timeZone))
      for (const [place, index] of some.entries()) moments[index] = found[place]!
    }
  }
  return moments
}

/** Reactions to the journey's own mails are no history: each person's are estimated and put in as true or false. */
function settleReactions(world: World, condition: Condition, people: Traveller[], tally: Tally, step: string): { settled: Condition, indexes: number[] }[] {
  if (mailStepsIn(condition).length === 0) return [{ settled: condition, indexes: [...people.keys()] }]
  const own = tally.steps.get(step)
  if (own) own.estimated = true
  const groups = new Map<string, { settled: Condition, indexes: number[] }>()
  for (const [index, traveller] of people.entries()) {
    const settled = settle(world, condition, traveller)
    const key = JSON.stringify(settled)
    const group = groups.get(key)
    if (group) group.indexes.push(index)
    else groups.set(key, { settled, indexes: [index] })
  }
  return [...groups.values()]
}

function settle(world: World, condition: Condition, traveller: Traveller): Condition {
  if ('all' in condition) return { all: condition.all.map(part => settle(world, part, traveller)) }
  if ('any' in condition) return { any: condition.any.map(part => settle(world, part, traveller)) }
  if ('not' in condition) return { not: settle(world, condition.not, traveller) }
  if (!('mail_step' in condition)) return condition
  const at = reactedAt(world, traveller, condition.mail_step, condition.reaction)
  return (at !== null && at <= traveller.at) === condition.happened ? { all: [] } : { any: [] }
}

/** Goals and the condition to leave, looked for while each rests until `until`; what became of each. */
async function meetGoals(world: World, resting: { traveller: Traveller, until: number }[], tally: Tally): Promise<('ended' | 'jumped' | undefined)[]> {
  const { goals = [], exit_condition: exit } = world.graph
  const met = Array.from({ length: resting.length }, (): 'ended' | 'jumped' | undefined => undefined)
  const asked = resting.map(({ traveller, until }) => ({ ...traveller, until: Math.max(until, traveller.at) }))
  const first = Array.from({ length: resting.length }, (): { at: number, goal: string | null, to: string | null } | null => null)
  for (const one of [...goals.map(goal => ({ condition: goal.condition, goal: goal.key, to: goal.to })), ...exit ? [{ condition: exit, goal: null, to: null }] : []]) {
    const open = [...resting.keys()].filter(index => one.goal === null || !resting[index]!.traveller.goals.has(one.goal))
    const moments = await whenTrue(world, one.condition, open.map(index => asked[index]!), tally, '')
    for (const [place, index] of open.entries()) {
      const at = moments[place]!
      const known = first[index]
      if (at !== null && (known === null || known === undefined || at < known.at)) first[index] = { at, goal: one.goal, to: one.to }
    }
  }
  for (const [index, found] of first.entries()) {
    if (found === null) continue
    const { traveller } = resting[index]!
    if (found.goal !== null) {
      tally.reach(found.goal)
      traveller.goals.add(found.goal)
    }
    traveller.at = found.at
    if (traveller.step !== null && found.to !== traveller.step) tally.leave(traveller.step, found.goal === null ? 'exit' : 'goal')
    traveller.step = found.to
    if (found.to === null) {
      tally.left++
      met[index] = 'ended'
    } else met[index] = 'jumped'
  }
  return met
}
