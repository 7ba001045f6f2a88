import type { RawBuilder } from 'kysely'
import type { LedgerState, MailWhy } from '../../shared/messages.ts'
import { sql } from '../base/db.ts'

/** What `whyOfMail` selects. */
export type WhyFound = {
  state: LedgerState, reason: string | null, detail: string | null, until: string | null
  topic: MailWhy['topic'], since: string | null, held_detail: string | null
}

const aboutConsent = ['unsubscribed', 'not_confirmed', 'no_consent']
const aboutAddress = ['hard_bounce', 'complaint', 'suppressed']
const aboutZone = ['quiet_hours', 'best_hour']
const aboutProvider = ['provider_held', 'provider_limit', 'warm_up']

/** As a jsonb value, for message m: the reason on it with what stands behind. By index, for the few rows of a page. */
export const whyOfMail: RawBuilder<WhyFound> = sql`(
  select jsonb_build_object(
    'state', m.state, 'detail', m.detail,
    -- What nothing holds by itself is held by its campaign.
    'reason', coalesce(m.reason, case when campaign.state = 'paused' then 'campaign_paused' when campaign.stage_done_at is not null then 'stage_done' end),
    -- What stands in the queue of a provider leaves when that is open again.
    'until', case when m.state = 'queued' then greatest(m.send_after, lane.held_until) end,
    'held_detail', lane.held_detail,
    'topic', case when m.reason = any(${aboutConsent}::text[]) then (select jsonb_build_object('id', t.id, 'name_en', t.name_en, 'name_ru', t.name_ru) from topics t where t.id = m.topic_id) end,
    'since', case
      when m.reason = any(${aboutConsent}::text[]) then (
        select cs.since
        from consent_states cs
        where cs.contact_id = m.contact_id
          and cs.topic_id = m.topic_id
          and cs.status = case m.reason when 'unsubscribed' then 'withdrawn' when 'not_confirmed' then 'requested' end)
      when m.reason = any(${aboutAddress}::text[]) and m.state = 'skipped' then (
        select min(s.created_at)
        from contact_identities i
        join suppressions s on s.email = i.value
        where i.contact_id = m.contact_id
          and i.kind = 'email')
    end)
  from (select) as one
  left join provider_lanes lane on m.state = 'queued' and m.reason = 'provider_held' and lane.provider = split_part(m.detail, ' ', 1)
  left join campaigns campaign on m.state = 'queued' and m.reason is null and campaign.id = m.campaign_id)`

/** `detail` of a reason of ours is what it is about; of anything else the words of a server. */
export function presentWhy(found: WhyFound): MailWhy {
  const { reason, detail } = found
  const iso = (time: string | null) => time === null ? null : new Date(time).toISOString()
  const why: MailWhy = { state: found.state, reason, until: iso(found.until), provider: null, zone: null, most: null, days: null, topic: found.topic, since: iso(found.since), words: null }
  if (reason === 'frequency_cap') {
    const [most, days] = (detail ?? '').split('/')
    return { ...why, most: whole(most), days: whole(days) }
  }
  if (reason !== null && aboutZone.includes(reason)) return { ...why, zone: detail }
  if (reason !== null && aboutProvider.includes(reason)) {
    const [provider = null, number] = (detail ?? '').split(' ')
    return { ...why, provider, most: whole(number), words: found.held_detail }
  }
  return { ...why, words: detail }
}

const whole = (text: string | undefined): number | null => text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
