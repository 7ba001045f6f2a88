import { sql } from 'kysely'
import type { ConditionExplanation } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { maybeOne } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export async function findPerson(db: Db, contactId: number): Promise<ConditionExplanation['contact'] | undefined> {
  return maybeOne(db, sql`
    select c.id, ${contactName('c')} as name, c.email
    from contacts c
    where c.id = ${contactId}::bigint
  `)
}
