import type { DuplicateCard, DuplicateLevel, DuplicatePair, DuplicateReason } from '../../shared/duplicates.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import { notify } from '../base/live.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import type { PairOfCards } from './find-candidates.sql.ts'
import { regroup } from './group-pairs.ts'

/** One finder at a time, until the end of the transaction. False: another is at it. */
export async function holdFinder(tx: Db): Promise<boolean> {
  return (await one<{ held: boolean }>(tx, sql`select pg_try_advisory_xact_lock(7305030) as held`)).held
}

/** These cards are compared anew soon. Those that wait already stay where they are. */
export async function queueForDuplicates(tx: Db, ids: number[]): Promise<void> {
  if (ids.length === 0) return
  await sql`
    insert into duplicate_queue (contact_id)
    select id
    from unnest(${ids.toSorted((one, other) => one - other)}::bigint[]) as id
    on conflict do nothing`.execute(tx)
  await notify(tx, 'duplicates')
}

/** The next changed cards, out of the queue. What is changed at this moment waits for the next look. */
export async function takeQueued(tx: Db, limit: number): Promise<number[]> {
  return (await rows<{ contact_id: number }>(tx, sql`
    delete from duplicate_queue
    where contact_id in (
      select contact_id
      from duplicate_queue
      order by contact_id
      limit ${limit}
      for update skip locked
    )
    returning contact_id`)).map(row => row.contact_id)
}

export async function nextContacts(tx: Db, after: number, limit: number): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`select id from contacts where id > ${after}::bigint order by id limit ${limit}`)).map(row => row.id)
}

export type FoundPair = PairOfCards & { score: number, level: DuplicateLevel, reasons: DuplicateReason[], held_because: string | null }

/** Writes what was found of these cards in place of what was; a pair found again keeps the time it was found first. */
export async function replacePairs(tx: Db, ids: number[], pairs: FoundPair[], now: Date, earlierOnly: boolean): Promise<void> {
  const found = JSON.stringify(pairs)
  const gone = await rows<PairOfCards>(tx, sql`
    delete from duplicate_pairs pair
    where (pair.other_id = any(${ids}::bigint[]) ${earlierOnly ? sql`` : sql`or pair.contact_id = any(${ids}::bigint[])`})
      and not exists (select from jsonb_to_recordset(${found}::jsonb) as kept (contact_id bigint, other_id bigint) where (kept.contact_id, kept.other_id) = (pair.contact_id, pair.other_id))
    returning contact_id, other_id`)
  if (pairs.length > 0) await sql`
    insert into duplicate_pairs as pair (contact_id, other_id, score, level, reasons, held_because, found_at)
    select contact_id, other_id, score, level, reasons, held_because, ${now}::timestamptz
    from jsonb_to_recordset(${found}::jsonb) as found (contact_id bigint, other_id bigint, score real, level text, reasons jsonb, held_because text)
    on conflict (contact_id, other_id) do update
    set score = excluded.score, level = excluded.level, reasons = excluded.reasons, held_because = excluded.held_because,
      found_at = case when pair.level = excluded.level then pair.found_at else excluded.found_at end,
      group_id = case when excluded.level <> 'possible' then pair.group_id end`.execute(tx)
  await regroup(tx, [...ids, ...gone.flatMap(endsOf)])
}
const endsOf = (pair: PairOfCards): number[] => [pair.contact_id, pair.other_id]

/** Whatever names this card, before it goes. */
export async function forgetPairsOf(tx: Db, id: number): Promise<void> {
  const gone = await rows<PairOfCards>(tx, sql`delete from duplicate_pairs where other_id = ${id}::bigint or contact_id = ${id}::bigint returning contact_id, other_id`)
  await regroup(tx, gone.flatMap(endsOf))
}

