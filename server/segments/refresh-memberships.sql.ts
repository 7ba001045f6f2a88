import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { amongIds } from '../conditions/among-ids.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { CompileOptions, ConditionContext } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { shareMembershipLock } from './membership-lock.sql.ts'

export type Move = {
  contact_id: number
  segment_id: number
  /** which of the changes made us look: `field:city`, `event:order.placed`, `segment:12`, `clock` */
  because: string[]
}
export type Moves = { entered: Move[], left: Move[] }

/**
 * What changed about one contact: `field:city`, `event:order.placed`, `tag`, `consent`, `segment:12`.
 * `created` (or `event:contact.created`): the card is new, so every segment is asked.
 * `clock:12`: a clock edge of segment 12 was passed.
 */
export type ContactChange = { contact_id: number, keys: readonly string[] }

/**
 * Contacts and what changed about each in; who thereby entered and left which segments out.
 * Segments are taken in the order in which they build on each other, one statement each, about those contacts only of whom
 * something changed that the segment depends on. A second run finds nothing.
 * Locks: the membership lock, shared. The caller holds the contacts' rows.
 */
export async function refreshMemberships(tx: Db, changes: ContactChange[], now: Date): Promise<Moves> {
  const changed = new ChangedContacts(changes)
  if (changed.keys.length === 0) return { entered: [], left: [] }
  await shareMembershipLock(tx)
  const segments = await findCandidates(tx, changed.keys)
  if (segments.length === 0) return { entered: [], left: [] }
  const context = await loadConditionContext(tx)

  // One savepoint for all; only when a segment turns out to be broken is each tried on its own.
  await sql`savepoint memberships`.execute(tx)
  let moves: Moves
  try {
    moves = await refreshInOrder(tx, segments, changed, now, context, refreshSegment)
    await sql`release savepoint memberships`.execute(tx)
  } catch (error) {
    if (!isBrokenCondition(error)) throw error
    await sql`rollback to savepoint memberships`.execute(tx)
    moves = await refreshInOrder(tx, segments, new ChangedContacts(changes), now, context, refreshSegmentOrFail)
  }
  const touched = new Set([...moves.entered, ...moves.left].map(move => `segment:${move.segment_id}`))
  if (touched.size > 0) await touchAll(tx, [...touched])
  return moves
}

/** Who changed, by what changed. */
class ChangedContacts {
  private readonly byKey = new Map<string, Set<number>>()

  constructor(changes: ContactChange[]) {
    for (const { contact_id, keys } of changes) for (const key of keys) this.add(key === 'event:contact.created' ? 'created' : key, contact_id)
  }

  get keys(): string[] {
    return [...this.byKey.keys()]
  }

  of(key: string): ReadonlySet<number> {
    return this.byKey.get(key) ?? nobody
  }

  add(key: string, contactId: number): void {
    const known = this.byKey.get(key)
    if (known) known.add(contactId)
    else this.byKey.set(key, new Set([contactId]))
  }
}
const nobody: ReadonlySet<number> = new Set()

export type EvaluatedSegment = { id: number, condition: Condition, depends_on: string[], state: string, computed_up_to: number, clock_at: Date }

/** Those that depend on a key, and those built on other segments, which may be reached through them. */
async function findCandidates(tx: Db, keys: string[]): Promise<EvaluatedSegment[]> {
  const everyOne = keys.includes('created')
  const byClock = keys.filter(key => key.startsWith('clock:')).map(key => Number(key.slice('clock:'.length)))
  return rows<EvaluatedSegment>(tx, sql`
    select id, condition, depends_on, state, computed_up_to, clock_at
    from segments
    where archived_at is null
      and kind = 'live'
      and state in ('live', 'computing')
      and (${everyOne}::boolean or depends_on && ${keys}::text[] or id = any(${byClock}::bigint[]) or depth > 0)
    order by depth, id
  `)
}

type RefreshOne = (tx: Db, segment: EvaluatedSegment, contactIds: number[], now: Date, context: Omit<ConditionContext, 'now'>) => Promise<{ contact_id: number, entered: boolean }[]>

