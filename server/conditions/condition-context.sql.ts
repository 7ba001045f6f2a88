import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { defaultCompany } from '../company/company.sql.ts'
import type { ConditionContext, CustomField } from './compile-condition.ts'

/** What conditions need to know of the company and its custom fields (archived ones included: old conditions may name them). */
export async function loadConditionContext(db: Db): Promise<Omit<ConditionContext, 'now'>> {
  const [found] = await rows<{ currency: string | null, time_zone: string | null, fields: CustomField[] }>(db, sql`
    select
      (select value ->> 'currency' from settings where key = 'company') as currency,
      (select value ->> 'time_zone' from settings where key = 'company') as time_zone,
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'kind', kind, 'label', label) order by position, id), '[]') from custom_fields) as fields
  `)
  return { currency: found?.currency ?? defaultCompany.currency, timeZone: found?.time_zone ?? defaultCompany.time_zone, customFields: found?.fields ?? [] }
}
