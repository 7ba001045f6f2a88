import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { changedRows } from '../base/db.ts'

/** Purchases an import brought to these contacts are taken away; orders and rollups are made anew by the caller, who holds the contacts. */
export async function removeImportedOrders(tx: Db, importId: number, contactIds: number[]): Promise<number> {
  return changedRows(tx, sql`
    delete from events
    where contact_id = any(${contactIds}::bigint[])
      and import_id = ${importId}::bigint
      and type = 'order.placed'
  `)
}

/** What an import has appended and nobody has processed yet. */
export async function removeWaitingOfImport(tx: Db, importId: number): Promise<number> {
  return changedRows(tx, sql`
    delete from incoming_events
    where source = ${`import:${importId}`}
  `)
}