async function refreshInOrder(tx: Db, segments: EvaluatedSegment[], changed: ChangedContacts, now: Date, context: Omit<ConditionContext, 'now'>, refreshOne: RefreshOne): Promise<Moves> {
  const moves: Moves = { entered: [], left: [] }
  const created = changed.of('created')
  for (const segment of segments) {
    const reasons = [...segment.depends_on.map(key => ({ key, contacts: changed.of(key) })), { key: 'clock', contacts: changed.of(`clock:${segment.id}`) }, { key: 'created', contacts: created }]
    const about = new Set(reasons.flatMap(reason => [...reason.contacts]))
    // Whom the computing has not come to yet it will look at anyway. A new card belongs to nothing yet, so its entry is one.
    const reached = segment.state === 'live' ? [...about] : [...about].filter(id => id <= segment.computed_up_to || created.has(id))
    if (reached.length === 0) continue
    for (const { contact_id, entered } of await refreshOne(tx, segment, reached, now, context)) {
      changed.add(`segment:${segment.id}`, contact_id)
      const because = reasons.filter(reason => reason.contacts.has(contact_id)).map(reason => reason.key)
      ;(entered ? moves.entered : moves.left).push({ contact_id, segment_id: segment.id, because })
    }
  }
  return moves
}

/** An event that was read before the clock went on is judged by the later of the two, or it would turn the clock back. */
const evaluatedAt = (segment: Pick<EvaluatedSegment, 'clock_at'>, now: Date): Date => segment.clock_at > now ? segment.clock_at : now

async function refreshSegment(tx: Db, segment: EvaluatedSegment, contactIds: number[], now: Date, context: Omit<ConditionContext, 'now'>): Promise<{ contact_id: number, entered: boolean }[]> {
  const predicate = predicateOf(segment, now, context, amongIds(contactIds))
  return rows(tx, sql`
    with matching as materialized (
      select c.id
      from contacts c
      left join contact_rollups r on r.contact_id = c.id
      where c.id = any(${contactIds}::bigint[])
        and ${predicate}
    ), entered as (
      insert into segment_memberships (contact_id, segment_id, entered_at)
      select id, ${segment.id}::bigint, ${now}::timestamptz
      from matching
      on conflict do nothing
      returning contact_id
    ), gone as (
      delete from segment_memberships
      where segment_id = ${segment.id}::bigint
        and contact_id = any(${contactIds}::bigint[])
        and contact_id not in (select id from matching)
      returning contact_id
    )
    select contact_id, true as entered
    from entered
    union all
    select contact_id, false
    from gone
  `)
}

class BrokenCondition extends Error {}

/** What the segment asks of `contacts c` and `contact_rollups r`, about the contacts that `among` names. */
export function predicateOf(segment: EvaluatedSegment, now: Date, context: Omit<ConditionContext, 'now'>, among: NonNullable<CompileOptions['among']>): RawBuilder<boolean> {
  try {
    return compileCondition(segment.condition, { ...context, now: evaluatedAt(segment, now), among }).predicate
  } catch (error) {
    throw new BrokenCondition((error as Error).message, { cause: error })
  }
}

/** A condition that cannot be evaluated must not stop everybody's events: the segment is set aside with the reason. */
async function refreshSegmentOrFail(...[tx, segment, contactIds, now, context]: Parameters<RefreshOne>): Promise<{ contact_id: number, entered: boolean }[]> {
  await sql`savepoint segment`.execute(tx)
  try {
    const moved = await refreshSegment(tx, segment, contactIds, now, context)
    await sql`release savepoint segment`.execute(tx)
    return moved
  } catch (error) {
    if (!isBrokenCondition(error)) throw error
    await sql`rollback to savepoint segment`.execute(tx)
    await sql`
      update segments
      set state = 'failed', error = ${String((error as Error).message)}::text
      where id = ${segment.id}::bigint
    `.execute(tx)
    return []
  }
}

/** Data exceptions, undefined things and exceeded limits come from the condition; anything else is not its fault. */
export function isBrokenCondition(error: unknown): boolean {
  if (error instanceof BrokenCondition) return true
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(22|42|54)/.test(code)
}
