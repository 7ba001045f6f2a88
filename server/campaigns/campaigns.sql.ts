import type { CampaignStages, CampaignState } from '../../shared/campaigns.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'

export type CampaignRow = {
  id: number, name: string, state: CampaignState
  template_id: number | null, template_name: string | null, template_kind: 'marketing' | 'transactional' | null, template_archived: boolean, current_version_id: number | null, template_version_id: number | null
  segment_id: number | null, segment_name: string | null, segment_state: string | null, members_count: number | null
  topic_id: number | null, topic_name_en: string | null, topic_name_ru: string | null
  send_at: Date | null, started_at: Date | null, planned_at: Date | null, finished_at: Date | null, planned_up_to: number
  pace_per_hour: number | null, ignores_caps: boolean, ignores_quiet_hours: boolean, ignores_best_hour: boolean
  stages: CampaignStages | null, stage: number, stage_done_at: Date | null, audience: number | null, pause_reason: 'bounces' | 'complaints' | 'faults' | null, check_first: boolean, pause_detail: string | null
  revision: number, created_at: Date, updated_at: Date, archived_at: Date | null
}

const selectCampaigns = sql`
  select
    c.id, c.name, c.state, c.template_id, t.name as template_name, t.kind as template_kind, t.archived_at is not null as template_archived, t.version_id as current_version_id, c.template_version_id,
    c.segment_id, s.name as segment_name, s.state as segment_state, s.members_count, c.topic_id, topics.name_en as topic_name_en, topics.name_ru as topic_name_ru,
    c.send_at, c.started_at, c.planned_at, c.finished_at, c.planned_up_to, c.pace_per_hour, c.ignores_caps, c.ignores_quiet_hours, c.ignores_best_hour, c.stages, c.stage, c.stage_done_at, c.audience, c.pause_reason, c.pause_detail, c.check_first, c.revision, c.created_at, c.updated_at, c.archived_at
  from campaigns c
  left join templates t on t.id = c.template_id
  left join segments s on s.id = c.segment_id
  left join topics on topics.id = c.topic_id`

/** Newest first, before an id. */
export async function listCampaigns(db: Db, filter: { search: string, archived: boolean, before: number | null, limit: number }): Promise<CampaignRow[]> {
  return rows(db, sql`
    ${selectCampaigns}
    where (c.archived_at is not null) = ${filter.archived}::boolean
      and (${filter.search} = '' or strpos(lower(c.name), lower(${filter.search})) > 0)
      and (${filter.before}::bigint is null or c.id < ${filter.before}::bigint)
    order by c.id desc
    limit ${filter.limit}`)
}

/** With `lock` the row is held until the transaction ends, so that two who press at once come one after the other. */
export async function findCampaign(db: Db, id: number, lock = false): Promise<CampaignRow | undefined> {
  return maybeOne(db, sql`${selectCampaigns} where c.id = ${id}::bigint ${lock ? sql`for update of c` : sql``}`)
}

export async function insertCampaign(db: Db, campaign: { name: string, template_id: number | null, segment_id: number | null, topic_id: number | null, created_by: number | null }, now: Date): Promise<number> {
  return (await one<{ id: number }>(db, sql`
    insert into campaigns (name, template_id, segment_id, topic_id, created_by, created_at, updated_at)
    values (${campaign.name}, ${campaign.template_id}::bigint, ${campaign.segment_id}::bigint, ${campaign.topic_id}::bigint, ${campaign.created_by}::bigint, ${now}::timestamptz, ${now}::timestamptz)
    returning id`)).id
}

export type CampaignChange = { name: string, template_id: number | null, segment_id: number | null, topic_id: number | null, pace_per_hour: number | null, ignores_caps: boolean, ignores_quiet_hours: boolean, ignores_best_hour: boolean, stages: CampaignStages | null }

