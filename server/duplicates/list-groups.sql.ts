import type { DuplicateLevel, DuplicatePair } from '../../shared/duplicates.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import { presentPair, shownPairs, type PairKey, type PairRow } from './pairs.sql.ts'

/** A group is listed at its best pair: no other of it that is seen here is surer. */
const best = (alias: string) => {
  const place = (of: string) => sql`(${sql.ref(`${of}.level`)} = 'certain', ${sql.ref(`${of}.score`)}, -${sql.ref(`${of}.contact_id`)}, -${sql.ref(`${of}.other_id`)})`
  return sql`not exists (select from duplicate_pairs better where better.group_id = ${sql.ref(`${alias}.group_id`)} and ${place('better')} > ${place(alias)})`
}

/** The best pair of each group of that level, the surest first, and all pairs of those groups. `after`: the last of the page before. */
export async function listGroups(db: Db, level: DuplicateLevel, after: PairKey | undefined, limit: number): Promise<{ best: DuplicatePair, pairs: DuplicatePair[] }[]> {
  const leading = await rows<PairRow>(db, sql`
    ${shownPairs}
    where pair.level = ${level}
      and ${best('pair')}
      and ${after === undefined ? sql`true` : sql`(-pair.score, pair.contact_id, pair.other_id) > (-(${after[0]}::real), ${after[1]}::bigint, ${after[2]}::bigint)`}
    order by pair.score desc, pair.contact_id, pair.other_id
    limit ${limit}`)
  const ids = leading.flatMap(row => row.group_id ?? [])
  const members = ids.length === 0 ? [] : await rows<PairRow>(db, sql`
    ${shownPairs}
    where pair.group_id = any(${ids}::bigint[])
    order by pair.level, pair.score desc, pair.contact_id, pair.other_id`)
  return leading.map(row => ({ best: presentPair(row), pairs: (row.group_id === null ? [row] : members.filter(member => member.group_id === row.group_id)).map(presentPair) }))
}

/** How many groups there are by their best pair: one pass over the pairs. */
export async function countGroups(db: Db): Promise<Record<DuplicateLevel, number>> {
  return one(db, sql`
    with groups as (
      select bool_or(level = 'certain') as certain
      from duplicate_pairs
      where level <> 'possible'
      group by coalesce(group_id, -contact_id), case when group_id is null then other_id end
    )
    select count(*) filter (where certain) as certain, count(*) filter (where not certain) as likely,
      (select count(*) from duplicate_pairs where level = 'possible') as possible
    from groups`)
}
