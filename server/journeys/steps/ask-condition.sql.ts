import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

/** Enrolments in, for each the predicate's answer and the leaves' truths (`101`) out; the query's names are c, r and n. Locks nothing. */
export async function askEnrolments(db: Db, enrolments: { contact_id: number, id: number }[], predicate: RawBuilder<boolean>, leaves: RawBuilder<boolean>[]): Promise<{ id: number, answer: boolean, leaves: string }[]> {
  const truths = leaves.map(leaf => sql`case when ${leaf} then '1' else '0' end`)
  return await rows<{ id: number, answer: boolean, leaves: string }>(db, sql`
    select n.id,
      ${predicate} as answer,
      ${truths.length === 0 ? sql`''` : sql`concat(${sql.join(truths)})`} as leaves
    from unnest(${enrolments.map(one => one.contact_id)}::bigint[], ${enrolments.map(one => one.id)}::bigint[]) as asked (contact_id, id)
    join enrolments n on n.contact_id = asked.contact_id and n.id = asked.id
    join contacts c on c.id = n.contact_id
    left join contact_rollups r on r.contact_id = c.id
  `)
}
