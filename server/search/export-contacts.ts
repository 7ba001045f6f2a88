import type { App } from '../base/app.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import type { StoredField } from '../contacts/custom-fields.sql.ts'
import type { ContactListRow, FieldValue } from '../../shared/contacts.ts'
import { csvLine } from './csv.ts'
import { listContacts } from './list-contacts.sql.ts'
import type { ContactFilter, Sort } from './list-contacts.sql.ts'
import { readExportColumns } from './export-columns.sql.ts'
import type { ExportColumns } from './export-columns.sql.ts'

const manyAtOnce = 1000

/** The contacts that fit as CSV (RFC 4180, UTF-8 with a byte order mark, which spreadsheets need), piece by piece: never all in memory. */
export async function* exportContacts(app: App, filter: ContactFilter, sort: Sort): AsyncGenerator<string> {
  const fields = (await listCustomFields(app.db)).filter(field => field.archived_at === null)
  const now = app.now()
  yield `\uFEFF${csvLine([...columns.map(([name]) => name), ...fields.map(field => field.key)])}`
  let after
  do {
    const page: Awaited<ReturnType<typeof listContacts>> = await listContacts(app.db, filter, sort, manyAtOnce, after, now)
    const more = await readExportColumns(app.db, page.rows.map(row => row.id))
    yield page.rows.map(row => csvLine([...columns.map(([, value]) => value(row, more.get(row.id))), ...fields.map(field => fieldCell(field, row.fields[field.key]))])).join('')
    after = page.next
  } while (after !== null && after !== undefined)
}

export const columns: [string, (row: ContactListRow, more: ExportColumns | undefined) => string | number | null | undefined][] = [
  ['id', row => row.id],
  ['email', row => row.email],
  ['phone', row => row.phone],
  ['external_id', (_, more) => more?.external_id],
  ['first_name', (_, more) => more?.first_name],
  ['last_name', (_, more) => more?.last_name],
  ['company', row => row.company],
  ['city', row => row.city],
  ['locale', row => row.locale],
  ['time_zone', (_, more) => more?.time_zone],
  ['source', row => row.source],
  ['owner', row => row.owner?.name],
  ['tags', row => row.tags.map(tag => tag.name).join(', ')],
  ['subscribed_to', (_, more) => more?.subscribed_to],
  ['orders_count', row => row.orders_count],
  ['revenue', row => row.revenue],
  ['currency', row => row.currency],
  ['engagement_score', row => row.engagement_score],
  ['rfm_class', row => row.rfm_class],
  ['predicted_value', row => row.predicted_value],
  ['last_event_at', row => row.last_event_at],
  ['created_at', row => row.created_at],
]

export function fieldCell(field: StoredField, value: FieldValue | undefined): string | number | null {
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'boolean' ? String(value) : value
}
