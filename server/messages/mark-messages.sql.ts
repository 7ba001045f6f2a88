import { maybeOne, sql, type Db } from '../base/db.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'

type Mark = {
  contact_id: number, id: number
  opens: number, opened_at: Date | null, machine_opened_at: Date | null
  clicks: number, clicked_at: Date | null, machine_clicked_at: Date | null, last_click_at: Date | null
  unsubscribed_at: Date | null, bounced_at: Date | null, complained_at: Date | null, bounce: string | null, reply: string | null
}

const earlier = (one: Date | null, other: Date) => one === null || other < one ? other : one
const later = (one: Date | null, other: Date) => one === null || other > one ? other : one

/**
 * New events in; what they say about mails is written on the mails. Each event once: the caller runs in the
 * transaction that took it in. Opens and clicks of machines are kept apart. Orders and revenue of a contact's mails
 * are counted anew from the orders, so corrections come right. Locks the rows in the order of their keys.
 */
export async function markMessages(tx: Db, events: ProcessedEvent[]): Promise<void> {
  await markReactions(tx, gather(events))
  const orders = events.filter(event => event.type === 'order.placed' || event.type === 'order.cancelled')
  if (orders.length > 0) await countOrders(tx, [...new Set(orders.map(event => event.contact_id))])
}

function gather(events: ProcessedEvent[]): Mark[] {
  const marks = new Map<string, Mark>()
  for (const event of events) {
    if (event.message_id === null || !['email.opened', 'email.clicked', 'subscription.withdrawn', 'email.bounced', 'email.complained'].includes(event.type)) continue
    const key = `${event.contact_id}.${event.message_id}`
    let mark = marks.get(key)
    if (!mark) {
      mark = { contact_id: event.contact_id, id: event.message_id, opens: 0, opened_at: null, machine_opened_at: null, clicks: 0, clicked_at: null, machine_clicked_at: null, last_click_at: null, unsubscribed_at: null, bounced_at: null, complained_at: null, bounce: null, reply: null }
      marks.set(key, mark)
    }
    const at = event.occurred_at
    if (event.type === 'email.opened') {
      if (event.is_machine) mark.machine_opened_at = earlier(mark.machine_opened_at, at)
      else {
        mark.opens++
        mark.opened_at = earlier(mark.opened_at, at)
      }
    } else if (event.type === 'email.clicked') {
      if (event.is_machine) mark.machine_clicked_at = earlier(mark.machine_clicked_at, at)
      else {
        mark.clicks++
        mark.clicked_at = earlier(mark.clicked_at, at)
        mark.last_click_at = later(mark.last_click_at, at)
      }
    } else if (event.type === 'subscription.withdrawn') mark.unsubscribed_at = earlier(mark.unsubscribed_at, at)
    else if (event.type === 'email.complained') mark.complained_at = earlier(mark.complained_at, at)
    else {
      mark.bounced_at = earlier(mark.bounced_at, at)
      mark.bounce = typeof event.properties['reason'] === 'string' ? event.properties['reason'] : 'bounced'
      mark.reply = typeof event.properties['reply'] === 'string' ? wordsOfServer(event.properties['reply']) : null
    }
  }
  return [...marks.values()].sort((one, other) => one.contact_id - other.contact_id || one.id - other.id)
}

/** What the server said, without the kind of protocol that reports put before it (RFC 3464, 2.3.6). Null: nothing. */
const wordsOfServer = (reply: string): string | null => reply.replace(/^\s*(?:smtp|x-[\w-]+)\s*;/i, '').trim().slice(0, 500) || null

async function markReactions(tx: Db, marks: Mark[]): Promise<void> {
  if (marks.length === 0) return
  await sql`
    with marks as (
      select *
      from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as mark (
        contact_id bigint, id bigint, opens integer, opened_at timestamptz, machine_opened_at timestamptz,
        clicks integer, clicked_at timestamptz, machine_clicked_at timestamptz, last_click_at timestamptz,
        unsubscribed_at timestamptz, bounced_at timestamptz, complained_at timestamptz, bounce text, reply text)
    ),
    held as (
      select m.contact_id, m.id
      from messages m
      join marks on marks.contact_id = m.contact_id and marks.id = m.id
      order by m.contact_id, m.id
      for update of m
    )
    update messages m
    set opens = m.opens + mark.opens,
      opened_at = least(m.opened_at, mark.opened_at),
      machine_opened_at = least(m.machine_opened_at, mark.machine_opened_at),
      clicks = m.clicks + mark.clicks,
      clicked_at = least(m.clicked_at, mark.clicked_at),
      machine_clicked_at = least(m.machine_clicked_at, mark.machine_clicked_at),
      last_click_at = greatest(m.last_click_at, mark.last_click_at),
      unsubscribed_at = least(m.unsubscribed_at, mark.unsubscribed_at),
      bounced_at = least(m.bounced_at, mark.bounced_at),
      complained_at = least(m.complained_at, mark.complained_at),
      -- A bounce that comes by mail after the server had accepted.
      state = case when mark.bounced_at is not null and m.state in ('sent', 'unknown') then 'bounced' else m.state end,
      reason = case when mark.bounced_at is not null and m.state in ('sent', 'unknown') then mark.bounce else m.reason end,
      detail = case when mark.bounced_at is not null and m.state in ('sent', 'unknown') then coalesce(mark.reply, m.detail) else m.detail end
    from marks mark
    join held on held.contact_id = mark.contact_id and held.id = mark.id
    where m.contact_id = mark.contact_id
      and m.id = mark.id`.execute(tx)
}

/** Contacts in; orders and revenue of all their mails as the orders say now. A second run changes nothing. */
export async function countOrders(tx: Db, contactIds: number[]): Promise<void> {
  await sql`
    with counted as (
      select m.contact_id, m.id, count(o.id) as orders, coalesce(sum(o.amount), 0) as revenue
      from messages m
      left join orders o
        on o.contact_id = m.contact_id
        and o.message_id = m.id
        and o.status = 'placed'
        and o.currency = coalesce((select value ->> 'currency' from settings where key = 'company'), 'USD')
      where m.contact_id = any(${contactIds}::bigint[])
      group by m.contact_id, m.id
    )
    update messages m
    set orders = counted.orders, revenue = counted.revenue
    from counted
    where m.contact_id = counted.contact_id
      and m.id = counted.id
      and (m.orders, m.revenue) is distinct from (counted.orders, counted.revenue)`.execute(tx)
}

/** What a tester did with the mail of a test run is written on it alone; whose enrolment it is out, or nothing for any other mail. A second run changes nothing. */
export async function markTestReaction(tx: Db, mail: { contact_id: number, message_id: number, what: 'opened' | 'clicked', at: Date }): Promise<{ enrolment_id: number, journey_id: number } | undefined> {
  const column = sql.ref(mail.what === 'opened' ? 'opened_at' : 'clicked_at')
  return await maybeOne(tx, sql`
    update messages
    set ${column} = least(${column}, ${mail.at}::timestamptz)
    where contact_id = ${mail.contact_id}
      and id = ${mail.message_id}
      and kind = 'test'
      and enrolment_id is not null
    returning enrolment_id, journey_id
  `)
}
