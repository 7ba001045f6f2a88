import type { DuplicateCard } from '../../shared/duplicates.ts'
import { changedRows, rows, sql, type Db } from '../base/db.ts'
import { cardOf } from './pairs.sql.ts'
import type { PairOfCards } from './find-candidates.sql.ts'
import { regroup } from './group-pairs.ts'

/** These two are different people, said somebody: a row each way; the pair is offered no more. A second time changes nothing. */
export async function sayDifferent(tx: Db, one: number, other: number, by: number | null, now: Date): Promise<void> {
  await sql`
    insert into different_people (contact_id, other_id, said_by, said_at)
    values (${one}::bigint, ${other}::bigint, ${by}::bigint, ${now}::timestamptz), (${other}::bigint, ${one}::bigint, ${by}::bigint, ${now}::timestamptz)
    on conflict do nothing`.execute(tx)
  await sql`delete from duplicate_pairs where contact_id = ${Math.min(one, other)}::bigint and other_id = ${Math.max(one, other)}::bigint`.execute(tx)
  await regroup(tx, [one, other])
}

/** Taken back, in both directions. How many rows went. */
export async function unsayDifferent(tx: Db, ids: number[]): Promise<number> {
  return changedRows(tx, sql`delete from different_people where contact_id = any(${ids}::bigint[]) and other_id = any(${ids}::bigint[])`)
}

/** Of these pairs, those of different people. A merge takes only one of the two rows along, so either counts. */
export async function differentAmong(db: Db, pairs: PairOfCards[]): Promise<Set<string>> {
  return new Set((await rows<PairOfCards>(db, sql`
    select pair.contact_id, pair.other_id
    from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.other_id)}::bigint[]) as pair (contact_id, other_id)
    where exists (
      select
      from different_people said
      where (said.contact_id, said.other_id) in ((pair.contact_id, pair.other_id), (pair.other_id, pair.contact_id))
    )`)).map(pair => `${pair.contact_id}-${pair.other_id}`))
}

export type DifferenceRow = { contact_id: number, other_id: number, card: DuplicateCard, other: DuplicateCard, said_by: string | null, said_at: Date, key: string }

/** The newest first, each pair once. */
export async function listDifferences(db: Db, after: [string, number, number] | undefined, limit: number): Promise<DifferenceRow[]> {
  return rows<DifferenceRow>(db, sql`
    select said.contact_id, said.other_id, ${cardOf('contacts')} as card, ${cardOf('other')} as other, users.name as said_by, said.said_at, said.said_at::text as key
    from different_people said
    join contacts on contacts.id = said.contact_id
    join contacts other on other.id = said.other_id
    left join users on users.id = said.said_by
    where (said.contact_id < said.other_id or not exists (select from different_people back where back.contact_id = said.other_id and back.other_id = said.contact_id))
      and ${after === undefined ? sql`true` : sql`(said.said_at, -said.contact_id, -said.other_id) < (${after[0]}::timestamptz, ${-after[1]}::bigint, ${-after[2]}::bigint)`}
    order by said.said_at desc, said.contact_id, said.other_id
    limit ${limit}`)
}