const card = (alias: string) => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql<DuplicateCard>`jsonb_build_object(
    'id', ${column('id')}, 'name', ${contactName(alias)}, 'email', ${column('email')}, 'phone', ${column('phone')}, 'city', ${column('city')},
    'company', (select name from companies where id = ${column('company_id')}), 'birthday', card_birthday(${column('fields')}),
    'address', concat_ws(', ', card_address(${column('fields')}), card_postcode(${column('fields')})), 'source', ${column('source')}, 'created_at', ${column('created_at')},
    'orders', coalesce((select orders_count from contact_rollups where contact_id = ${column('id')}), 0))`
}
export const cardOf = card

export type PairRow = { group_id: number | null, contact_id: number, other_id: number, level: DuplicateLevel, score: number, reasons: DuplicateReason[], held_because: DuplicatePair['held_because'], card: DuplicateCard, other: DuplicateCard }
export const shownPairs = sql`
  select pair.group_id, pair.contact_id, pair.other_id, pair.level, pair.score, pair.reasons, pair.held_because, ${card('contacts')} as card, ${card('other')} as other
  from duplicate_pairs pair
  join contacts on contacts.id = pair.contact_id
  join contacts other on other.id = pair.other_id`

/** Where a page ended: score and the two cards. */
export type PairKey = [string, number, number]

/** The surest first. `after`: the last of the page before. */
export async function listPairs(db: Db, level: DuplicateLevel, after: PairKey | undefined, limit: number): Promise<DuplicatePair[]> {
  return (await rows<PairRow>(db, sql`
    ${shownPairs}
    where pair.level = ${level}
      and ${after === undefined ? sql`true` : sql`(-pair.score, pair.contact_id, pair.other_id) > (-(${after[0]}::real), ${after[1]}::bigint, ${after[2]}::bigint)`}
    order by pair.score desc, pair.contact_id, pair.other_id
    limit ${limit}`)).map(presentPair)
}

export async function pairsOfContact(db: Db, id: number): Promise<DuplicatePair[]> {
  return (await rows<PairRow>(db, sql`
    ${shownPairs}
    where ${id}::bigint in (pair.contact_id, pair.other_id)
    order by pair.score desc, pair.contact_id, pair.other_id
    limit 20`)).map(presentPair)
}

export async function cardsOf(db: Db, ids: number[]): Promise<Map<number, DuplicateCard>> {
  return new Map((await rows<{ card: DuplicateCard }>(db, sql`select ${card('contacts')} as card from contacts where id = any(${ids}::bigint[])`)).map(row => [row.card.id, presentCard(row.card)]))
}

export const presentPair = (row: PairRow): DuplicatePair => ({
  level: row.level, score: row.score, reasons: row.reasons, held_because: row.held_because,
  stays: staysOf(row.card, row.other), cards: [presentCard(row.card), presentCard(row.other)],
})
export const presentCard = (row: DuplicateCard): DuplicateCard => ({ ...row, address: row.address === '' ? null : row.address, created_at: new Date(row.created_at).toISOString() })
/** That with more orders, else the older one. */
export const staysOf = (...cards: DuplicateCard[]): number => cards.toSorted((one, other) => other.orders - one.orders || one.id - other.id)[0]!.id

export type Counts = { certain: number, likely: number, possible: number, mergeable: number, different: number, waiting: number }
export async function countPairs(db: Db): Promise<Counts> {
  return one<Counts>(db, sql`
    select count(*) filter (where level = 'certain') as certain, count(*) filter (where level = 'likely') as likely, count(*) filter (where level = 'possible') as possible,
      count(*) filter (where level = 'certain' and held_because is null) as mergeable,
      (select count(*) from different_people where contact_id < other_id) as different, (select count(*) from duplicate_queue) as waiting
    from duplicate_pairs`)
}

/** How many of the contacts have a number up to this one. */
export async function partUpTo(db: Db, id: number): Promise<number> {
  return (await one<{ part: number }>(db, sql`select least(1, ${id}::bigint / greatest(1, (select max(id) from contacts))::float) as part`)).part
}
