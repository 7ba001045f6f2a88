import type { FaultCode } from '../../shared/mail-checks.ts'
import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import { decisionJoins, refusal } from '../messages/decide.sql.ts'

/** So many people are listed behind a finding; its count is always whole. */
export const mostListed = 10_000
/** What was looked at longer ago may have changed in ways nobody keeps count of (orders, coupons, products). */
const freshFor = '1 hour'

export type CheckRow = {
  campaign_id: number, state: 'running' | 'done' | 'cancelled', template_version_id: number, segment_id: number, topic_id: number | null, for_sending: boolean
  members: number, members_seen: number, up_to: number, mails: number, mails_with_faults: number, mails_by_locale: Record<string, number>
  started_at: Date, finished_at: Date | null
  stale: 'mail' | 'audience' | 'cards' | 'age' | null
}

/** What has changed since the mails were looked at; of a large segment one in a hundred may have come since. */
const staleness = (now: Date) => sql`case
    when k.template_version_id is distinct from coalesce(c.template_version_id, t.version_id) then 'mail'
    when k.segment_id is distinct from c.segment_id or k.topic_id is distinct from c.topic_id then 'audience'
    when (select count(*) from (
      select from segment_memberships sm where sm.segment_id = k.segment_id and sm.entered_at > k.started_at limit k.members / 100 + 1
    ) as entered) > k.members / 100 then 'audience'
    when exists (
      select from mail_finding_people p join contacts person on person.id = p.contact_id where p.campaign_id = k.campaign_id and person.updated_at > k.started_at
    ) then 'cards'
    when coalesce(k.finished_at, k.started_at) < ${now}::timestamptz - ${freshFor}::interval then 'age'
  end`

/** The last look at the mails of a campaign, and whether what it saw is still so. */
export async function findCheck(db: Db, campaignId: number, now: Date): Promise<CheckRow | undefined> {
  return maybeOne<CheckRow>(db, sql`
    select k.campaign_id, k.state, k.template_version_id, k.segment_id, k.topic_id, k.for_sending, k.members, k.members_seen, k.up_to, k.mails, k.mails_with_faults, k.mails_by_locale, k.started_at, k.finished_at, ${staleness(now)} as stale
    from mail_checks k
    join campaigns c on c.id = k.campaign_id
    left join templates t on t.id = c.template_id
    where k.campaign_id = ${campaignId}::bigint`)
}

/** Begins anew: what was found before is forgotten. Nothing when the campaign has no mail or segment. Holds the campaign's look. */
export async function startCheck(tx: Db, campaignId: number, forSending: boolean, now: Date): Promise<void> {
  await sql`delete from mail_checks where campaign_id = ${campaignId}::bigint`.execute(tx)
  await sql`delete from mail_finding_people where campaign_id = ${campaignId}::bigint`.execute(tx)
  await sql`delete from mail_findings where campaign_id = ${campaignId}::bigint`.execute(tx)
  await sql`
    insert into mail_checks (campaign_id, state, template_version_id, segment_id, topic_id, for_sending, members, started_at, worked_at)
    select c.id, 'running', coalesce(c.template_version_id, t.version_id), c.segment_id, c.topic_id, ${forSending}::boolean,
      (select count(*) from segment_memberships sm where sm.segment_id = c.segment_id), ${now}::timestamptz, ${now}::timestamptz
    from campaigns c
    join templates t on t.id = c.template_id
    where c.id = ${campaignId}::bigint
      and c.segment_id is not null
    on conflict (campaign_id) do nothing`.execute(tx)
}

/** Whether the sending waits for the look there is. */
export async function setForSending(tx: Db, campaignId: number, forSending: boolean): Promise<void> {
  await sql`update mail_checks set for_sending = ${forSending}::boolean where campaign_id = ${campaignId}::bigint`.execute(tx)
}

/** Whether the plan waits until the mails have been looked at. */
export async function setCheckFirst(tx: Db, campaignId: number, checkFirst: boolean): Promise<void> {
  await sql`update campaigns set check_first = ${checkFirst}::boolean where id = ${campaignId}::bigint`.execute(tx)
}

