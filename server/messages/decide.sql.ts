import type { RawBuilder } from 'kysely'
import { rows, sql, type Db } from '../base/db.ts'

/**
 * Whether a mail may be sent: the one decision, for pre-flight and for the last moment.
 *
 * - Nobody is mailed without an address, or at an address that is suppressed, whatever the mail.
 * - A marketing mail needs the consent that stands for its topic (any topic when it has none).
 * - A test mail goes to staff and asks nothing.
 */
export const skipReasons = ['no_email', 'invalid_email', 'hard_bounce', 'complaint', 'suppressed', 'unsubscribed', 'not_confirmed', 'no_consent', 'render_error', 'cancelled'] as const
export type SkipReason = (typeof skipReasons)[number]

/**
 * The reason as an SQL expression, null: it may be sent. `suppression`: reason of the address's suppression or null;
 * `consent`: the status that stands, or null; `marketing`: whether consent is asked for.
 */
export function refusal(of: { kind: RawBuilder<unknown>, email: RawBuilder<unknown>, suppression: RawBuilder<unknown>, marketing: RawBuilder<unknown>, consent: RawBuilder<unknown> }): RawBuilder<string | null> {
  return sql<string | null>`case
    when ${of.kind} = 'test' then null
    when coalesce(${of.email}, '') = '' then 'no_email'
    when ${of.suppression} in ('hard_bounce', 'complaint') then ${of.suppression}
    when ${of.suppression} is not null then 'suppressed'
    when not ${of.marketing} then null
    when ${of.consent} = 'granted' then null
    when ${of.consent} = 'withdrawn' then 'unsubscribed'
    when ${of.consent} = 'requested' then 'not_confirmed'
    else 'no_consent'
  end`
}

/** Names of columns an SQL text can be joined with: contact c of message m with its template t. */
export const decisionOfMessage = refusal({
  kind: sql`m.kind`,
  email: sql`c.email`,
  suppression: sql`suppressed.reason`,
  marketing: sql`(m.kind = 'campaign' or (m.kind = 'journey' and t.kind = 'marketing'))`,
  consent: sql`consent.status`,
})

/** Joins `suppressed` and `consent` to contact c and message m: by index, for a batch. */
export const decisionJoins = sql`
  left join lateral (
    select s.reason
    from contact_identities i
    join suppressions s on s.email = i.value
    where i.contact_id = c.id
      and i.kind = 'email'
    order by s.reason <> 'hard_bounce'
    limit 1
  ) as suppressed on true
  left join lateral (
    select cs.status
    from consent_states cs
    where cs.contact_id = c.id
      and (m.topic_id is null or cs.topic_id = m.topic_id)
    order by case cs.status when 'granted' then 0 when 'withdrawn' then 1 else 2 end
    limit 1
  ) as consent on true`

/** The same for a whole audience: `audience` selects contact_id. The rows of the result: contact_id, reason (null: will get it). */
export function decideForAudience(audience: RawBuilder<unknown>, topicId: number | null, marketing: boolean): RawBuilder<unknown> {
  return sql`
    select c.id as contact_id, ${refusal({ kind: sql`'campaign'`, email: sql`c.email`, suppression: sql`suppressed.reason`, marketing: sql`${marketing}::boolean`, consent: sql`consent.status` })} as reason
    from (${audience}) as audience
    join contacts c on c.id = audience.contact_id
    left join (
      select i.contact_id, case min(case s.reason when 'hard_bounce' then 1 when 'complaint' then 2 else 3 end) when 1 then 'hard_bounce' when 2 then 'complaint' else 'manual' end as reason
      from suppressions s
      join contact_identities i on i.kind = 'email' and i.value = s.email
      group by i.contact_id
    ) as suppressed on suppressed.contact_id = c.id
    left join consent_states consent on consent.contact_id = c.id and consent.topic_id = ${topicId}::bigint`
}

/** Messages in, the reason against each out (null: it may be sent). Looks only; locks nothing. */
export async function decide(db: Db, messages: { contact_id: number, id: number }[]): Promise<Map<number, string | null>> {
  const found = await rows<{ id: number, reason: string | null }>(db, sql`
    select m.id, ${decisionOfMessage} as reason
    from unnest(${messages.map(message => message.contact_id)}::bigint[], ${messages.map(message => message.id)}::bigint[]) as wanted (contact_id, id)
    join messages m on m.contact_id = wanted.contact_id and m.id = wanted.id
    join contacts c on c.id = m.contact_id
    join template_versions v on v.id = m.template_version_id
    join templates t on t.id = v.template_id
    ${decisionJoins}`)
  return new Map(found.map(row => [row.id, row.reason]))
}
