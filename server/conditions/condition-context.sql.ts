import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { readEngagement } from '../events/engagement.ts'
import type { ConditionContext, CustomField } from './compile-condition.ts'
import { isTimeZone } from './moments.ts'

/**
 * What conditions need to know of the company, its custom fields (archived ones included: old conditions may name them)
 * and the time zones of its contacts, found by one probe of the index a zone.
 */
export async function loadConditionContext(db: Db): Promise<Omit<ConditionContext, 'now'>> {
  const { currency, time_zone } = await readCompany(db)
  const [lists] = await rows<{ custom_fields: CustomField[], time_zones: string[], hidden: string[] }>(db, sql`
    with recursive zones as (
      (select time_zone from contacts where time_zone is not null order by time_zone limit 1)
      union all
      select (select time_zone from contacts where time_zone > zones.time_zone order by time_zone limit 1)
      from zones
      where zones.time_zone is not null
    )
    select
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'kind', reads_as, 'label', label, 'archived', archived_at is not null) order by position, id), '[]') from custom_fields where "of" = 'contact') as custom_fields,
      (select coalesce(array_agg(time_zone), '{}') from zones where pg_input_is_valid('2020-01-01 00:00:00 ' || time_zone, 'timestamptz')) as time_zones,
      string_to_array(coalesce(current_setting('otklik.hidden', true), ''), ',') as hidden
  `)
  if (lists === undefined) throw new Error('a select without a table always answers')
  return { currency, timeZone: time_zone, customFields: lists.custom_fields, hiddenFields: lists.hidden, timeZones: lists.time_zones.filter(isTimeZone), engagementHalfLifeDays: (await readEngagement(db)).half_life_days }
}
