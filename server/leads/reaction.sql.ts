import type { RawBuilder } from 'kysely'
import type { LeadAnswer, LeadReaction } from '../../shared/leads.ts'
import type { ReactionRules } from '../../shared/reactions.ts'
import { changedRows, rows, sql, type Db } from '../base/db.ts'
import { readCompany, readSetting, writeSetting } from '../company/company.sql.ts'
import { hoursOfUsers } from '../staff/working-time.sql.ts'

const settingsKey = 'lead_reaction'

/** Until somebody says otherwise: an hour of working time, and the administrators hear of it after another. */
export async function readReactionRules(db: Db): Promise<ReactionRules> {
  return await readSetting<ReactionRules>(db, settingsKey) ?? { minutes: 60, by_source: {}, then_minutes: 60, then_tell: 'administrators', hand_on: false }
}
export const writeReactionRules = (db: Db, rules: ReactionRules): Promise<void> => writeSetting(db, settingsKey, rules)

const waits = sql`(leads.answered_at is null and leads.status in ('new', 'in_work'))`

/** What the words mean, for lists, counts and reports alike. */
export function reactionIs(state: LeadReaction, now: Date): RawBuilder<unknown> {
  switch (state) {
    case 'answered': return sql`leads.answered_at is not null`
    case 'within': return sql`(leads.answered_at <= leads.answer_due_at)`
    case 'late': return sql`(leads.answered_at > leads.answer_due_at)`
    case 'waiting': return waits
    case 'overdue': return sql`(${waits} and leads.answer_due_at <= ${now}::timestamptz)`
  }
}

/** Leads that came in on these days of the company's calendar, at that hour. */
export function cameIn({ from, to, hour }: { from?: string | undefined, to?: string | undefined, hour?: number | undefined }, timeZone: string): RawBuilder<unknown> {
  return sql.join([
    from === undefined ? sql`true` : sql`leads.created_at >= ${from}::date::timestamp at time zone ${timeZone}`,
    to === undefined ? sql`true` : sql`leads.created_at < (${to}::date + 1)::timestamp at time zone ${timeZone}`,
    hour === undefined ? sql`true` : sql`extract(hour from leads.created_at at time zone ${timeZone}) = ${hour}`,
  ], sql` and `)
}

export type Answer = { contact_id: number, /** undefined: every open lead of the contact */ lead_id?: number, at: Date, by: LeadAnswer, user_id: number | null }

/** Somebody answered: leads that nobody had answered before keep it as their first answer. The caller holds the contacts' rows. */
export async function noteAnswers(tx: Db, answers: Answer[]): Promise<void> {
  if (answers.length === 0) return
  const hours = await hoursOfUsers(tx)
  await sql`
    with answers as (
      select *
      from unnest(
        ${answers.map(each => each.contact_id)}::bigint[], ${answers.map(each => each.lead_id ?? null)}::bigint[], ${answers.map(each => each.at)}::timestamptz[],
        ${answers.map(each => each.by)}::text[], ${answers.map(each => each.user_id)}::bigint[]
      ) as answers (contact_id, lead_id, at, by, user_id)
    ), firsts as (
      select distinct on (leads.contact_id, leads.id) leads.contact_id, leads.id, answers.at, answers.by, answerer.id as user_id, ${hours.days} as days, ${hours.zone} as zone
      from answers
      join leads on leads.contact_id = answers.contact_id and (leads.id = answers.lead_id or (answers.lead_id is null and leads.status in ('new', 'in_work')))
      left join users on users.id = leads.owner_id
      left join users answerer on answerer.id = answers.user_id
      where answers.at >= leads.created_at
        and (leads.answered_at is null or leads.answered_at > answers.at)
      order by leads.contact_id, leads.id, answers.at
    )
    update leads
    set answered_at = firsts.at, answered_by = firsts.by, answered_user_id = firsts.user_id,
      answer_seconds = working_seconds(firsts.days, firsts.zone, ${hours.holidays}::date[], leads.created_at, firsts.at)
    from firsts
    where leads.contact_id = firsts.contact_id
      and leads.id = firsts.id`.execute(tx)
}

/** Set back to new, a lead waits again when nothing but its state had said that somebody looked. */
export async function takeBackAnswers(tx: Db, leads: { contact_id: number, lead_id: number }[]): Promise<void> {
  if (leads.length === 0) return
  await sql`
    update leads
    set answered_at = null, answered_by = null, answered_user_id = null, answer_seconds = null
    from unnest(${leads.map(each => each.contact_id)}::bigint[], ${leads.map(each => each.lead_id)}::bigint[]) as again (contact_id, lead_id)
    where leads.contact_id = again.contact_id
      and leads.id = again.lead_id
      and leads.answered_by = 'status'`.execute(tx)
}

