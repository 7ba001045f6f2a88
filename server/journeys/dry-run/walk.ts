import { propertyPredicate } from '../../conditions/property-filter.sql.ts'
import { durationMilliseconds } from '../../../shared/conditions.ts'
import { outletsOf } from '../../../shared/journey-problems.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { chooseWay } from '../steps/split-random.ts'
import { actOn, changingSteps } from './act.ts'
import { ask, chance, predicateOf, reactedAt, whenTrue } from './ask-conditions.ts'
import { askEach, firstEvents, refusedMails } from './ask.sql.ts'
import { momentsOfWait } from './calendar.sql.ts'
import type { Tally, Traveller } from './tally.ts'
import { manyAtOnce } from './world.ts'
import type { Move, World } from './world.ts'

/** More steps than this without an end is a circle. */
const mostSteps = 2000

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
  const atOnce = people.map((traveller, index) => { const move = moves[index]!; return !('at' in move) || move.at <= traveller.at })
  // Whoever rests here may reach a goal, or the condition to leave, before the wait is over.
  const resting = [...people.keys()].filter(index => !atOnce[index])
  const met = await meetGoals(world, resting.map(index => ({ traveller: people[index]!, until: Math.min((moves[index] as { at: number }).at, world.until) })), tally)
  const metBy = new Map(resting.map((index, place) => [index, met[place]]))
  const gone = people.map((traveller, index): boolean => {
    if (metBy.get(index) === 'ended') return false
    return metBy.get(index) === 'jumped' ? arrive(world, traveller, tally) : leave(world, key, step, moves[index]!, traveller, tally)
  })
  if (!changesSomething(step)) return people.filter((_, index) => gone[index])
  // What the step has changed may have led to a goal: that is asked where it led to, before the next step does anything.
  const changed = people.filter((_, index) => gone[index] && atOnce[index])
  const after = await meetGoals(world, changed.map(traveller => ({ traveller, until: traveller.at })), tally)
  const ended = new Set(changed.filter((traveller, index) => after[index] === 'ended' || (after[index] === 'jumped' && !arrive(world, traveller, tally))))
  return people.filter((traveller, index) => gone[index] && !ended.has(traveller))
}

const changesSomething = (step: JourneyStep): boolean => step.kind === 'mail' || changingSteps.has(step.kind)

/** Whether somebody goes on after a step, which is counted. */
function leave(world: World, key: string, step: JourneyStep, move: Move, traveller: Traveller, tally: Tally): boolean {
  if ('end' in move) {
    tally.leave(key, 'ended')
    tally.done++
    return false
  }
  if ('fail' in move) return fail(world, key, step, traveller, tally)
  if (move.at > world.until) {
    tally.stay(traveller)
    return false
  }
  tally.leave(key, move.outcome)
  tally.take(key, move.go, traveller)
  traveller.at = move.at
  if (move.since !== undefined) traveller.since = move.since
  traveller.step = outletsOf(step).find(outlet => outlet.name === move.go)?.to ?? null
  return arrive(world, traveller, tally)
}

/** As in life: the way for those whose step fails, else they stop there. */
function fail(world: World, key: string, step: JourneyStep, traveller: Traveller, tally: Tally): boolean {
  if (!('next_failed' in step) || step.next_failed === undefined) {
    tally.fail(traveller)
    traveller.step = null
    return false
  }
  tally.leave(key, 'failed')
  tally.take(key, 'next_failed', traveller)
  traveller.step = step.next_failed
  return arrive(world, traveller, tally)
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
      const refused = await refusedMails(world.db, people, step.topic_id, marketing)
      for (const [index, traveller] of people.entries()) {
        const refusal = refused[index]
        tally.mail(key, traveller, refusal)
        if (refusal === undefined) traveller.mails.set(key, traveller.at)
        else traveller.mails.delete(key)
      }
      return onward(traveller => traveller.at)
    }
    default: return await actOn(world, key, step, people)
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
      tally.reach(found.goal, traveller)
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
