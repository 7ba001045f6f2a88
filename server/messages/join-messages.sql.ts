import { rows, sql, type Db } from '../base/db.ts'

/** Holds the mails of these contacts. True: one of them is on its way to a server at this moment. */
export async function isMailLeaving(tx: Db, contactIds: number[]): Promise<boolean> {
  const found = await rows<{ state: string }>(tx, sql`
    select state
    from messages
    where contact_id = any(${contactIds}::bigint[])
      and state in ('queued', 'sending')
    order by contact_id, id
    for update`)
  return found.some(row => row.state === 'sending')
}

/** Two cards are to become one: what both are to get of one campaign and has not left yet leaves once. */
export async function skipDoubledMails(tx: Db, from: number, into: number): Promise<void> {
  await sql`
    update messages m
    set state = 'skipped', reason = 'merged'
    where m.contact_id = any(${[from, into]}::bigint[])
      and m.state = 'queued'
      and m.campaign_id is not null
      and exists (
        select from messages other
        where other.contact_id = any(${[from, into]}::bigint[])
          and other.contact_id <> m.contact_id
          and other.campaign_id = m.campaign_id
          and (other.state in ('sent', 'unknown', 'bounced') or other.state = 'queued' and m.contact_id = ${from}::bigint)
      )`.execute(tx)
}
