import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { knownEvents } from '../../shared/events.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'

const usualProperties: Record<string, string[]> = {
  'order.placed': ['order_id', 'amount', 'currency', 'coupon', 'items.sku', 'items.name', 'items.category', 'items.price', 'items.quantity'],
  'cart.updated': ['items.sku', 'items.name', 'items.category', 'items.price', 'items.quantity'],
  'email.clicked': ['url', 'coupon', 'campaign_id', 'journey_id'],
  'email.opened': ['campaign_id', 'journey_id'],
  'email.sent': ['campaign_id', 'journey_id'],
  'form.submitted': ['form_id'],
  'page.viewed': ['url'],
  'coupon.redeemed': ['coupon'],
  'coupon.given': ['coupon', 'pool_id'],
  'deal.created': ['pipeline_id', 'stage_id', 'title', 'amount'],
  'deal.stage_changed': ['pipeline_id', 'from_stage_id', 'stage_id'],
  'call.logged': ['direction', 'outcome', 'minutes'],
  'deal.won': ['pipeline_id', 'amount'],
  'deal.stale': ['pipeline_id', 'stage_id', 'days'],
  'deal.lost': ['pipeline_id', 'reason'],
  'lead.status_changed': ['from', 'to'],
  'segment.entered': ['segment_id'],
  'segment.left': ['segment_id'],
  'journey.entered': ['journey_id'],
  'journey.ended': ['journey_id'],
  'journey.goal_reached': ['journey_id', 'goal'],
  'webhook.answered': ['status', 'outcome'],
}

/** What a condition can name, and what can be chosen for it. Reads reference tables and the latest few thousand events, leads, products and cards. */
export async function loadVocabulary(db: Db): Promise<ConditionVocabulary> {
  const [lists] = await rows<Omit<ConditionVocabulary, 'events' | 'currency'>>(db, sql`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'label', label, 'kind', reads_as, 'options', options) order by position, id), '[]')
        from custom_fields where "of" = 'contact' and archived_at is null) as custom_fields,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]') from tags) as tags,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name_en', name_en, 'name_ru', name_ru) order by position, id), '[]')
        from topics where archived_at is null) as topics,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from segments where archived_at is null) as segments,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from users where disabled_at is null) as users,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id desc), '[]')
        from (select id, name from campaigns where archived_at is null order by id desc limit 500) as newest) as campaigns,
      ${journeysWithSteps} as journeys,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from templates where archived_at is null) as templates,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from forms where archived_at is null) as forms,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from coupon_pools where archived_at is null) as coupon_pools,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'stages', (
          select coalesce(jsonb_agg(jsonb_build_object('id', stages.id, 'name', stages.name) order by stages.position, stages.id), '[]')
          from stages where stages.pipeline_id = pipelines.id and stages.archived_at is null
        )) order by position, id), '[]')
        from pipelines where archived_at is null) as pipelines,
      (select coalesce(jsonb_agg(jsonb_build_object('value', source, 'label', label) order by lower(label)), '[]')
        from (
          select newest.source, coalesce(max(forms.name), max(newest.source_label)) as label
          from (select source, source_label, form_id from leads order by created_at desc limit 2000) as newest
          left join forms on forms.id = newest.form_id
          group by newest.source
        ) as sources) as lead_sources,
      ${valuesByName(sql`
        select named.name, named.value
        from (select sku, name, category from products order by updated_at desc limit 2000) as newest
        cross join lateral (values ('sku', newest.sku), ('name', newest.name), ('category', newest.category)) as named (name, value)
      `, 200)} as item_values,
      ${valuesByName(sql`
        select named.name, named.value
        from (select city, source, locale, time_zone from contacts order by id desc limit 3000) as newest
        cross join lateral (values ('city', newest.city), ('source', newest.source), ('locale', newest.locale), ('time_zone', newest.time_zone)) as named (name, value)
      `, 50)} as field_values
  `)
  if (lists === undefined) throw new Error('a select without a table always answers')
  return { ...lists, currency: (await readCompany(db)).currency, events: await seenEvents(db) }
}

/** Steps of the draft and of the published version; a mail without a name of its own is called after its template. */
const journeysWithSteps = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', journeys.id, 'name', journeys.name, 'steps', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'key', step.key,
      'kind', step.value ->> 'kind',
      'name', coalesce(nullif(step.value ->> 'name', ''), (select templates.name from templates where templates.id::text = step.value ->> 'template_id'))
    ) order by step.key), '[]')
    from jsonb_each(coalesce(journey_versions.graph -> 'steps', '{}') || coalesce(journeys.draft -> 'steps', '{}')) as step
    where step.value ->> 'kind' <> 'end'
  )) order by lower(journeys.name)), '[]')
  from journeys
  left join journey_versions on journey_versions.id = journeys.version_id
  where journeys.archived_at is null
)`

/** `{city: [Paris, Rome]}` of rows (name, value): the most frequent texts of each name, at most so many. */
function valuesByName(named: RawBuilder<unknown>, most: number): RawBuilder<unknown> {
  return sql`(
    select coalesce(jsonb_object_agg(name, list), '{}')
    from (
      select name, jsonb_agg(value order by times desc, value) as list
      from (
        select name, value, count(*) as times, row_number() over (partition by name order by count(*) desc, value) as place
        from (${named}) as named
        where value <> '' and length(value) <= 100
        group by name, value
      ) as counted
      where place <= ${sql.lit(most)}
      group by name
    ) as lists
  )`
}

/** Names of people and numbers of things say nothing as a choice. */
const neverChosen = ['order_id', 'message_id', 'enrolment_id', 'email', 'name', 'phone']

async function seenEvents(db: Db): Promise<ConditionVocabulary['events']> {
  const seen = await rows<{ type: string, properties: string[], values: Record<string, string[]> }>(db, sql`
    with latest as materialized (
      select type, properties
      from events
      where occurred_at > now() - interval '90 days'
      limit 5000
    ), named as (
      select latest.type, property.key, case jsonb_typeof(property.value) when 'string' then property.value #>> '{}' end as text
      from latest
      left join lateral jsonb_each(latest.properties) as property on true
    ), counted as (
      select type, key, text, row_number() over (partition by type, key order by count(*) desc, text) as place
      from named
      where text <> ''
        and length(text) <= 100
        and key <> all(${neverChosen}::text[])
      group by type, key, text
    ), listed as (
      select type, jsonb_object_agg(key, list) as lists
      from (select type, key, jsonb_agg(text order by place) as list from counted where place <= 20 group by type, key) as lists
      group by type
    )
    select named.type, coalesce(array_agg(distinct named.key order by named.key) filter (where named.key is not null), '{}') as properties,
      coalesce((select listed.lists from listed where listed.type = named.type), '{}') as values
    from named
    group by named.type
    order by named.type
  `)
  const byType = new Map(seen.map(event => [event.type, event]))
  const types = new Set([...Object.keys(knownEvents), ...byType.keys()])
  return [...types].map(type => ({
    type,
    properties: [...new Set([...usualProperties[type] ?? [], ...(byType.get(type)?.properties ?? []).filter(key => key !== 'items')])].slice(0, 60),
    values: byType.get(type)?.values ?? {},
  }))
}