/**
 * Due times of leads that wait, wherever they are made of another limit, week, zone or holidays than hold now; how many. Those answered
 * before the loop came get theirs, too. Leads somebody holds are left for the next time.
 */
export async function settleDue(db: Db, limit: number): Promise<number> {
  const [rules, hours, { time_zone }] = [await readReactionRules(db), await hoursOfUsers(db), await readCompany(db)]
  return changedRows(db, sql`
    with clocks as (
      select users.id as owner_id, ${hours.days} as days, ${hours.zone} as zone from users
      union all
      select 0, ${hours.companyDays}, ${time_zone}
    ), named as (
      select clocks.*, md5(concat_ws(' ', days::text, zone, ${hours.holidays}::date[]::text, ${rules.then_minutes}::text)) as clock from clocks
    ), limits as (
      select source, case when ${JSON.stringify(rules.by_source)}::jsonb ? source then (${JSON.stringify(rules.by_source)}::jsonb ->> source)::int else ${rules.minutes}::int end as minutes
      from (select distinct split_part(source, ':', 1) as source from leads where due_by is null or ${waits}) as sources
    ), differing as (
      select leads.contact_id, leads.id, named.days, named.zone, limits.minutes, concat_ws(' ', named.clock, coalesce(limits.minutes, 0)) as due_by
      from leads
      join named on named.owner_id = coalesce(leads.owner_id, 0)
      join limits on limits.source = split_part(leads.source, ':', 1)
      where (leads.due_by is null or ${waits})
        and leads.due_by is distinct from concat_ws(' ', named.clock, coalesce(limits.minutes, 0))
      limit ${limit}
      for update of leads skip locked
    )
    update leads
    set answer_due_at = working_due(differing.days, differing.zone, ${hours.holidays}::date[], leads.created_at, differing.minutes),
      escalate_at = working_due(differing.days, differing.zone, ${hours.holidays}::date[], leads.created_at, differing.minutes + ${rules.then_minutes}::int),
      due_by = differing.due_by
    from differing
    where leads.contact_id = differing.contact_id
      and leads.id = differing.id`)
}

const isLate = (now: Date) => sql`${waits} and ((leads.answer_due_at <= ${now}::timestamptz and leads.warned_at is null) or (leads.escalate_at <= ${now}::timestamptz and leads.escalated_at is null))`

/** Leads whose limit has passed and nobody has been told. */
export async function findLate(db: Db, limit: number, now: Date): Promise<{ contact_id: number, id: number }[]> {
  return rows(db, sql`select contact_id, id from leads where ${isLate(now)} order by id limit ${limit}`)
}

export type LateLead = { contact_id: number, id: number, owner_id: number | null, source_label: string, warns: boolean, escalates: boolean }

/** Of these, the ones that still wait are marked as told; what is to be told. One nobody looks after is told to others at once. The caller holds the contacts' rows. */
export async function markLate(tx: Db, ids: number[], now: Date): Promise<LateLead[]> {
  return rows(tx, sql`
    with late as (
      select contact_id, id, owner_id, source_label, warned_at is null and owner_id is not null as warns, escalated_at is null and (owner_id is null or escalate_at <= ${now}::timestamptz) as escalates
      from leads
      where id = any(${ids}::bigint[])
        and ${isLate(now)}
      for no key update
    ), marked as (
      update leads
      set warned_at = coalesce(warned_at, ${now}::timestamptz), escalated_at = case when late.escalates then ${now}::timestamptz else leads.escalated_at end
      from late
      where leads.contact_id = late.contact_id
        and leads.id = late.id
    )
    select * from late order by id`)
}

/** Whom to tell of a lead of each owner (0: nobody's), as the rules say. */
export async function findHelpers(db: Db, owners: number[], of: 'administrators' | 'team'): Promise<Map<number, number[]>> {
  const found = await rows<{ owner_id: number, helpers: number[] }>(db, sql`
    select owner_id, coalesce(
      (select array_agg(distinct others.user_id) from team_members own
        join team_members others on others.team_id = own.team_id and others.user_id <> own.user_id
        join users on users.id = others.user_id and users.disabled_at is null
        where ${of === 'team'}::boolean and own.user_id = owner_id),
      (select array_agg(users.id) from users where users.role = 'administrator' and users.disabled_at is null),
      '{}') as helpers
    from unnest(${owners}::bigint[]) as owner_id`)
  return new Map(found.map(({ owner_id, helpers }) => [owner_id, helpers.map(Number)]))
}
