import { changedRows, one, rows, sql, type Db } from '../base/db.ts'
import { notify } from '../base/live.ts'
import { decideForAudience, decisionJoins, decisionOfMessage } from './decide.sql.ts'
import { type LedgerOwner, ofOwner } from './ledger.sql.ts'
import { campaignQueue } from './open-queues.sql.ts'
import { priorities } from './queue-messages.sql.ts'

type Planned = { campaign_id: number, segment_id: number, topic_id: number, template_version_id: number }

/**
 * The next members of the segment after a contact id get their message of the campaign; who has one keeps it. Returns
 * the last contact id looked at, null when there was none: the plan is through.
 */
export async function planMessages(tx: Db, campaign: Planned, after: number, limit: number, now: Date): Promise<number | null> {
  const { last } = await one<{ last: number | null }>(tx, sql`
    with members as (
      select contact_id
      from segment_memberships
      where segment_id = ${campaign.segment_id}::bigint
        and contact_id > ${after}::bigint
      order by contact_id
      limit ${limit}
    ),
    planned as (
      insert into messages (contact_id, lane, kind, queue, priority, campaign_id, template_version_id, topic_id, send_after, queued_at)
      select contact_id, (contact_id % 64)::smallint, 'campaign', ${campaignQueue(campaign.campaign_id)}, ${priorities.campaign}, ${campaign.campaign_id}::bigint, ${campaign.template_version_id}::bigint, ${campaign.topic_id}::bigint, ${now}::timestamptz, ${now}::timestamptz
      from members
      on conflict do nothing
    )
    select max(contact_id) as last
    from members`)
  if (last !== null) await notify(tx, 'messages')
  return last
}

/** True while something of the campaign is still to be sent or under way. */
export async function isUnderWay(db: Db, campaignId: number): Promise<boolean> {
  return (await one<{ found: boolean }>(db, sql`
    select exists (select from messages where campaign_id = ${campaignId}::bigint and state in ('queued', 'sending')) as found`)).found
}

/** What waits of a cancelled campaign is left out. */
export async function cancelMessages(tx: Db, campaignId: number): Promise<number> {
  return changedRows(tx, sql`
    update messages
    set state = 'skipped', reason = 'cancelled'
    where campaign_id = ${campaignId}::bigint
      and state = 'queued'`)
}

/** Left out for a reason that is gone. */
const allowedNow = (owner: LedgerOwner, since: Date | null) => sql`
  select m.contact_id, m.id
  from messages m
  join contacts c on c.id = m.contact_id
  join template_versions v on v.id = m.template_version_id
  join templates t on t.id = v.template_id
  ${decisionJoins}
  where ${ofOwner(owner)}
    and m.state = 'skipped'
    and m.reason not in ('invalid_email', 'cancelled')
    and ${queuedSince(since)}
    and ${decisionOfMessage} is null`
const queuedSince = (since: Date | null) => since === null ? sql`true` : sql`m.queued_at >= ${since}::timestamptz`

/** Who could still get a campaign: members without a message, people left out for a reason that is gone, failures. */
export async function countRest(db: Db, campaign: { id: number, segment_id: number, topic_id: number | null }): Promise<{ new_members: number, allowed_now: number, failed: number }> {
  return one(db, sql`
    select
      (select count(*)
        from (${decideForAudience(sql`
          select contact_id
          from segment_memberships sm
          where sm.segment_id = ${campaign.segment_id}::bigint
            and not exists (select from messages m where m.contact_id = sm.contact_id and m.campaign_id = ${campaign.id}::bigint)`, campaign.topic_id, true)}) as decided
        where reason is null) as new_members,
      (select count(*) from (${allowedNow({ campaign: campaign.id }, null)}) as allowed) as allowed_now,
      (select count(*) from messages where campaign_id = ${campaign.id}::bigint and state = 'failed') as failed`)
}

/** Which mails of a journey could be sent after all, of those queued since then. */
export async function countJourneyRest(db: Db, owner: LedgerOwner, since: Date): Promise<{ allowed_now: number, failed: number, unknown: number }> {
  return one(db, sql`
    select (select count(*) from (${allowedNow(owner, since)}) as allowed) as allowed_now, ended.*
    from (
      select count(*) filter (where m.state = 'failed') as failed, count(*) filter (where m.state = 'unknown') as unknown
      from messages m
      where ${ofOwner(owner)}
        and m.state in ('failed', 'unknown')
        and ${queuedSince(since)}
    ) as ended`)
}

export type RestChoice = { allowed_now: boolean, failed: boolean, unknown: boolean }

/**
 * Puts back into the queue who was left out for a reason that is gone, whom the server refused, and of whom it is not known
 * whether they got it: as chosen, of those queued since then (null: whenever). How many. A second run finds none.
 */
export async function requeueRest(tx: Db, owner: LedgerOwner, choice: RestChoice, since: Date | null, now: Date): Promise<number> {
  const allowed = !choice.allowed_now ? 0 : await changedRows(tx, sql`
    update messages m
    set state = 'queued', reason = null, detail = null, send_after = ${now}::timestamptz
    from (${allowedNow(owner, since)}) as allowed
    where m.contact_id = allowed.contact_id
      and m.id = allowed.id
      and m.state = 'skipped'`)
  const states = [...choice.failed ? ['failed'] : [], ...choice.unknown ? ['unknown'] : []]
  const again = states.length === 0 ? 0 : await changedRows(tx, sql`
    update messages m
    set state = 'queued', reason = null, detail = null, attempts = 0, sender = null, sending_at = null, send_after = ${now}::timestamptz
    where ${ofOwner(owner)}
      and m.state = any(${states}::text[])
      and ${queuedSince(since)}`)
  if (allowed + again > 0) await notify(tx, 'messages')
  return allowed + again
}

/** How a segment would be served: for each reason how many; null is who will get it. */
export async function countDecisions(db: Db, segmentId: number, topicId: number | null): Promise<{ reason: string | null, count: number }[]> {
  return rows(db, sql`
    select reason, count(*) as count
    from (${decideForAudience(sql`select contact_id from segment_memberships where segment_id = ${segmentId}::bigint`, topicId, true)}) as decided
    group by reason
    order by count(*) desc`)
}

/** The people behind one of those numbers, by contact id after a cursor. */
export async function listDecided(db: Db, segmentId: number, topicId: number | null, reason: string | null, after: number, limit: number): Promise<{ id: number, name: string, email: string | null }[]> {
  return rows(db, sql`
    select c.id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name, c.email
    from (${decideForAudience(sql`select contact_id from segment_memberships where segment_id = ${segmentId}::bigint and contact_id > ${after}::bigint`, topicId, true)}) as decided
    join contacts c on c.id = decided.contact_id
    where decided.reason is not distinct from ${reason}
    order by c.id
    limit ${limit}`)
}
