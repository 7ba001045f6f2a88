import { rows, sql, type Db } from '../base/db.ts'

/** The lock a living sender holds: whoever can take it knows that the sender is dead. */
export const senderLock = (sender: string) => sql`hashtextextended(${sender}, 4771)`

/** The lock all living senders share: how many hold it is how many there are, in every thread and process. */
const sendersLock = { classid: 4771, objid: 1 }

/** Taken by a sender on the connection that holds its name, for as long as that lives. */
export const holdNameStatements = [`select pg_advisory_lock(hashtextextended($1, 4771))`, `select pg_advisory_lock_shared(${sendersLock.classid}, ${sendersLock.objid})`] as const

/** Senders that live now, the asking one included once it holds its name. */
export async function countSenders(db: Db): Promise<number> {
  const [found] = await rows<{ senders: number }>(db, sql`
    select count(*) as senders
    from pg_locks
    where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())
      and classid = ${sendersLock.classid}::oid
      and objid = ${sendersLock.objid}::oid
      and objsubid = 2
      and granted`)
  return found!.senders
}

/** Senders that have messages under way since before `before`, without `self`. */
export async function sendersUnderWay(db: Db, self: string, before: Date): Promise<string[]> {
  return (await rows<{ sender: string }>(db, sql`
    select distinct sender
    from messages
    where state = 'sending'
      and sending_at < ${before}::timestamptz
      and sender <> ${self}`)).map(row => row.sender)
}

/**
 * Settles what a dead sender left under way; nobody knows whether those mails have left. Marketing: `unknown`, never
 * sent again. Mails somebody waits for (transactional, test): again. Takes the sender's lock; a living one is let be.
 */
export async function settleMessagesOf(tx: Db, sender: string, now: Date): Promise<{ unknown: number, again: number, campaigns: number[] }> {
  const [lock] = await rows<{ free: boolean }>(tx, sql`select pg_try_advisory_xact_lock(${senderLock(sender)}) as free`)
  if (!lock?.free) return { unknown: 0, again: 0, campaigns: [] }
  const settled = await rows<{ state: string, campaign_id: number | null }>(tx, sql`
    update messages
    set state = case when kind in ('campaign', 'journey') then 'unknown' else 'queued' end,
      reason = 'sender_died',
      detail = 'the sending process ended before the answer of the mail server was recorded',
      send_after = ${now}::timestamptz
    where state = 'sending'
      and sender = ${sender}
    returning state, campaign_id`)
  return {
    unknown: settled.filter(row => row.state === 'unknown').length,
    again: settled.filter(row => row.state === 'queued').length,
    campaigns: [...new Set(settled.flatMap(row => row.campaign_id ?? []))],
  }
}
