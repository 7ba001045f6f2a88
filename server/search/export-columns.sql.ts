import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type ExportColumns = { id: number, subscribed_to: string }

/** What an export shows beside the columns of the list, by contact. */
export async function readExportColumns(db: Db, ids: number[]): Promise<Map<number, ExportColumns>> {
  if (ids.length === 0) return new Map()
  const found = await rows<ExportColumns>(db, sql`
    select c.id,
      (select coalesce(string_agg(topics.key, ', ' order by topics.position, topics.id), '')
        from consent_states
        join topics on topics.id = consent_states.topic_id
        where consent_states.contact_id = c.id
          and consent_states.status = 'granted') as subscribed_to
    from contacts c
    where c.id = any(${ids}::bigint[])
  `)
  return new Map(found.map(row => [row.id, row]))
}
