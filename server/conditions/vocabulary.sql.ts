import { sql } from 'kysely'
import { knownEvents } from '../../shared/events.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'

const usualProperties: Record<string, string[]> = {
  'order.placed': ['order_id', 'amount', 'currency', 'coupon', 'items.sku', 'items.name', 'items.category', 'items.price'],
  'email.clicked': ['url', 'coupon', 'campaign_id', 'journey_id'],
  'email.opened': ['campaign_id', 'journey_id'],
  'email.sent': ['campaign_id', 'journey_id'],
  'form.submitted': ['form_id'],
  'page.viewed': ['url'],
  'coupon.redeemed': ['coupon'],
}

/** What a condition can name: fields, tags, topics, segments, users, and the events and properties seen lately. */
export async function loadVocabulary(db: Db): Promise<ConditionVocabulary> {
  const [lists] = await rows<Omit<ConditionVocabulary, 'events' | 'currency'>>(db, sql`
    select
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'label', label, 'kind', kind, 'options', options) order by position, id), '[]')
        from custom_fields where archived_at is null) as custom_fields,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]') from tags) as tags,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name_en', name_en, 'name_ru', name_ru) order by position, id), '[]')
        from topics where archived_at is null) as topics,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from segments where archived_at is null) as segments,
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name) order by lower(name)), '[]')
        from users where disabled_at is null) as users
  `)
  if (lists === undefined) throw new Error('a select without a table always answers')
  return { ...lists, currency: (await readCompany(db)).currency, events: await seenEvents(db) }
}

async function seenEvents(db: Db): Promise<ConditionVocabulary['events']> {
  const seen = await rows<{ type: string, properties: string[] }>(db, sql`
    with latest as (
      select type, properties
      from events
      where occurred_at > now() - interval '90 days'
      limit 5000
    ), named as (
      select distinct latest.type, key
      from latest
      left join lateral jsonb_object_keys(latest.properties) as key on true
    )
    select type, coalesce(array_agg(key order by key) filter (where key is not null), '{}') as properties
    from named
    group by type
    order by type
  `)
  const types = new Set([...Object.keys(knownEvents), ...seen.map(event => event.type)])
  return [...types].map(type => ({
    type,
    properties: [...new Set([...usualProperties[type] ?? [], ...(seen.find(event => event.type === type)?.properties ?? []).filter(key => key !== 'items')])].slice(0, 60),
  }))
}
