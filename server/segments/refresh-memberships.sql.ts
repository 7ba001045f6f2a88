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
import { EventFacts } from '../conditions/event-facts.sql.ts'
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
 * Segments are taken in the order in which they build on each other, each asked only about contacts of whom something
 * changed that it depends on; those asked about the same contacts in one statement. A second run finds nothing.
 * Locks: the membership lock, shared. The caller holds the contacts' rows.
 */
export async function refreshMemberships(tx: Db, changes: ContactChange[], now: Date): Promise<Moves> {
  const changed = new ChangedContacts(changes)
  if (changed.keys.length === 0) return { entered: [], left: [] }
  await shareMembershipLock(tx)
  const segments = await findCandidates(tx, changed.keys)
  if (segments.length === 0) return { entered: [], left: [] }
  const moves = await refreshInOrder(tx, segments, changed, now)
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
/** `depth`: on how long a chain of others it is built. */
type Candidate = EvaluatedSegment & { depth: number, is_rebuild: boolean }

/** Those that depend on a key, and those built on other segments, which may be reached through them. */
async function findCandidates(tx: Db, keys: string[]): Promise<Candidate[]> {
  const everyOne = keys.includes('created')
  const byClock = keys.filter(key => key.startsWith('clock:')).map(key => Number(key.slice('clock:'.length)))
  return rows<Candidate>(tx, sql`
    select id, depth, is_rebuild, condition, depends_on, state, computed_up_to, clock_at
    from segments
    where archived_at is null
      and kind = 'live'
      and state in ('live', 'computing')
      and (${everyOne}::boolean or depends_on && ${keys}::text[] or id = any(${byClock}::bigint[]) or depth > 0)
    order by depth, id
  `)
}

type Moved = { contact_id: number, segment_id: number, entered: boolean }
/** Segments that are asked about the same contacts. `keepsMembers`: whoever does not fit stays, as in a static segment. */
type SegmentSet = { segments: EvaluatedSegment[], contactIds: number[], keepsMembers?: boolean }

async function refreshInOrder(tx: Db, segments: Candidate[], changed: ChangedContacts, now: Date): Promise<Moves> {
  const moves: Moves = { entered: [], left: [] }
  for (const depth of new Set(segments.map(segment => segment.depth))) {
    const moved = await bringInLine(tx, setsOf(segments.filter(segment => segment.depth === depth), changed), now)
    const byId = new Map(segments.map(segment => [segment.id, segment]))
    for (const { contact_id, segment_id, entered } of moved) {
      const because = reasonsOf(byId.get(segment_id)!, changed).filter(reason => changed.of(reason).has(contact_id)).map(reason => reason.startsWith('clock:') ? 'clock' : reason)
      ;(entered ? moves.entered : moves.left).push({ contact_id, segment_id, because })
    }
    for (const { contact_id, segment_id } of moved) changed.add(`segment:${segment_id}`, contact_id)
  }
  return moves
}

/** The changes for which this segment has to be looked at. */
const reasonsOf = (segment: EvaluatedSegment, changed: ChangedContacts): string[] => [...segment.depends_on, `clock:${segment.id}`, 'created'].filter(key => changed.of(key).size > 0)

/** Segments that are to be asked about the same contacts, together. */
function setsOf(segments: Candidate[], changed: ChangedContacts): SegmentSet[] {
  const sets = new Map<string, { segments: Candidate[], contactIds: number[] }>()
  for (const segment of segments) {
    const reasons = reasonsOf(segment, changed)
    if (reasons.length === 0) continue
    const followsAll = segment.state === 'live' || segment.is_rebuild
    const same = `${reasons.join()} ${followsAll ? '' : segment.computed_up_to}`
    const known = sets.get(same)
    if (known) known.segments.push(segment)
    else {
      const about = [...new Set(reasons.flatMap(reason => [...changed.of(reason)]))]
      // Whom the computing has not come to yet it will look at anyway. A new card belongs to nothing yet, so its entry is one.
      const contactIds = followsAll ? about : about.filter(id => id <= segment.computed_up_to || changed.of('created').has(id))
      sets.set(same, { segments: [segment], contactIds })
    }
  }
  return [...sets.values()].filter(set => set.contactIds.length > 0)
}

/** An event that was read before the clock went on is judged by the later of the two, or it would turn the clock back. */
const evaluatedAt = (segment: Pick<EvaluatedSegment, 'clock_at'>, now: Date): Date => segment.clock_at > now ? segment.clock_at : now

/**
 * The memberships of these contacts in these segments as their conditions have it; what changed comes out. A condition that cannot be
 * evaluated must not stop everybody's events: its segment is set aside with the reason. The caller holds the membership lock.
 */
export async function bringInLine(tx: Db, sets: SegmentSet[], now: Date): Promise<Moved[]> {
  if (sets.length === 0) return []
  const context = await loadConditionContext(tx)
  // One savepoint for all; only when a segment turns out to be broken is each tried on its own.
  await sql`savepoint memberships`.execute(tx)
  try {
    const moved = await refreshSets(tx, sets, now, context)
    await sql`release savepoint memberships`.execute(tx)
    return moved
  } catch (error) {
    if (!isBrokenCondition(error)) throw error
    await sql`rollback to savepoint memberships`.execute(tx)
    return await refreshEachOrFail(tx, sets, now, context)
  }
}

async function refreshSets(tx: Db, sets: SegmentSet[], now: Date, context: Omit<ConditionContext, 'now'>): Promise<Moved[]> {
  const facts = new EventFacts()
  const asked = sets.map(({ segments, contactIds }) => {
    facts.about = contactIds
    const options = { among: amongIds(contactIds), facts }
    return { ids: segments.map(segment => segment.id), predicates: segments.map(segment => predicateOf(segment, now, context, options)), contactIds: new Set(contactIds) }
  })
  return writeMemberships(tx, asked, await facts.read(tx), sets.some(set => set.keepsMembers), now)
}

type AskedSet = { ids: number[], predicates: RawBuilder<boolean>[], contactIds: ReadonlySet<number> }

/** All sets in one statement, so that every contact and all its memberships are read once. Whoever is not asked about by a set answers null. */
async function writeMemberships(tx: Db, sets: AskedSet[], bitsOf: (contactId: number) => string, keepsMembers: boolean, now: Date): Promise<Moved[]> {
  const contactIds = [...new Set(sets.flatMap(set => [...set.contactIds]))]
  const answers = sets.map(({ predicates }, place) => sql`(case when get_bit(facts.sets, ${place}::int) = 1 then array[${sql.join(predicates)}]::boolean[] else array_fill(null::boolean, array[${predicates.length}::int]) end)`)
  return rows<Moved>(tx, sql`
    with answered as materialized (
      select c.id, ${sql.join(answers, sql` || `)} as holds, array(select segment_id from segment_memberships where contact_id = c.id) as present
      from unnest(
        ${contactIds}::bigint[], ${contactIds.map(bitsOf)}::varbit[], ${contactIds.map(id => sets.map(set => set.contactIds.has(id) ? '1' : '0').join(''))}::varbit[]
      ) as facts (id, bits, sets)
      join contacts c on c.id = facts.id
      left join contact_rollups r on r.contact_id = c.id
    ), turned as materialized (
      select answered.id as contact_id, each.segment_id, each.holds
      from answered
      cross join lateral unnest(${sets.flatMap(set => set.ids)}::bigint[], answered.holds) as each (segment_id, holds)
      where each.holds <> (each.segment_id = any(answered.present))
    ), entered as (
      insert into segment_memberships (contact_id, segment_id, entered_at)
      select contact_id, segment_id, ${now}::timestamptz
      from turned
      where holds
      on conflict do nothing
      returning contact_id, segment_id
    ), gone as (
      delete from segment_memberships
      using turned
      where segment_memberships.contact_id = turned.contact_id
        and segment_memberships.segment_id = turned.segment_id
        and not turned.holds
        and not ${keepsMembers}::boolean
      returning segment_memberships.contact_id, segment_memberships.segment_id
    )
    select contact_id, segment_id, true as entered
    from entered
    union all
    select contact_id, segment_id, false
    from gone
  `)
}

class BrokenCondition extends Error {}

/** What the segment asks of `contacts c` and `contact_rollups r`, about the contacts that `among` names. Throws BrokenCondition. */
function predicateOf(segment: EvaluatedSegment, now: Date, context: Omit<ConditionContext, 'now'>, how: Pick<CompileOptions, 'among' | 'facts'>): RawBuilder<boolean> {
  try {
    return compileCondition(segment.condition, { ...context, now: evaluatedAt(segment, now), ...how }).predicate
  } catch (error) {
    throw new BrokenCondition((error as Error).message, { cause: error })
  }
}

async function refreshEachOrFail(...[tx, sets, now, context]: Parameters<typeof refreshSets>): Promise<Moved[]> {
  const moved: Moved[] = []
  for (const set of sets.flatMap(({ segments, ...same }) => segments.map(segment => ({ segments: [segment], ...same })))) {
    await sql`savepoint segment`.execute(tx)
    try {
      moved.push(...await refreshSets(tx, [set], now, context))
      await sql`release savepoint segment`.execute(tx)
    } catch (error) {
      if (!isBrokenCondition(error)) throw error
      await sql`rollback to savepoint segment`.execute(tx)
      await sql`
        update segments
        set state = 'failed', error = ${String((error as Error).message)}::text
        where id = ${set.segments[0]!.id}::bigint
      `.execute(tx)
    }
  }
  return moved
}

/** Data exceptions, undefined things and exceeded limits come from the condition; anything else is not its fault. */
function isBrokenCondition(error: unknown): boolean {
  if (error instanceof BrokenCondition) return true
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(22|42|54)/.test(code)
}