/** False: somebody was faster. */
export async function updateCampaign(db: Db, id: number, revision: number, change: CampaignChange, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update campaigns
    set name = ${change.name}, template_id = ${change.template_id}::bigint, segment_id = ${change.segment_id}::bigint, topic_id = ${change.topic_id}::bigint,
      pace_per_hour = ${change.pace_per_hour}, ignores_caps = ${change.ignores_caps}, ignores_quiet_hours = ${change.ignores_quiet_hours}, ignores_best_hour = ${change.ignores_best_hour}, stages = ${change.stages === null ? null : JSON.stringify(change.stages)}::jsonb,
      revision = revision + 1, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and revision = ${revision}`) > 0
}

export async function archiveCampaign(db: Db, id: number, now: Date): Promise<void> {
  await sql`update campaigns set archived_at = ${now}::timestamptz, updated_at = ${now}::timestamptz where id = ${id}::bigint`.execute(db)
}

export async function deleteCampaign(db: Db, id: number): Promise<void> {
  await sql`delete from campaigns where id = ${id}::bigint and state = 'draft'`.execute(db)
}

export async function scheduleCampaign(tx: Db, id: number, sendAt: Date | null, now: Date): Promise<void> {
  await sql`
    update campaigns
    set state = ${sendAt === null ? 'draft' : 'scheduled'}, send_at = ${sendAt}::timestamptz, pause_reason = null, pause_detail = null, updated_at = ${now}::timestamptz
    where id = ${id}::bigint`.execute(tx)
}

/** The version of the template is fixed here: what is changed later is for the next campaign. */
export async function startPlanning(tx: Db, id: number, now: Date): Promise<void> {
  await sql`
    update campaigns c
    set state = 'planning', planned_up_to = 0, planned_at = null, finished_at = null, pause_reason = null, pause_detail = null,
      started_at = coalesce(c.started_at, ${now}::timestamptz), updated_at = ${now}::timestamptz,
      template_version_id = coalesce(c.template_version_id, t.version_id)
    from templates t
    where c.id = ${id}::bigint
      and t.id = c.template_id`.execute(tx)
}

export async function setCampaignState(tx: Db, id: number, state: CampaignState, now: Date): Promise<void> {
  await sql`
    update campaigns
    set state = ${state}, updated_at = ${now}::timestamptz,
      -- Whoever lets go on what had paused itself has seen why.
      is_unguarded = is_unguarded or (pause_reason is not null and ${state} in ('planning', 'sending')), pause_reason = null, pause_detail = null,
      finished_at = case when ${state} in ('sent', 'cancelled') then ${now}::timestamptz else finished_at end
    where id = ${id}::bigint`.execute(tx)
}

/** One campaign whose time has come; null when there is none. Held until the transaction ends; what another process holds is passed over. */
export async function takeDue(tx: Db, now: Date): Promise<number | null> {
  return (await maybeOne<{ id: number }>(tx, sql`
    select id
    from campaigns
    where state = 'scheduled'
      and send_at <= ${now}::timestamptz
    order by send_at
    limit 1
    for update skip locked`))?.id ?? null
}

export type Planning = { id: number, segment_id: number, topic_id: number, template_version_id: number, planned_up_to: number }

/** One campaign that is being planned, held. */
export async function takePlanning(tx: Db): Promise<Planning | null> {
  return await maybeOne<Planning>(tx, sql`
    select id, segment_id, topic_id, template_version_id, planned_up_to
    from campaigns
    where state = 'planning'
      and not check_first
    order by updated_at
    limit 1
    for update skip locked`) ?? null
}

/** `upTo` null: everybody has their message. */
export async function notePlanned(tx: Db, id: number, upTo: number | null, now: Date): Promise<void> {
  await sql`
    update campaigns
    set planned_up_to = coalesce(${upTo}::bigint, planned_up_to),
      planned_at = case when ${upTo}::bigint is null then ${now}::timestamptz end,
      audience = case when ${upTo}::bigint is null then (select count(*) from messages where campaign_id = ${id}::bigint) end,
      state = case when ${upTo}::bigint is null then 'sending' else state end,
      updated_at = ${now}::timestamptz
    where id = ${id}::bigint`.execute(tx)
}

export const listSending = async (db: Db): Promise<number[]> => (await rows<{ id: number }>(db, sql`select id from campaigns where state = 'sending' order by id`)).map(row => row.id)

/** True when it was still sending: the second of two finds it done. */
export async function finishCampaign(tx: Db, id: number, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update campaigns
    set state = 'sent', finished_at = ${now}::timestamptz, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and state = 'sending'`) > 0
}

export const referenceExists = async (db: Db, table: 'templates' | 'segments' | 'topics', id: number): Promise<boolean> =>
  (await one<{ found: boolean }>(db, sql`select exists (select from ${sql.table(table)} where id = ${id}::bigint and archived_at is null) as found`)).found

export type Watched = { id: number, name: string, stages: CampaignStages | null, stage: number, stage_done_at: Date | null, audience: number | null, is_unguarded: boolean }

/** Campaigns under way, for the guard and the stages. */
export const listWatched = (db: Db): Promise<Watched[]> => rows(db, sql`
  select id, name, stages, stage, stage_done_at, audience, is_unguarded
  from campaigns
  where state in ('planning', 'sending')
  order by id`)

/** It pauses itself. False: it was not under way any more. */
export async function pauseByGuard(tx: Db, id: number, reason: 'bounces' | 'complaints', detail: string, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update campaigns
    set state = 'paused', pause_reason = ${reason}, pause_detail = ${detail}, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and state in ('planning', 'sending')`) > 0
}

/** All of the stage has left. A second run changes nothing. */
export async function noteStageDone(tx: Db, id: number, stage: number, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update campaigns
    set stage_done_at = ${now}::timestamptz, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and stage = ${stage}
      and stage_done_at is null`) > 0
}

/** On to the next stage; false when somebody was faster. */
export async function nextStage(tx: Db, id: number, stage: number, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update campaigns
    set stage = stage + 1, stage_done_at = null, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and stage = ${stage}
      and state = 'sending'`) > 0
}

/** How many mails have been let go in all stages so far (the budget the senders take from), and whether some are under way. */
export async function readStage(db: Db, id: number): Promise<{ taken: number, under_way: boolean }> {
  return one(db, sql`
    select coalesce((select day_used from sending_budgets where key = 'stage:' || ${id}::bigint), 0) as taken,
      exists (select from messages where campaign_id = ${id}::bigint and state = 'sending') as under_way`)
}
