import { rows, sql, type Db } from '../base/db.ts'

/** Holds the calls of these contacts that are still to be made. True: one is being made at this moment. */
export async function isCallUnderWay(tx: Db, contactIds: number[]): Promise<boolean> {
  const found = await rows<{ state: string }>(tx, sql`
    select state
    from webhook_calls
    where contact_id = any(${contactIds}::bigint[])
      and state in ('waiting', 'sending')
    order by contact_id, id
    for update`)
  return found.some(row => row.state === 'sending')
}
