import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { queueForDuplicates } from '../duplicates/pairs.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { noteAnswersOfEvents } from '../leads/answers-of-events.ts'
import { advanceEnrolments } from '../journeys/advance-enrolments.ts'
import { enrolByEvents, enrolBySegments } from '../journeys/enrol.ts'
import { journeysAskedAbout } from '../journeys/dependants.sql.ts'
import { wakeByChanges } from '../journeys/wake-by-changes.ts'
import { wakeByEvents } from '../journeys/wake-by-events.ts'
import { refreshMemberships } from '../segments/refresh-memberships.sql.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'

/** What is new about one contact. */
export type Change = {
  contact_id: number
  /** `created`, `field:city`, `field:revenue`, `field:fields.size`, `event:order.placed`, `tag`, `consent`, `segment:12`, `clock:12` */
  keys: string[]
  /** those that happened to the contact, for journeys */
  events: ProcessedEvent[]
  /** into and out of static segments: written already, to be told and followed like those of live ones */
  moves?: Moves
}

/** Changes that make changes that make changes … end here; the rest waits for the next event or tick. */
const mostRounds = 20

/**
 * Everything that follows from changes of contacts, in the transaction of the changes: memberships of the segments that
 * depend on them (with `segment.entered` and `segment.left` on the timeline), journeys entered, woken and advanced; and
 * again for what those changed. Open pages hear of it. The caller holds the contacts' rows (in the order of ids).
 */
export async function applyChanges(tx: Db, app: App, changes: Change[], now: Date): Promise<void> {
  const seen = new Set<number>()
  await noteAnswersOfEvents(tx, changes.flatMap(change => change.events))
  let round = mergeChanges(changes)
  let goOn: number[] = []
  for (let count = 1; round.length > 0 && count <= mostRounds; count++) {
    for (const change of round) seen.add(change.contact_id)
    const moves = joinMoves([...round.flatMap(change => change.moves ?? []), await refreshMemberships(tx, round, now)])
    const events = [...round.flatMap(change => change.events), ...await tellMoves(tx, moves, now)]
    const enrolled = [...await enrolByEvents(tx, events, now), ...await enrolBySegments(tx, moves, now)]
    const reached = new Set<number>([
      ...enrolled.map(one => one.contact_id),
      ...await wakeByEvents(tx, events, now),
      ...await wakeByChanges(tx, [...round, ...moves.entered.map(keyOfMove), ...moves.left.map(keyOfMove)], now),
      // Steps that had to wait until what they changed reached the segments go on.
      ...goOn,
    ])
    const advanced = reached.size === 0 ? { changes: [], moved: [] } : await advanceEnrolments(tx, app, { contactIds: [...reached], now })
    goOn = advanced.changes.map(change => change.contact_id)
    round = mergeChanges([...advanced.changes, ...changesOfMoves(moves), ...await changesOfWays(tx, [...enrolled, ...advanced.moved])])
  }
  if (round.length > 0) app.log.warn({ contacts: round.slice(0, 10).map(change => change.contact_id) }, 'changes went round in a circle and were stopped')
  await queueForDuplicates(tx, changes.filter(change => change.keys.some(isCompared)).map(change => change.contact_id))
  await touchAll(tx, [...seen].map(id => `contact:${id}`))
}

/** What duplicates are found by. */
const isCompared = (key: string): boolean => key === 'created' || key === 'consent' || key === 'event:contact.unmerged' || /^field:(email|phone|external_id|first_name|last_name|company|city|fields\..+)$/.test(key)

/** One change a contact, in the order of their first. */
function mergeChanges(changes: Change[]): Change[] {
  const merged = new Map<number, Change>()
  for (const change of changes) {
    const known = merged.get(change.contact_id)
    if (known === undefined) merged.set(change.contact_id, { ...change })
    else merged.set(change.contact_id, {
      contact_id: change.contact_id, keys: [...new Set([...known.keys, ...change.keys])], events: [...known.events, ...change.events],
      moves: joinMoves([known.moves, change.moves].filter(moves => moves !== undefined)),
    })
  }
  return [...merged.values()]
}

const joinMoves = (several: Moves[]): Moves => ({ entered: several.flatMap(moves => moves.entered), left: several.flatMap(moves => moves.left) })

async function tellMoves(tx: Db, moves: Moves, now: Date): Promise<ProcessedEvent[]> {
  const row = (type: string) => ({ contact_id, segment_id, because }: Moves['entered'][number]) => ({
    type, contact_id, occurred_at: now, properties: { segment_id, because }, source: `segment:${segment_id}`, message_id: null, campaign_id: null, journey_id: null,
  })
  return insertEvents(tx, [...moves.entered.map(row('segment.entered')), ...moves.left.map(row('segment.left'))], now)
}

const keyOfMove = ({ contact_id, segment_id }: Moves['entered'][number]): { contact_id: number, keys: string[] } => ({ contact_id, keys: [`segment:${segment_id}`] })

/** Who entered a journey, came to another of its steps or ended, as changes to follow, where somebody asks about that journey. */
export async function changesOfWays(tx: Db, moved: { contact_id: number, journey_id: number }[]): Promise<Change[]> {
  const asked = await journeysAskedAbout(tx, [...new Set(moved.map(one => one.journey_id))])
  return moved.filter(one => asked.has(one.journey_id)).map(({ contact_id, journey_id }) => ({ contact_id, keys: [`journey:${journey_id}`], events: [] }))
}

/** Segments were followed to the end already; conditions may also ask for the events themselves. */
function changesOfMoves(moves: Moves): Change[] {
  return [
    ...moves.entered.map(move => ({ contact_id: move.contact_id, keys: ['event:segment.entered'], events: [] })),
    ...moves.left.map(move => ({ contact_id: move.contact_id, keys: ['event:segment.left'], events: [] })),
  ]
}
