import { sql } from 'kysely'
import type { ConditionLeaf } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { compileLeaf } from './compile-condition.ts'
import type { ConditionContext } from './compile-condition.ts'

export type LeafTruth = { holds: boolean, actual: unknown }

/** One contact and leaves in; truth and actual value of each leaf out, in the same order; nothing when there is no such contact. */
export async function evaluateLeaves(db: Db, contactId: number, leaves: ConditionLeaf[], context: ConditionContext, enrolmentId?: number): Promise<LeafTruth[] | undefined> {
  const compiled = leaves.map(leaf => compileLeaf(leaf, { ...context, ...(enrolmentId === undefined ? {} : { enrolmentAlias: 'en' }) }))
  const truths = compiled.map(leaf => sql`jsonb_build_object('holds', ${leaf.predicate}, 'actual', ${leaf.actual})`)
  const found = await rows<{ truths: LeafTruth[] }>(db, sql`
    select array_to_json(array[${sql.join(truths)}]::jsonb[]) as truths
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    ${enrolmentId === undefined ? sql`` : sql`left join enrolments en on en.contact_id = c.id and en.id = ${enrolmentId}::bigint`}
    where c.id = ${contactId}::bigint
  `)
  return found[0]?.truths
}
