import { sql } from 'kysely'
import { writtenByProgram } from '../../shared/data-map.ts'
import type { Db } from '../base/db.ts'
import { changedRows, rows } from '../base/db.ts'

/**
 * What an import brought to these contacts' timelines is taken away, purchases among it; what the program wrote there about
 * it (a card made, a tag put on) stays. Who lost events of which types comes out; orders and rollups are made anew by the
 * caller, who holds the contacts.
 */
export async function removeImportedEvents(tx: Db, importId: number, contactIds: number[]): Promise<Map<number, string[]>> {
  const found = await rows<{ contact_id: number, types: string[] }>(tx, sql`
    with gone as (
      delete from events
      where contact_id = any(${contactIds}::bigint[])
        and import_id = ${importId}::bigint
        and type !~ ${writtenByProgram.source}
      returning contact_id, type
    )
    select contact_id, array_agg(distinct type) as types
    from gone
    group by contact_id
  `)
  return new Map(found.map(({ contact_id, types }) => [contact_id, types]))
}

/** What an import told of deals that are gone again. */
export async function removeDealEvents(tx: Db, importId: number, dealIds: number[], contactIds: number[]): Promise<void> {
  await sql`
    delete from events
    where contact_id = any(${contactIds}::bigint[])
      and import_id = ${importId}::bigint
      and type like 'deal.%'
      and (properties ->> 'deal_id')::bigint = any(${dealIds}::bigint[])
  `.execute(tx)
}

/** What an import has appended and nobody has processed yet. */
export async function removeWaitingOfImport(tx: Db, importId: number): Promise<number> {
  return changedRows(tx, sql`
    delete from incoming_events
    where source = ${`import:${importId}`}
  `)
}
