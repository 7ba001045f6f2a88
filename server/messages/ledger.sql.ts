import type { RawBuilder } from 'kysely'
import type { Ledger, LedgerFilter, LedgerNumbers, LedgerState } from '../../shared/messages.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { whyOfMail, type WhyFound } from '../events/why-of-mail.sql.ts'

/** Whose mails: a campaign's, or a journey's (of one step, or of all). */
export type LedgerOwner = { campaign: number } | { journey: number, step: string | null }

/** Message m is one of the owner's; test runs are left out. */
export const ofOwner = (owner: LedgerOwner): RawBuilder<boolean> => 'campaign' in owner
  ? sql`m.campaign_id = ${owner.campaign}::bigint`
  : owner.step === null
    ? sql`(m.journey_id = ${owner.journey}::bigint and m.kind <> 'test')`
    : sql`(m.journey_id = ${owner.journey}::bigint and m.kind <> 'test' and m.step_key = ${owner.step})`

/** What has no reason on it: in the queue it only waits its turn. */
export const reasonOf = sql`coalesce(m.reason, case m.state when 'queued' then 'in_turn' else 'unknown' end)`

const noNumbers: LedgerNumbers = { planned: 0, queued: 0, sending: 0, sent: 0, bounced: 0, failed: 0, skipped: 0, unknown: 0 }

/** All numbers of a ledger: a few passes over the index of its owner, about half a second for a million mails. What waits is read. */
export async function countLedger(db: Db, owner: LedgerOwner): Promise<Ledger> {
  const [states, waiting, reasons, senders] = await Promise.all([countStates(db, owner), countWaiting(db, owner), countReasons(db, owner), countSenders(db, owner)])
  const byStep = Map.groupBy(states.filter(each => each.step !== null), each => each.step!)
  const mails = 'journey' in owner ? await mailsOfSteps(db, owner.journey, [...byStep.keys()]) : new Map<string, string>()
  return {
    counts: numbersOf(states), waiting, reasons, senders,
    steps: 'campaign' in owner ? [] : [...byStep].map(([step, own]) => ({ step, mail: mails.get(step) ?? '', ...numbersOf(own) })).toSorted((one, other) => one.step.localeCompare(other.step, 'en', { numeric: true })),
  }
}

function numbersOf(groups: { state: LedgerState, count: number }[]): LedgerNumbers {
  const numbers = { ...noNumbers }
  for (const { state, count } of groups) {
    numbers[state] += count
    numbers.planned += count
  }
  return numbers
}

const countStates = (db: Db, owner: LedgerOwner): Promise<{ step: string | null, state: LedgerState, count: number }[]> => rows(db, sql`
  select ${'campaign' in owner ? sql`null::text` : sql`m.step_key`} as step, m.state, count(*) as count
  from messages m
  where ${ofOwner(owner)}
  group by 1, 2`)

/** What did not arrive and why. */
export const countReasons = (db: Db, owner: LedgerOwner): Promise<Ledger['reasons']> => rows(db, sql`
  select m.state, coalesce(m.reason, 'unknown') as reason, count(*) as count
  from messages m
  where ${ofOwner(owner)}
    and m.state in ('skipped', 'failed', 'bounced', 'unknown')
  group by 1, 2
  order by count(*) desc, 2`)

/** Why what is queued waits, and when the first and the last of it is looked at again. */
export const countWaiting = async (db: Db, owner: LedgerOwner): Promise<Ledger['waiting']> => (await rows<{ reason: string, count: number, next_at: Date, last_at: Date }>(db, sql`
  select coalesce(m.reason, 'in_turn') as reason, count(*) as count, min(m.send_after) as next_at, max(m.send_after) as last_at
  from messages m
  where ${ofOwner(owner)}
    and m.state = 'queued'
  group by 1
  order by 2 desc, 1`)).map(line => ({ ...line, next_at: line.next_at.toISOString(), last_at: line.last_at.toISOString() }))

/** By whom what left has left. */
const countSenders = (db: Db, owner: LedgerOwner): Promise<Ledger['senders']> => rows(db, sql`
  select used.sent_by as id, senders.name, used.count
  from (
    select m.sent_by, count(*) as count
    from messages m
    where ${ofOwner(owner)}
      and m.state in ('sending', 'sent', 'bounced', 'unknown')
    group by 1
  ) as used
  left join senders on senders.id = used.sent_by
  order by used.count desc, used.sent_by`)

/** The template of the latest mail of each step. */
const mailsOfSteps = async (db: Db, journeyId: number, steps: string[]): Promise<Map<string, string>> => new Map((await rows<{ step: string, name: string }>(db, sql`
  select wanted.step, t.name
  from unnest(${steps}::text[]) as wanted (step)
  cross join lateral (
    select m.template_version_id
    from messages m
    where m.journey_id = ${journeyId}::bigint
      and m.kind <> 'test'
      and m.step_key = wanted.step
    order by m.state desc, m.contact_id desc, m.id desc
    limit 1
  ) as latest
  join template_versions v on v.id = latest.template_version_id
  join templates t on t.id = v.template_id`)).map(row => [row.step, row.name]))

