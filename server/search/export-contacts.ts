import type { App } from '../base/app.ts'
import { memberIdsAfter } from '../segments/members.sql.ts'
import type { ExportRow } from './export-columns.ts'
import { readExportColumns } from './export-columns.sql.ts'
import { listContacts, readContactRows } from './list-contacts.sql.ts'
import type { ContactFilter, Sort } from './list-contacts.sql.ts'

const manyAtOnce = 1000

/** The contacts that fit, page by page in the order of the list. */
export async function* contactPages(app: App, filter: ContactFilter, sort: Sort): AsyncGenerator<ExportRow[]> {
  const now = app.now()
  let after
  do {
    const page: Awaited<ReturnType<typeof listContacts>> = await listContacts(app.db, filter, sort, manyAtOnce, after, now)
    const more = await readExportColumns(app.db, page.rows.map(row => row.id))
    yield page.rows.map(row => ({ row, more: more.get(row.id), enteredAt: null }))
    after = page.next
  } while (after !== null && after !== undefined)
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
