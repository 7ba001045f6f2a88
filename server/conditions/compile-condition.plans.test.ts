import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition, RelatedKind } from '../../shared/conditions.ts'
import { testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { rows } from '../base/db.ts'
import { findPassing } from './clock-edges.sql.ts'
import { compileCondition } from './compile-condition.ts'
import type { ClockEdge } from './compile-condition.ts'

/** The cost of a condition must follow the contacts asked about: no plan may read a large table from end to end. */
let app: TestApp
const now = new Date('2019-06-10T00:00:00Z')
const context = { now, currency: 'EUR', timeZone: 'UTC', timeZones: ['Asia/Tokyo', 'Europe/Moscow'], customFields: [{ key: 'birthday', kind: 'date' }, { key: 'size', kind: 'number' }] }

beforeAll(async () => {
  app = await testApp()
  await sql.raw(`
    insert into custom_fields (key, label, kind) values ('birthday', 'Birthday', 'date'), ('size', 'Size', 'number');
    insert into tags (name) values ('one');
    insert into topics (key, name_en, name_ru) values ('one', 'One', 'Раз');
    insert into segments (name, condition) values ('one', '{"any": []}');
    create table events_2019_may partition of events for values from ('2019-05-01') to ('2019-06-01');
    create table events_2019_june partition of events for values from ('2019-06-01') to ('2019-07-01');
    insert into contacts (city, fields, created_at)
      select 'Paris', jsonb_build_object('birthday', to_char(date '1980-01-01' + g % 9000, 'YYYY-MM-DD')), timestamp '2019-01-01' + g * interval '5 minutes' from generate_series(1, 20000) g;
    insert into contact_rollups (contact_id, orders_count, last_open_at, last_order_at, subscribed_at)
      select g, g % 3, timestamp '2019-01-01' + g * interval '10 minutes', timestamp '2019-01-01' + g * interval '10 minutes', timestamp '2019-01-01' + g * interval '10 minutes' from generate_series(1, 20000) g
      on conflict (contact_id) do update set orders_count = excluded.orders_count, last_open_at = excluded.last_open_at, last_order_at = excluded.last_order_at, subscribed_at = excluded.subscribed_at;
    insert into events (contact_id, type, occurred_at, source, properties)
      select 1 + g % 20000, (array['order.placed', 'email.opened', 'email.clicked'])[1 + g % 3], timestamp '2019-05-02' + (g % 56000) * interval '1 minute', 'test', '{"coupon": "X"}' from generate_series(1, 60000) g;
    insert into consent_states (contact_id, topic_id, status, since) select g, 1, 'granted', now() from generate_series(1, 20000) g;
    insert into contact_tags (contact_id, tag_id) select g, 1 from generate_series(1, 20000, 2) g;
    insert into segment_memberships (contact_id, segment_id, entered_at) select g, 1, now() from generate_series(1, 20000, 3) g;
    update contacts set time_zone = (array['Asia/Tokyo', 'Europe/Moscow', null])[1 + id % 3];
    update contact_tags set added_at = timestamp '2019-01-01' + contact_id * interval '10 minutes';
    update consent_states set since = timestamp '2019-01-01' + contact_id * interval '10 minutes';
    update segment_memberships set entered_at = timestamp '2019-01-01' + contact_id * interval '10 minutes';
    update events set message_id = id, campaign_id = 1 + id % 50, journey_id = 1 + id % 5 where type like 'email.%';
    insert into orders (contact_id, order_id, placed_at, amount, currency, contents_at)
      select g, g::text, timestamp '2019-01-01' + g * interval '10 minutes', g, 'EUR', now() from generate_series(1, 20000) g;
    insert into order_lines (contact_id, order_id, line_number, sku, category, price) select contact_id, id, 1, 'X', 'CD', 100 from orders;
    insert into leads (contact_id, source, source_label, created_at) select g, 'api', 'site', timestamp '2019-01-01' + g * interval '10 minutes' from generate_series(1, 20000) g;
    insert into pipelines (name) values ('one');
    insert into stages (pipeline_id, name) values (1, 'new');
    insert into deals (contact_id, pipeline_id, stage_id, title, amount, currency, created_at, stage_since, closed_at, expected_on)
      select g, 1, 1, 'deal', g, 'EUR', at, at, at, at::date from generate_series(1, 20000) g, lateral (select timestamp '2019-01-01' + g * interval '10 minutes' as at) as moment;
    insert into coupon_pools (name, kind) values ('one', 'list');
    insert into coupons (contact_id, pool_id, code, given_at, valid_until, source)
      select g, 1, g::text, now(), timestamp '2019-01-01' + g * interval '10 minutes', 'api' from generate_series(1, 20000) g;
    insert into templates (name) values ('one');
    insert into template_versions (template_id, number, document) values ((select max(id) from templates), 1, '{}');
    insert into journeys (name, draft) values ('one', '{}');
    insert into journey_versions (journey_id, number, graph) values ((select max(id) from journeys), 1, '{}');
    insert into enrolments (contact_id, journey_id, version_id, step_key, trigger_key, entered_at, arrived_at, ended_at, state, lane)
      select g, j.id, v.id, 'a', 'x', at, at, case when g % 2 = 0 then at end, case when g % 2 = 0 then 'done' else 'waiting' end, 1
      from generate_series(1, 20000) g, lateral (select timestamp '2019-01-01' + g * interval '10 minutes' as at) as moment,
        (select max(id) as id from journeys) j, (select max(id) as id from journey_versions) v;
    insert into messages (contact_id, lane, kind, template_version_id, step_key, state)
      select g, 1, 'journey', (select max(id) from template_versions), 'a', 'sent' from generate_series(1, 20000) g;
    analyze;
  `).execute(app.db)
}, 300_000)
afterAll(() => app.close())

// Months without events are read whole, and that is nothing.
const large = /^(contacts|contact_rollups|events_2019_may|events_2019_june|consent_states|contact_tags|segment_memberships|orders|order_lines|leads|deals|coupons|enrolments|messages)$/

type Plan = { 'Node Type': string, 'Relation Name'?: string, Plans?: Plan[] }
const scanned = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' && large.test(plan['Relation Name'] ?? '') ? [plan['Relation Name'] ?? ''] : []),
  ...(plan.Plans ?? []).flatMap(scanned),
]

