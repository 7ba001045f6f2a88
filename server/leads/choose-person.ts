import type { Availability } from '../../shared/working-time.ts'
import type { RoutingWay } from '../../shared/routing.ts'

export type Person = Pick<Availability, 'id' | 'name' | 'works_now' | 'works_from' | 'online' | 'absent_until' | 'load' | 'territory'> & { substitute_id: number | null }
export type Rule = { way: RoutingWay, members: readonly number[], in_hours: boolean, only_online: boolean, /** whose turn was the last */ last: number | null }
export type Place = { city: string | null, phone: string | null }
export type PassedOver = { person: Person, why: 'away' | 'off' | 'offline' }
export type Choice = {
  /** `turn`: whose place in the order it was, who may be away; `territory`: the word of it that fits */
  chosen: { person: Person, turn: Person, territory: string | null } | null
  passed_over: PassedOver[]
  /** by territory: whether anybody's fits */
  has_territory: boolean
}

/** Whether a place is a person's: the word of their territory that says so. */
export function territoryOf(territory: readonly string[], { city, phone }: Place): string | null {
  return territory.find(word => word.startsWith('+') ? phone !== null && phone.startsWith(word.replaceAll(/[\s()-]/g, '')) : city !== null && city.trim().toLowerCase() === word.trim().toLowerCase()) ?? null
}

/**
 * Who of the rule's people is next. People are asked in the order of the list after `last`; who is away is stood in for by their
 * substitute. `people`: everybody who can sign in.
 */
export function choosePerson(rule: Rule, people: ReadonlyMap<number, Person>, place: Place): Choice {
  const start = rule.last === null ? -1 : rule.members.indexOf(rule.last)
  const inTurn = [...rule.members.slice(start + 1), ...rule.members.slice(0, start + 1)].flatMap(id => people.get(id) ?? [])
  const asked = rule.way === 'by_territory' ? inTurn.filter(person => territoryOf(person.territory, place) !== null) : inTurn
  const passed_over: PassedOver[] = []
  const free = asked.flatMap((turn) => {
    const person = takerOf(turn, people)
    const why = person === undefined ? 'away' : rule.in_hours && !person.works_now ? 'off' : rule.only_online && !person.online ? 'offline' : undefined
    if (why !== undefined) passed_over.push({ person: person ?? turn, why })
    return person === undefined || why !== undefined ? [] : [{ person, turn, territory: rule.way === 'by_territory' ? territoryOf(turn.territory, place) : null }]
  })
  const [first] = free
  if (first === undefined) return { chosen: null, passed_over, has_territory: asked.length > 0 }
  const chosen = rule.way === 'by_load' ? free.reduce((best, each) => each.person.load < best.person.load ? each : best, first) : first
  // In turn, who stands behind the chosen was not passed over.
  const before = rule.way === 'by_load' ? asked.length : asked.indexOf(chosen.turn)
  return { chosen, passed_over: passed_over.filter(({ person }) => asked.indexOf(person) < before), has_territory: true }
}

/** The person, or who stands in while they are away; undefined: nobody does. */
export function takerOf(person: Person, people: ReadonlyMap<number, Person>): Person | undefined {
  if (person.absent_until === null) return person
  const substitute = person.substitute_id === null ? undefined : people.get(person.substitute_id)
  return substitute?.absent_until === null ? substitute : undefined
}
