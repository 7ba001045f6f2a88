import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { readEngagement } from '../events/engagement.ts'
import type { ConditionContext, CustomField } from './compile-condition.ts'

/** What conditions need to know of the company and its custom fields (archived ones included: old conditions may name them). */
export async function loadConditionContext(db: Db): Promise<Omit<ConditionContext, 'now'>> {
  const { currency, time_zone } = await readCompany(db)
  const customFields = await rows<CustomField>(db, sql`
    select key, kind, label
    from custom_fields
    order by position, id
  `)
  return { currency, timeZone: time_zone, customFields, engagementHalfLifeDays: (await readEngagement(db)).half_life_days }
}