const days = (amount: number) => ({ amount, unit: 'days' as const })
const leaves: Record<string, Condition> = {
  'a text': { field: 'city', operator: 'is', value: 'paris' },
  'a computed number': { field: 'average_order', operator: 'at_least', value: 10 },
  'a relative date': { field: 'last_open_at', operator: 'not_in_last', value: days(90) },
  'a custom date': { field: 'fields.birthday', operator: 'in_next', value: days(7) },
  'an event at any time': { event: 'order.placed' },
  'an event that never happened': { event: 'email.opened', count: { exactly: 0 }, window: { last: days(20) } },
  'a number of events': { event: 'email.opened', count: { at_least: 3 }, window: { last: days(20) } },
  'orders after a date of the card': { event: 'order.placed', count: { exactly: 0 }, window: { within: days(7), after_field: 'subscribed_at' } },
  'a coupon not used': { event: 'email.clicked', where: [{ property: 'coupon', operator: 'known' }], not_followed_by: { event: 'order.placed', same_property: 'coupon' } },
  'a consent': { consent: 'granted', topic: 1 },
  'no consent': { consent: 'none', topic: null },
  'a tag': { tag: 1, has: false },
  'a segment': { segment: 1, in: true },
  'events on different days': { event: 'email.opened', by_day: true, count: { at_least: 3 }, window: { last: days(20) } },
  'a sum of events': { event: 'order.placed', measure: { of: 'sum', property: 'amount', operator: 'at_most', value: 100 }, window: { before: days(20) } },
  'a mean over order lines': { event: 'order.placed', measure: { of: 'average', property: 'items.price', operator: 'more_than', value: 10 }, where_item: [{ property: 'category', operator: 'is', value: 'CD' }] },
  'events after another event': { event: 'order.placed', window: { within: days(7), after_event: 'email.clicked' } },
  'events after a day of the card': { event: 'order.placed', window: { within: days(7), after_field: 'fields.birthday' } },
  'an event not followed in time': { event: 'email.clicked', not_followed_by: { event: 'order.placed', within: days(3) } },
  'a lead': { related: 'lead', where: [{ field: 'status', operator: 'is', value: 'new' }, { field: 'utm.source', operator: 'unknown' }, { field: 'created_at', operator: 'in_last', value: days(7) }] },
  'a deal': { related: 'deal', count: { exactly: 0 }, where: [{ field: 'state', operator: 'is', value: 'open' }, { field: 'amount', operator: 'at_least', value: 10 }] },
  'orders of a category': { related: 'order', count: { at_least: 2 }, where: [{ field: 'items.category', operator: 'is', value: 'CD' }, { field: 'status', operator: 'is', value: 'placed' }] },
  'a sum of orders': { related: 'order', measure: { of: 'sum', property: 'amount', operator: 'less_than', value: 1000 }, where: [{ field: 'placed_at', operator: 'more_than_ago', value: days(30) }] },
  'the anniversary of an order': { related: 'order', where: [{ field: 'placed_at', operator: 'anniversary_today' }] },
  'a mail of a campaign opened': { mail: 'opened', of: { campaign: 1 }, happened: true },
  'a mail of a step never sent': { mail: 'sent', of: { journey: 1, step: 'a' }, happened: false, window: { last: days(20) } },
  'a mail of a template clicked': { mail: 'clicked', of: { template: 1 }, happened: true, link: 'shop' },
  'an open coupon': { coupon: 'open', pool: 1, happened: true },
  'in a journey': { journey: 1, state: 'in', happened: true, step: 'a', since: { operator: 'more_than_ago', value: days(3) } },
  'never in a journey': { journey: 1, state: 'ever', happened: false },
  'a birthday': { field: 'fields.birthday', operator: 'anniversary_in_next', value: days(7) },
  'the anniversary of a card': { field: 'created_at', operator: 'anniversary_in_last', value: days(7) },
  'a consent since': { consent: 'granted', topic: 1, since: { operator: 'in_last', value: days(7) } },
  'a tag since': { tag: 1, has: true, since: { operator: 'more_than_ago', value: days(7) } },
  'a segment since': { segment: 1, in: true, since: { operator: 'in_last', value: days(7) } },
  'several of these': { any: [{ not: { event: 'order.placed', count: { at_least: 2 } } }, { all: [{ segment: 1, in: false }, { event: 'email.clicked', window: { last: days(3) } }] }] },
}

