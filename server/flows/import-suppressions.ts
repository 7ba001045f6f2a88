import type { Db } from '../base/db.ts'
import { suppress, suppressionsOf } from '../consent/suppressions.sql.ts'
import { insertRejections, type Rejection } from '../imports/imports.sql.ts'
import type { SuppressionRow } from '../imports/read-permissions.ts'
import type { Done, Importing } from './import-contacts.ts'

/**
 * Addresses nobody mails any more, whether somebody here has them or not. Those suppressed already keep their reason;
 * only a complaint is noted over another one, and undoing the import leaves it.
 */
export async function importSuppressions(tx: Db, importing: Importing, given: SuppressionRow[], now: Date): Promise<Done> {
  const rejections = given.flatMap((each): Rejection[] => each.errors[0] === undefined ? [] : [{ line: each.row.line, field: each.errors[0].field, reason: each.errors[0].message, kept: false, row: each.row.cells }])
  const wanted = given.filter(each => each.errors.length === 0 && each.email !== null)
  const known = await suppressionsOf(tx, wanted.map(each => each.email!))
  const detail = `import:${importing.id}`
  const graver = wanted.filter(each => each.reason === 'complaint' && known.has(each.email!) && known.get(each.email!)!.reason !== 'complaint')
  const added = await suppress(tx, wanted.filter(each => !known.has(each.email!)).map(each => ({ email: each.email!, reason: each.reason, detail })), now)
  await suppress(tx, graver.map(each => ({ email: each.email!, reason: 'complaint' as const, detail: `${detail}, suppressed before` })), now)
  await insertRejections(tx, importing.id, rejections)
  const unchanged = wanted.length - added.length - graver.length
  return { contacts_created: 0, contacts_updated: 0, events_created: added.length + graver.length, records_updated: 0, rows_rejected: rejections.length, rows_unchanged: unchanged, records_known: unchanged }
}
