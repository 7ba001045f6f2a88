import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Contacts that have events of the import, in the order of ids. */
export async function contactsOfImport(db: Db, importId: number, after: number, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select distinct contact_id
    from events
    where import_id = ${importId}
      and contact_id > ${after}
    order by contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}

/** Takes away what the import brought in about these contacts; how many events. Orders and rollups are then to be rebuilt (flows/rebuild-rollups). The caller holds the contacts. */
export async function deleteImportedEvents(tx: Db, importId: number, contactIds: number[]): Promise<number> {
  return (await rows(tx, sql`
    delete from events
    where import_id = ${importId}
      and contact_id = any(${contactIds}::bigint[])
    returning 1
  `)).length
}

/** Takes away what still waits in the queue; how many. */
export async function deleteWaitingImport(tx: Db, importId: number): Promise<number> {
  return (await rows(tx, sql`
    delete from incoming_events
    where source = ${`import:${importId}`}
    returning 1
  `)).length
}