describe('asked about a few contacts, a condition finds its rows by an index', () => {
  const ids = Array.from({ length: 50 }, (_, index) => 1 + index * 397)
  test.each(Object.entries(leaves))('%s', async (_, condition) => {
    for (const options of [context, { ...context, among: (id: unknown) => sql<boolean>`${id} = any(${ids}::bigint[])` }]) {
      const [explained] = await rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(app.db, sql`
        explain (format json)
        select c.id
        from contacts c
        left join contact_rollups r on r.contact_id = c.id
        where c.id = any(${ids}::bigint[])
          and ${compileCondition(condition, options).predicate}
      `)
      expect(explained?.['QUERY PLAN'].flatMap(plan => scanned(plan.Plan))).toEqual([])
    }
  })
})

type Node = Plan & { 'Plan Rows': number, 'Parent Relationship'?: string, 'Subplan Name'?: string, Filter?: string, 'Join Filter'?: string, 'One-Time Filter'?: string, Plans?: Node[] }
const each = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(each)]
const largeOf = (node: Node): string => each(node).map(part => part['Relation Name'] ?? '').filter(name => large.test(name)).join(' ')
/** Lookups from many rows (of 20,000 contacts), one by one, into a large table. */
function repeated(plan: Node): string[] {
  const all = each(plan)
  const hashed = new Set(all.flatMap(node => [...JSON.stringify(node).matchAll(/hashed (SubPlan \d+)/g)].map(match => match[1])))
  return all.flatMap(node => {
    const [outer, inner] = node.Plans ?? []
    const isRepeated = node['Parent Relationship'] === 'SubPlan' && !hashed.has(node['Subplan Name'] ?? '') && largeOf(node) !== ''
    const isNested = node['Node Type'] === 'Nested Loop' && outer !== undefined && inner !== undefined && outer['Plan Rows'] > 5000 && largeOf(inner) !== ''
    return [...(isRepeated ? [`${node['Subplan Name']}: ${largeOf(node)}`] : []), ...(isNested ? [`nested: ${largeOf(inner)}`] : [])]
  })
}

