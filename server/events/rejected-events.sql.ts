import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Those before the given number, the newest first. */
export async function findRejectedEvents(db: Db, before: number, limit: number): Promise<{ id: number, event: Record<string, unknown>, reason: string, rejected_at: Date }[]> {
  return rows(db, sql`
    select id, event, reason, rejected_at
    from rejected_events
    where id < ${before}
    order by id desc
    limit ${limit}
  `)
}

/** What still waits or was put aside about somebody who is being erased goes, too. */
export async function eraseWaitingEvents(tx: Db, contactId: number, identities: { kind: string, value: string }[]): Promise<void> {
  const same = sql`(
    waiting.contact_id = ${contactId}
    or exists (select from unnest(${identities.map(one => one.kind)}::text[], ${identities.map(one => one.value)}::text[]) as own (kind, value) where waiting.identities ->> own.kind = own.value)
  )`
  await sql`
    delete from incoming_events waiting
    where ${same}
  `.execute(tx)
  await sql`
    delete from rejected_events
    where id in (
      select rejected.id
      from rejected_events rejected
      cross join lateral jsonb_populate_record(null::incoming_events, rejected.event) as waiting
      where ${same}
    )
  `.execute(tx)
}
