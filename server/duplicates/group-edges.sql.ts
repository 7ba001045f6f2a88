import type { DuplicateLevel } from '../../shared/duplicates.ts'
import { rows, sql, type Db } from '../base/db.ts'
import type { PairOfCards } from './find-candidates.sql.ts'

export type Edge = PairOfCards & { level: DuplicateLevel, score: number }

/** All pairs, likely or better, that hang together with these cards, over however many steps. */
export async function connectedPairs(tx: Db, ids: number[]): Promise<Edge[]> {
  return rows<Edge>(tx, sql`
    with recursive reached (id) as (
      select unnest(${ids}::bigint[])
      union
      select next.id
      from reached
      cross join lateral (
        select other_id as id
        from duplicate_pairs
        where contact_id = reached.id
          and level <> 'possible'
        union all
        select contact_id
        from duplicate_pairs
        where other_id = reached.id
          and level <> 'possible'
      ) as next
    )
    select pair.contact_id, pair.other_id, pair.level, pair.score
    from reached
    join duplicate_pairs pair on pair.contact_id = reached.id
    where pair.level <> 'possible'`)
}

export async function differencesAmong(db: Db, ids: number[]): Promise<PairOfCards[]> {
  return rows<PairOfCards>(db, sql`select contact_id, other_id from different_people where contact_id = any(${ids}::bigint[]) and other_id = any(${ids}::bigint[])`)
}

export async function writeGroups(tx: Db, grouped: (PairOfCards & { group_id: number | null })[]): Promise<void> {
  await sql`
    update duplicate_pairs pair
    set group_id = grouped.group_id
    from jsonb_to_recordset(${JSON.stringify(grouped)}::jsonb) as grouped (contact_id bigint, other_id bigint, group_id bigint)
    where (pair.contact_id, pair.other_id) = (grouped.contact_id, grouped.other_id)
      and pair.group_id is distinct from grouped.group_id`.execute(tx)
}
