import { sql } from 'kysely'
import type { FieldChange, FieldValue } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

type Found = { id: number, key: string, at: Date, by: string, by_name: string | null, field: string, from: FieldValue, to: FieldValue }
export type ChangesPage = { changes: FieldChange[], next: [string, number] | null }

/** Who changed what on a card, the latest first: read from its events. `field`: of one field only, such as `city` or `fields.size`. */
export async function readContactChanges(db: Db, contactId: number, page: { field: string | undefined, limit: number, after: [string, number] | undefined }): Promise<ChangesPage> {
  return pageOf(await rows<Found>(db, sql`
    with latest as materialized (
      select e.id, e.occurred_at as at, e.source as by, e.properties -> 'changes' as changes
      from events e
      where e.contact_id = ${contactId}
        and e.type = 'contact.updated'
        and ${page.field === undefined ? sql`jsonb_typeof(e.properties -> 'changes') = 'object'` : sql`e.properties -> 'changes' ? ${page.field}::text`}
        and ${page.after === undefined ? sql`true` : sql`(e.occurred_at, e.id) < (${page.after[0]}::timestamptz, ${page.after[1]}::bigint)`}
      order by e.occurred_at desc, e.id desc
      limit ${page.limit + 1}
    )
    select ${changed}
    from latest
    ${named}
    order by latest.at desc, latest.id desc, change.field
  `), page)
}

/** Columns and joins that make a row for each changed field of `latest` (id, at, by, changes). */
const changed = sql`latest.id, latest.at::text as key, latest.at, latest.by, users.name as by_name, change.field, change.pair -> 0 as from, change.pair -> 1 as to`
const named = sql`
  cross join lateral jsonb_each(latest.changes) as change (field, pair)
  left join users on latest.by = 'user:' || users.id`

/** A page holds whole changes: all fields that were written at once. */
function pageOf(found: Found[], { field, limit }: { field: string | undefined, limit: number }): ChangesPage {
  const ids = [...new Set(found.map(row => row.id))]
  const kept = new Set(ids.slice(0, limit))
  const shown = found.filter(row => kept.has(row.id) && (field === undefined || row.field === field))
  const last = found.findLast(row => kept.has(row.id))
  return {
    changes: shown.map(({ key: _, at, ...change }) => ({ ...change, at: at.toISOString() })),
    next: ids.length > limit && last ? [last.key, last.id] : null,
  }
}

/** The same of a company, which notes its own. */
export async function readCompanyChanges(db: Db, companyId: number, page: { field: string | undefined, limit: number, after: [string, number] | undefined }): Promise<ChangesPage> {
  return pageOf(await rows<Found>(db, sql`
    with latest as materialized (
      select id, changed_at as at, changed_by as by, changes
      from company_changes
      where company_id = ${companyId}
        and ${page.field === undefined ? sql`true` : sql`changes ? ${page.field}::text`}
        and ${page.after === undefined ? sql`true` : sql`(changed_at, id) < (${page.after[0]}::timestamptz, ${page.after[1]}::bigint)`}
      order by changed_at desc, id desc
      limit ${page.limit + 1}
    )
    select ${changed}
    from latest
    ${named}
    order by latest.at desc, latest.id desc, change.field
  `), page)
}