export type LedgerRow = {
  contact_id: number, message_id: number, step: string | null, email: string | null, name: string, state: LedgerState, reason: string | null, detail: string | null, attempts: number, waits_until: Date | null, sender: string | null, provider: string | null
  queued_at: Date, sent_at: Date | null, opened_at: Date | null, clicked_at: Date | null, bounced_at: Date | null, unsubscribed_at: Date | null, orders: number, revenue: number, why: WhyFound
}
/** After which mail a page begins: step, state, contact, message; those of a campaign have no step and go by contact. */
export type LedgerKey = [step: string, state: string, contactId: number, messageId: number]

/** The mails of a ledger, in the order of the index: a campaign's by contact, a journey's by step, state and contact. */
export async function listLedger(db: Db, owner: LedgerOwner, filter: LedgerFilter, after: LedgerKey | null, limit: number): Promise<LedgerRow[]> {
  const order = 'campaign' in owner ? sql`m.contact_id, m.id` : sql`m.step_key, m.state, m.contact_id, m.id`
  const isAfter = after === null ? sql`true` : 'campaign' in owner
    ? sql`(m.contact_id, m.id) > (${after[2]}::bigint, ${after[3]}::bigint)`
    : sql`(m.step_key, m.state, m.contact_id, m.id) > (${after[0]}, ${after[1]}, ${after[2]}::bigint, ${after[3]}::bigint)`
  return rows(db, sql`
    with page as materialized (
      select m.*
      from messages m
      where ${ofOwner(owner)}
        and ${isAfter}
        and ${filter.state === undefined ? sql`true` : sql`m.state = ${filter.state}`}
        and ${ofReason(filter)}
        and ${filter.sender === undefined ? sql`true` : filter.sender === 0 ? sql`(m.sent_by is null and m.sending_at is not null)` : sql`m.sent_by = ${filter.sender}::bigint`}
      order by ${order}
      limit ${limit}
    )
    select m.contact_id, m.id as message_id, m.step_key as step, coalesce(m.to_email, c.email) as email, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name, m.state, m.reason, m.detail, m.attempts,
      case when m.state = 'queued' then m.send_after end as waits_until, senders.name as sender, m.provider,
      m.queued_at, m.sent_at, m.opened_at, m.clicked_at, m.bounced_at, m.unsubscribed_at, m.orders, m.revenue, ${whyOfMail} as why
    from page m
    join contacts c on c.id = m.contact_id
    left join senders on senders.id = m.sent_by
    order by ${order}`)
}

/** Written so that the index of reasons can be used for those that stand on a mail. */
function ofReason({ reason, state }: LedgerFilter): RawBuilder<boolean> {
  if (reason === undefined) return sql`true`
  if (reason === 'in_turn') return sql`(m.reason is null and m.state = 'queued')`
  if (reason === 'unknown') return state === undefined ? sql`${reasonOf} = 'unknown'` : sql`(m.reason is null or m.reason = 'unknown')`
  return sql`m.reason = ${reason}`
}

export type ContactMessageRow = Omit<LedgerRow, 'contact_id' | 'name' | 'orders' | 'revenue' | 'bounced_at' | 'unsubscribed_at'> & {
  kind: 'campaign' | 'journey' | 'transactional', mail: { id: number, name: string }, campaign: { id: number, name: string } | null, journey: { id: number, name: string } | null
}

/** The mails of one contact, the latest first, by id before a cursor; what staff sent to themselves is left out. */
export const listContactMessages = (db: Db, contactId: number, state: LedgerState | null, before: number | null, limit: number): Promise<ContactMessageRow[]> => rows(db, sql`
  select m.id as message_id, m.kind, m.step_key as step, coalesce(m.to_email, c.email) as email, m.state, m.reason, m.detail, m.attempts,
    case when m.state = 'queued' then m.send_after end as waits_until, senders.name as sender, m.provider, m.queued_at, m.sent_at, m.opened_at, m.clicked_at, ${whyOfMail} as why,
    jsonb_build_object('id', t.id, 'name', t.name) as mail,
    case when campaigns.id is not null then jsonb_build_object('id', campaigns.id, 'name', campaigns.name) end as campaign,
    case when journeys.id is not null then jsonb_build_object('id', journeys.id, 'name', journeys.name) end as journey
  from messages m
  join contacts c on c.id = m.contact_id
  join template_versions v on v.id = m.template_version_id
  join templates t on t.id = v.template_id
  left join senders on senders.id = m.sent_by
  left join campaigns on campaigns.id = m.campaign_id
  left join journeys on journeys.id = m.journey_id
  where m.contact_id = ${contactId}::bigint
    and m.kind <> 'test'
    and m.id < coalesce(${before}::bigint, 9223372036854775807)
    and (${state}::text is null or m.state = ${state}::text)
  order by m.id desc
  limit ${limit}`)
