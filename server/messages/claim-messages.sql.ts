import { rows, sql, type Db } from '../base/db.ts'
import { decisionJoins, decisionOfMessage } from './decide.sql.ts'
import type { OpenQueue } from './open-queues.sql.ts'
import type { MessageKind } from './queue-messages.sql.ts'

export type ClaimedMessage = {
  contact_id: number, id: number, kind: MessageKind, priority: number, campaign_id: number | null, journey_id: number | null,
  template_version_id: number, template_kind: 'marketing' | 'transactional', topic_id: number | null, topic_key: string | null, topic_name_en: string | null, topic_name_ru: string | null,
  context: Record<string, unknown>, attempts: number, send_after: Date, queued_at: Date, queue: string, reason: string | null
  /** of the contact: as it stands on the card; the part of the address after the @ */
  time_zone: string | null, domain: string
  campaign: { state: string, ignores_caps: boolean, ignores_quiet_hours: boolean, ignores_best_hour: boolean } | null
  /** why it must not be sent; null: it may */
  refusal: string | null
}

/**
 * Due messages of the given queues, in the order of the queues, at most `most` of each and `limit` in all, with the
 * decision about each. Locks them until the transaction ends and passes over what another sender holds.
 */
export async function claimMessages(tx: Db, queues: OpenQueue[], limit: number, now: Date): Promise<ClaimedMessage[]> {
  return rows<ClaimedMessage>(tx, sql`
    with claimed as (
      select m.*, open.turn
      from unnest(${queues.map(queue => queue.name)}::text[], ${queues.map(queue => queue.most)}::integer[]) with ordinality as open (name, most, turn)
      cross join lateral (
        select *
        from messages
        where state = 'queued'
          and queue = open.name
          and send_after <= ${now}::timestamptz
        order by priority, send_after, lane
        limit open.most
        for update skip locked
      ) as m
      limit ${limit}
    )
    select
      m.contact_id, m.id, m.kind, m.priority, m.campaign_id, m.journey_id, m.template_version_id, t.kind as template_kind,
      m.topic_id, topics.key as topic_key, topics.name_en as topic_name_en, topics.name_ru as topic_name_ru, m.context, m.attempts, m.send_after, m.queued_at, m.queue, m.reason,
      c.time_zone, lower(split_part(coalesce(c.email, ''), '@', 2)) as domain,
      case when campaigns.id is not null then jsonb_build_object('state', campaigns.state, 'ignores_caps', campaigns.ignores_caps, 'ignores_quiet_hours', campaigns.ignores_quiet_hours, 'ignores_best_hour', campaigns.ignores_best_hour) end as campaign,
      ${decisionOfMessage} as refusal
    from claimed m
    join contacts c on c.id = m.contact_id
    join template_versions v on v.id = m.template_version_id
    join templates t on t.id = v.template_id
    left join topics on topics.id = m.topic_id
    left join campaigns on campaigns.id = m.campaign_id
    ${decisionJoins}
    -- A join may give them in any order, and of two mails to one person the first one goes.
    order by m.turn, m.priority, m.send_after, m.lane`)
}

/** Written and committed before the first byte leaves. `to_email`, `locale`: what is about to be used; `sent_by`: the sender it goes by; `fromDomain`: of our sending address. */
export async function markSending(tx: Db, messages: { contact_id: number, id: number, to_email: string, locale: string, sent_by: number | null, provider: string | null }[], sender: string, fromDomain: string, now: Date): Promise<void> {
  if (messages.length === 0) return
  await sql`
    update messages m
    set state = 'sending', sending_at = ${now}::timestamptz, sender = ${sender}, attempts = m.attempts + 1,
      to_email = taken.to_email, locale = taken.locale, sent_by = taken.sent_by, provider = taken.provider, from_domain = ${fromDomain}, reason = null, detail = null
    from unnest(
      ${messages.map(message => message.contact_id)}::bigint[], ${messages.map(message => message.id)}::bigint[],
      ${messages.map(message => message.to_email)}::text[], ${messages.map(message => message.locale)}::text[], ${messages.map(message => message.sent_by)}::bigint[],
      ${messages.map(message => message.provider)}::text[]
    ) as taken (contact_id, id, to_email, locale, sent_by, provider)
    where m.contact_id = taken.contact_id
      and m.id = taken.id`.execute(tx)
}

/** Left out, with the reason. Only what is queued changes. */
export async function markSkipped(tx: Db, messages: { contact_id: number, id: number, reason: string, detail?: string | undefined }[], state: 'skipped' | 'failed' = 'skipped'): Promise<void> {
  if (messages.length === 0) return
  await sql`
    update messages m
    set state = ${state}, reason = left_out.reason, detail = left_out.detail
    from unnest(
      ${messages.map(message => message.contact_id)}::bigint[], ${messages.map(message => message.id)}::bigint[],
      ${messages.map(message => message.reason)}::text[], ${messages.map(message => message.detail ?? null)}::text[]) as left_out (contact_id, id, reason, detail)
    where m.contact_id = left_out.contact_id
      and m.id = left_out.id
      and m.state = 'queued'`.execute(tx)
}

export type MessageOutcome = {
  contact_id: number, id: number
  state: 'sent' | 'queued' | 'bounced' | 'failed' | 'unknown'
  reason: string | null, detail: string | null
  send_after: Date | null
  /** the try did not count: nothing was handed over */
  uncounted: boolean
}

/**
 * What became of messages this sender had marked as sending; the ids that took it out. A second run changes nothing;
 * a message that was settled meanwhile as unknown still takes the true outcome.
 */
export async function recordOutcomes(tx: Db, outcomes: MessageOutcome[], sender: string, now: Date): Promise<Set<number>> {
  if (outcomes.length === 0) return new Set()
  const recorded = await rows<{ id: number }>(tx, sql`
    update messages m
    set state = case when gone.is_cancelled then 'skipped' else outcome.state end,
      reason = case when gone.is_cancelled then 'cancelled' else outcome.reason end, detail = outcome.detail,
      send_after = coalesce(outcome.send_after, m.send_after),
      attempts = m.attempts - case when outcome.uncounted then 1 else 0 end,
      sent_at = case outcome.state when 'sent' then ${now}::timestamptz else m.sent_at end,
      bounced_at = case outcome.state when 'bounced' then ${now}::timestamptz else m.bounced_at end
    from unnest(
      ${outcomes.map(outcome => outcome.contact_id)}::bigint[], ${outcomes.map(outcome => outcome.id)}::bigint[], ${outcomes.map(outcome => outcome.state)}::text[],
      ${outcomes.map(outcome => outcome.reason)}::text[], ${outcomes.map(outcome => outcome.detail)}::text[],
      ${outcomes.map(outcome => outcome.send_after)}::timestamptz[], ${outcomes.map(outcome => outcome.uncounted)}::boolean[]
    ) as outcome (contact_id, id, state, reason, detail, send_after, uncounted)
    cross join lateral (
      -- What would be tried again, but its campaign was cancelled meanwhile.
      select outcome.state = 'queued' and exists (
        select
        from messages own
        join campaigns on campaigns.id = own.campaign_id and campaigns.state = 'cancelled'
        where own.contact_id = outcome.contact_id and own.id = outcome.id) as is_cancelled
    ) as gone
    where m.contact_id = outcome.contact_id
      and m.id = outcome.id
      and m.sender = ${sender}
      and m.state in ('sending', 'unknown')
    returning m.id`)
  return new Set(recorded.map(row => row.id))
}
