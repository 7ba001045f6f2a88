import type { RawBuilder } from 'kysely'
import { compileCondition } from '../../conditions/compile-condition.ts'
import type { CompileOptions } from '../../conditions/compile-condition.ts'
import type { Condition, MailLeaf } from '../../../shared/conditions.ts'
import { mailStepsIn } from '../../../shared/journey-problems.ts'
import { chanceOf } from '../steps/chance.ts'
import { asksCalendar, asOf } from './as-of.ts'
import { askEach, firstMoments } from './ask.sql.ts'
import type { Asked } from './ask.sql.ts'
import { askedAt, atTheirMoments } from './at-moments.sql.ts'
import type { Tally, Traveller } from './tally.ts'
import { manyAtOnce } from './world.ts'
import type { World } from './world.ts'

/** When people who react usually do. */
const reactionDelay = 3 * 3_600_000

/** The same every time for the same person and step, even over all of them. */
export const chance = ({ contact_id }: { contact_id: number }, step: string): number => chanceOf(`dry:${contact_id}:${step}`)

/** When somebody would react to a mail, by how many usually do; null: not. */
export function reactedAt(world: World, traveller: Traveller, mailStep: string, reaction: MailLeaf['reaction']): number | null {
  const sent = traveller.mails.get(mailStep)
  if (sent === undefined) return null
  if (reaction === 'sent') return sent
  const rate = world.rates(mailStep)?.[reaction] ?? 0
  return chance(traveller, `${mailStep}:${reaction === 'opened' || reaction === 'clicked' ? 'reaction' : reaction}`) < rate ? sent + reactionDelay : null
}

/** SQL made for one moment, turned to each person's own. */
export function atTheirOwn<Value>(world: World, make: (options: CompileOptions) => RawBuilder<Value>): RawBuilder<Value> {
  return atTheirMoments(make({ ...world.context, now: askedAt }), world.context.timeZone)
}

export function predicateOf(world: World, condition: Condition): RawBuilder<boolean> {
  return atTheirOwn(world, options => compileCondition(asOf(condition), options).predicate)
}

/** Each asked at their own moment, of a condition without reactions to mails. */
export async function askCondition(world: World, condition: Condition, people: Asked[]): Promise<boolean[]> {
  return await askEach(world.db, people, predicateOf(world, condition))
}

/** Each asked at their own moment, what came later left out. */
export async function ask(world: World, condition: Condition, people: Traveller[], tally: Tally, step: string): Promise<boolean[]> {
  const answers = Array.from({ length: people.length }, (): boolean => false)
  for (const { settled, indexes } of settleEach(world, condition, people, tally, step)) {
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

export async function whenTrue(world: World, condition: Condition, people: (Traveller & { until: number })[], tally: Tally, step: string): Promise<(number | null)[]> {
  const moments = Array.from({ length: people.length }, (): number | null => null)
  for (const { settled, indexes } of settleEach(world, condition, people, tally, step)) {
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

/**
 * Reactions to the journey's own mails are no history: each person's are estimated and put in as true or false. A live
 * segment that rests on what the steps have changed of a person is asked by its condition, not by who was in it.
 */
function settleEach(world: World, condition: Condition, people: Traveller[], tally: Tally, step: string): { settled: Condition, indexes: number[] }[] {
  const asksReactions = mailStepsIn(condition).length > 0
  if (!asksReactions && !people.some(one => one.effects)) return [{ settled: condition, indexes: [...people.keys()] }]
  const own = tally.steps.get(step)
  if (own && asksReactions) own.estimated = true
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
  if ('segment' in condition) {
    const segment = condition.since === undefined ? world.segments.get(condition.segment) : undefined
    if (!segment?.dependsOn.some(key => traveller.effects?.changed.has(key))) return condition
    const settled = settle(world, segment.condition, traveller)
    return condition.in ? settled : { not: settled }
  }
  if (!('mail_step' in condition)) return condition
  const at = reactedAt(world, traveller, condition.mail_step, condition.reaction)
  return (at !== null && at <= traveller.at) === condition.happened ? { all: [] } : { any: [] }
}
