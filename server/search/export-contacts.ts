import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { memberIdsAfter } from '../segments/members.sql.ts'
import type { ExportRow } from './export-columns.ts'
import { readExportColumns } from './export-columns.sql.ts'
import { listContacts, readContactRows } from './list-contacts.sql.ts'
import type { After, ContactFilter, Sort } from './list-contacts.sql.ts'

const manyAtOnce = 1000

/** The contacts that fit, page by page in the order of the list. */
export async function* contactPages(app: App, filter: ContactFilter, sort: Sort): AsyncGenerator<ExportRow[]> {
  let after: After | null | undefined
  do {
    const page = await contactPage(app, app.db, filter, sort, after ?? undefined)
    yield page.rows
    after = page.next
  } while (after !== null)
}

/** One of these pages, and where the next one begins; null: that was the last. */
export async function contactPage(app: App, db: Db, filter: ContactFilter, sort: Sort, after: After | undefined): Promise<{ rows: ExportRow[], next: After | null }> {
  const page = await listContacts(db, filter, sort, manyAtOnce, after, app.now())
  const more = await readExportColumns(db, page.rows.map(row => row.id))
  return { rows: page.rows.map(row => ({ row, more: more.get(row.id), enteredAt: null })), next: page.next }
}

/** The members of a segment, page by page in the order of cards. */
export async function* memberPages(app: App, segmentId: number): AsyncGenerator<ExportRow[]> {
  let after = 0
  for (;;) {
    const members = await memberIdsAfter(app.db, segmentId, after, manyAtOnce)
    const last = members.at(-1)
    if (last === undefined) return
    const ids = members.map(member => member.contact_id)
    const entered = new Map(members.map(member => [member.contact_id, member.entered_at.toISOString()]))
    const more = await readExportColumns(app.db, ids)
    const found = await readContactRows(app.db, ids, app.now())
    yield found.map(row => ({ row, more: more.get(row.id), enteredAt: entered.get(row.id) ?? null }))
    after = last.contact_id
  }
}