/** At its time: a look made for it at this version of the mail is enough. */
export async function requireCheck(tx: Db, campaignId: number): Promise<void> {
  await sql`
    update campaigns c
    set check_first = not exists (
      select from mail_checks k where k.campaign_id = c.id and k.for_sending and k.state = 'done' and k.template_version_id = c.template_version_id
    )
    where c.id = ${campaignId}::bigint`.execute(tx)
}

/** False: nothing was running. */
export async function cancelCheck(db: Db, campaignId: number, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update mail_checks
    set state = 'cancelled', finished_at = ${now}::timestamptz
    where campaign_id = ${campaignId}::bigint
      and state = 'running'`) > 0
}

export type RunningCheck = { campaign_id: number, template_version_id: number, segment_id: number, topic_id: number | null, up_to: number }

/** The look that has waited longest for its turn, held; those another process holds are passed over. */
export async function takeRunningCheck(tx: Db): Promise<RunningCheck | null> {
  return await maybeOne<RunningCheck>(tx, sql`
    select campaign_id, template_version_id, segment_id, topic_id, up_to
    from mail_checks
    where state = 'running'
    order by for_sending desc, worked_at
    limit 1
    for update skip locked`) ?? null
}

/** The next members of the segment by contact id, and whether each will get the mail. Locks nothing. */
export async function listMembers(db: Db, check: RunningCheck, limit: number): Promise<{ contact_id: number, gets_it: boolean }[]> {
  return rows(db, sql`
    with members as (
      select contact_id
      from segment_memberships
      where segment_id = ${check.segment_id}::bigint
        and contact_id > ${check.up_to}::bigint
      order by contact_id
      limit ${limit}
    )
    select c.id as contact_id, ${refusal({ kind: sql`'campaign'`, email: sql`c.email`, suppression: sql`suppressed.reason`, marketing: sql`true`, consent: sql`consent.status` })} is null as gets_it
    from members
    join contacts c on c.id = members.contact_id
    cross join (select ${check.topic_id}::bigint as topic_id) as m
    ${decisionJoins}
    order by c.id`)
}

export type Found = { code: FaultCode, locale: string, what: string, words: string, people: number[] }

/** Adds what a part of the audience showed, and the people behind it while there is room. In the transaction that notes how far it has come. */
export async function addFindings(tx: Db, campaignId: number, found: Found[]): Promise<void> {
  if (found.length === 0) return
  const kept = await rows<{ id: number, code: string, locale: string, what: string, words: string, count: number }>(tx, sql`
    insert into mail_findings (campaign_id, code, locale, what, words, count)
    select ${campaignId}::bigint, code, locale, what, words, count
    from unnest(${found.map(each => each.code)}::text[], ${found.map(each => each.locale)}::text[], ${found.map(each => each.what)}::text[], ${found.map(each => each.words)}::text[], ${found.map(each => each.people.length)}::bigint[]) as given (code, locale, what, words, count)
    on conflict (campaign_id, code, locale, what, words) do update set count = mail_findings.count + excluded.count
    returning id, code, locale, what, words, count`)
  const people: { contact: number, finding: number }[] = []
  for (const row of kept) {
    const given = found.find(each => each.code === row.code && each.locale === row.locale && each.what === row.what && each.words === row.words)
    const room = Math.max(0, mostListed - (row.count - (given?.people.length ?? 0)))
    for (const contact of given?.people.slice(0, room) ?? []) people.push({ contact, finding: row.id })
  }
  await sql`
    insert into mail_finding_people (contact_id, campaign_id, finding_id)
    select c.id, ${campaignId}::bigint, given.finding_id
    from unnest(${people.map(each => each.contact)}::bigint[], ${people.map(each => each.finding)}::bigint[]) as given (contact_id, finding_id)
    -- Who was erased meanwhile is nobody.
    join contacts c on c.id = given.contact_id
    on conflict do nothing`.execute(tx)
}

/** How far it has come; `upTo` null: through. */
export async function noteChecked(tx: Db, campaignId: number, part: { upTo: number | null, members: number, mails: number, withFaults: number, byLocale: Record<string, number> }, now: Date): Promise<void> {
  await sql`
    update mail_checks
    set up_to = coalesce(${part.upTo}::bigint, up_to),
      members_seen = members_seen + ${part.members},
      mails = mails + ${part.mails},
      mails_with_faults = mails_with_faults + ${part.withFaults},
      mails_by_locale = mails_by_locale || coalesce((
        select jsonb_object_agg(locale, value::bigint + coalesce((mails_by_locale ->> locale)::bigint, 0))
        from jsonb_each_text(${JSON.stringify(part.byLocale)}::jsonb) as given (locale, value)
      ), '{}'),
      state = case when ${part.upTo}::bigint is null then 'done' else state end,
      finished_at = case when ${part.upTo}::bigint is null then ${now}::timestamptz end,
      worked_at = ${now}::timestamptz
    where campaign_id = ${campaignId}::bigint`.execute(tx)
}

export type FindingRow = { id: number, code: FaultCode, locale: string, what: string, words: string, count: number, examples: { contact_id: number, name: string }[] }

const nameOf = sql`coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, '#' || c.id)`

/** What was found, the most frequent first, with three people of each. */
export async function listFindings(db: Db, campaignId: number): Promise<FindingRow[]> {
  return rows(db, sql`
    select f.id, f.code, f.locale, f.what, f.words, f.count, coalesce((
      select jsonb_agg(jsonb_build_object('contact_id', first.contact_id, 'name', first.name))
      from (
        select p.contact_id, ${nameOf} as name
        from mail_finding_people p
        join contacts c on c.id = p.contact_id
        where p.campaign_id = f.campaign_id
          and p.finding_id = f.id
        order by p.contact_id
        limit 3
      ) as first
    ), '[]') as examples
    from mail_findings f
    where f.campaign_id = ${campaignId}::bigint
    order by f.count desc, f.id
    limit 300`)
}

/** The people behind a finding, by contact id after a cursor. */
export async function listFindingPeople(db: Db, campaignId: number, findingId: number, after: number, limit: number): Promise<{ id: number, name: string, email: string | null }[]> {
  return rows(db, sql`
    select c.id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name, c.email
    from mail_finding_people p
    join contacts c on c.id = p.contact_id
    where p.campaign_id = ${campaignId}::bigint
      and p.finding_id = ${findingId}::bigint
      and p.contact_id > ${after}::bigint
    order by p.contact_id
    limit ${limit}`)
}

export async function findFinding(db: Db, campaignId: number, findingId: number): Promise<{ code: FaultCode, what: string, words: string } | undefined> {
  return maybeOne(db, sql`select code, what, words from mail_findings where campaign_id = ${campaignId}::bigint and id = ${findingId}::bigint`)
}

/** Campaigns about to leave within some minutes whose mails nobody has looked at for it. Held; those another process holds are passed over. */
export async function takeUnchecked(tx: Db, until: Date): Promise<number | null> {
  return (await maybeOne<{ id: number }>(tx, sql`
    select c.id
    from campaigns c
    where c.check_first
      and (c.state = 'planning' or c.state = 'scheduled' and c.send_at <= ${until}::timestamptz)
      and c.segment_id is not null
      and not exists (select from mail_checks k where k.campaign_id = c.id and k.for_sending and k.state <> 'cancelled' and k.template_version_id = coalesce(c.template_version_id, (select t.version_id from templates t where t.id = c.template_id)))
    order by c.id
    limit 1
    for update of c skip locked`))?.id ?? null
}

/** A campaign about to leave whose mails have been looked at, held. */
export async function takeChecked(tx: Db): Promise<{ id: number, name: string, state: 'planning' | 'scheduled', created_by: number | null } | null> {
  return await maybeOne<{ id: number, name: string, state: 'planning' | 'scheduled', created_by: number | null }>(tx, sql`
    select c.id, c.name, c.state, c.created_by
    from campaigns c
    join mail_checks k on k.campaign_id = c.id and k.for_sending and k.state = 'done'
    where c.check_first
      and c.state in ('planning', 'scheduled')
    order by c.id
    limit 1
    for update of c skip locked`) ?? null
}

/** Nothing has left yet: it is a draft again, with the reason. */
export async function holdForFaults(tx: Db, campaignId: number, detail: string, now: Date): Promise<void> {
  await sql`
    update campaigns
    set state = 'draft', send_at = null, started_at = null, template_version_id = null, check_first = false, pause_reason = 'faults', pause_detail = ${detail}, revision = revision + 1, updated_at = ${now}::timestamptz
    where id = ${campaignId}::bigint
      and planned_at is null`.execute(tx)
}
