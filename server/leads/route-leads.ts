import type { Language } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { findAvailability } from '../staff/working-time.sql.ts'
import { type Choice, choosePerson, type Person, type Place, takerOf } from './choose-person.ts'
import { nextManagers } from './create-leads.sql.ts'
import { type Asked, findRoutingRules, holdRouting, matchConditions, type StoredRule, writeTurns } from './routing.sql.ts'
import { routingWords, type RoutingWords } from './routing-words.ts'

export type Assigned = { owner_id: number | null, assigned_because: string }
export type Route = Assigned & { rule_id: number | null, /** nobody is free: when to ask again */ try_again_at: Date | null }

/** `rules`: as the rules say; a number: that person; nobody; or decided already, with the reason. Whoever looks after the contact comes before all but the last. */
export type Wish = Asked & { wish: 'rules' | 'nobody' | number | Assigned, contact_owner: number | null, /** not to this one again */ except?: number | null }

type World = { language: Language, words: RoutingWords, people: Map<number, Person>, rules: StoredRule[], turns: Map<number, number>, /** managers, who got a lead longest ago first */ queue: { id: number, name: string }[] }

/**
 * Who gets each, and why. Turns taken are written, so that of two who give out at once the second waits and goes on where the
 * first stopped; with `dry` nothing is. The leads themselves are written by the caller.
 */
export async function routeLeads(tx: Db, wishes: Wish[], now: Date, dry = false): Promise<Route[]> {
  if (wishes.length === 0) return []
  if (!dry) await holdRouting(tx)
  const { language, time_zone } = await readCompany(tx)
  const people = await peopleForTurns(tx, now)
  const byRules = wishes.filter(each => each.wish === 'rules')
  const rules = byRules.length === 0 ? [] : await findRoutingRules(tx)
  const matched = byRules.length === 0 ? [] : await matchConditions(tx, rules.map(rule => rule.condition), byRules, now)
  const world: World = {
    language, words: routingWords(language, time_zone), people, rules, queue: byRules.length === 0 ? [] : await nextManagers(tx),
    turns: new Map(rules.flatMap(rule => rule.last_user_id === null ? [] : [[rule.id, rule.last_user_id]])),
  }
  const routes = wishes.map((each): Route => {
    const route = routeOne(world, each, matched[byRules.indexOf(each)])
    const person = route.owner_id === null ? undefined : people.get(route.owner_id)
    if (person !== undefined) person.load++
    return route
  })
  if (!dry) await writeTurns(tx, world.turns)
  return routes
}

/** Everybody who can sign in, as they are now. */
export async function peopleForTurns(db: Db, now: Date): Promise<Map<number, Person>> {
  const available = await findAvailability(db, now)
  return new Map(available.map(person => [person.id, { ...person, substitute_id: person.absences.find(absence => absence.to_day === person.absent_until)?.substitute?.id ?? null }]))
}

const fixed = (owner_id: number | null, assigned_because: string): Route => ({ owner_id, assigned_because, rule_id: null, try_again_at: null })

function routeOne(world: World, { wish, contact_owner, except }: Wish, matched: (Place & { applies: number[] }) | undefined): Route {
  const { words, people } = world
  if (typeof wish === 'object') return fixed(wish.owner_id, wish.assigned_because)
  const keeper = contact_owner === null || contact_owner === except ? undefined : people.get(contact_owner)
  const instead = keeper && takerOf(keeper, people)
  if (keeper !== undefined && instead !== undefined) return fixed(instead.id, instead === keeper ? words.keeps(keeper) : words.standsInFor(instead, keeper))
  if (wish === 'nobody') return fixed(null, words.nobodyWanted)
  if (typeof wish === 'number') {
    const person = people.get(wish)
    const taker = person && takerOf(person, people)
    if (person === undefined) return fixed(null, words.gone)
    return taker === undefined ? fixed(null, words.awayAndNobody(person)) : fixed(taker.id, taker === person ? words.fixed(person) : words.standsInFor(taker, person))
  }
  return routeByRules(world, matched ?? { city: null, phone: null, applies: [] }, keeper === undefined ? [] : [words.keeperAway(keeper)], except ?? null)
}

/** The first rule that is true and has somebody free; `said` comes before the reason. */
function routeByRules(world: World, { applies, ...place }: Place & { applies: number[] }, said: string[], except: number | null): Route {
  const { words, people } = world
  for (const index of applies) {
    const rule = world.rules[index]!
    const members = rule.members.filter(id => id !== except)
    const choice = choosePerson({ ...rule, members, last: world.turns.get(rule.id) ?? null }, people, place)
    const done = (owner_id: number | null, because: string, try_again_at: Date | null = null): Route => ({ owner_id, assigned_because: [...said, because].join(' '), rule_id: rule.id, try_again_at })
    if (choice.chosen !== null) {
      world.turns.set(rule.id, choice.chosen.turn.id)
      return done(choice.chosen.person.id, words.chosen(rule, choice))
    }
    const standIn = rule.stand_in === null ? undefined : people.get(rule.stand_in.id)
    const taker = standIn && takerOf(standIn, people)
    if (rule.nobody_free === 'person' && taker !== undefined && taker.id !== except) return done(taker.id, words.standIn(rule, choice, taker))
    const wait = rule.nobody_free === 'wait' ? nextBeginning(choice) : null
    if (wait !== null) return done(null, words.waits(rule, choice, wait), wait)
    if (rule.nobody_free !== 'next') return done(null, words.nobodyFree(rule, choice))
    said.push(words.nobodyFree(rule, choice))
  }
  return lastResort(world, said, except)
}

/** No rule says anything: managers in turn, but for those who are away. */
function lastResort({ queue, people, words }: World, said: string[], except: number | null): Route {
  const next = queue.findIndex(({ id }) => id !== except && people.get(id)?.absent_until === null)
  const [manager] = next === -1 ? [] : queue.splice(next, 1)
  if (manager === undefined) return fixed(null, [...said, words.noManager].join(' '))
  queue.push(manager)
  return fixed(manager.id, [...said, words.longestAgo(manager)].join(' '))
}

function nextBeginning({ passed_over }: Choice): Date | null {
  const times = passed_over.flatMap(({ person, why }) => why === 'off' && person.works_from !== null ? [Date.parse(person.works_from)] : [])
  return times.length === 0 ? null : new Date(Math.min(...times))
}