describe('a count of everybody looks through a table once, not once for each contact', () => {
  test.each(Object.entries(leaves))('%s', async (_, condition) => {
    const [explained] = await rows<{ 'QUERY PLAN': { Plan: Node }[] }>(app.db, sql`
      explain (format json)
      select count(*)
      from contacts c
      left join contact_rollups r on r.contact_id = c.id
      where ${compileCondition(condition, { ...context, among: () => sql<boolean>`true` }).predicate}
    `)
    expect(explained?.['QUERY PLAN'].flatMap(plan => repeated(plan.Plan))).toEqual([])
  })
})

const offset = 10 * 86_400_000
const edges: ClockEdge[] = [
  ...['last_open_at', 'created_at', 'fields.birthday'].map(field => ({ kind: 'field' as const, field, offset })),
  { kind: 'event', event: 'email.opened', offset },
  ...(['order.placed_at', 'lead.created_at', 'deal.created_at', 'deal.stage_since', 'deal.closed_at', 'deal.expected_on'] as const).map(name => ({ kind: 'record' as const, record: name.split('.')[0] as RelatedKind, field: name.split('.')[1] ?? '', offset })),
  { kind: 'tag', tag: 1, offset },
  { kind: 'consent', topic: 1, offset },
  { kind: 'consent', topic: null, offset },
  { kind: 'segment', segment: 1, offset },
  ...(['entered_at', 'arrived_at', 'ended_at'] as const).map(date => ({ kind: 'journey' as const, journey: 1, step: 'a', date, offset })),
  { kind: 'coupon', pool: null },
  ...['fields.birthday', 'created_at', 'subscribed_at', 'last_order_at'].map(field => ({ kind: 'anniversary' as const, field, window: { from: 0, to: 7 } })),
  { kind: 'anniversary', record: 'order', field: 'placed_at', window: { from: 0, to: 0 } },
]

describe('the contacts whose clock edge was passed are found by index ranges', () => {
  test.each(edges.map(edge => [JSON.stringify(edge), edge] as const))('%s', async (_, edge) => {
    // An hour in which a day begins in Moscow and in the company's zone.
    const from = new Date('2019-06-09T23:30:00Z')
    const ranges = edge.kind === 'anniversary' ? [from, new Date('2019-06-09T20:30:00Z')] : [new Date(now.getTime() - 3_600_000)]
    for (const start of ranges) {
      const passing = findPassing([{ owner: 1, edge, from: start, upTo: new Date(start.getTime() + 3_600_000) }], { after: 0, limit: 1000 }, context)
      for (const query of passing) {
        await app.db.transaction().execute(async tx => {
          // However small the tables of this test are.
          await sql`set local enable_seqscan = off`.execute(tx)
          const [explained] = await rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(tx, sql`explain (format json) ${query}`)
          expect(explained?.['QUERY PLAN'].flatMap(plan => scanned(plan.Plan))).toEqual([])
          expect((await rows(tx, query)).length).toBeLessThan(500)
        })
      }
    }
  })
})
