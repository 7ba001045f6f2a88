import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { rows } from '../base/db.ts'
import { findClockCandidates } from '../segments/find-clock-candidates.sql.ts'
import { compileCondition } from './compile-condition.ts'

/** The cost of a condition must follow the contacts asked about: no plan may read a large table from end to end. */
let app: TestApp
const now = new Date('2019-06-10T00:00:00Z')
const context = { now, currency: 'EUR', timeZone: 'UTC', customFields: [{ key: 'birthday', kind: 'date' }, { key: 'size', kind: 'number' }] }

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
    analyze;
  `).execute(app.db)
}, 300_000)
afterAll(() => app.close())

// Months without events are read whole, and that is nothing.
const large = /^(contacts|contact_rollups|events_2019_may|events_2019_june|consent_states|contact_tags|segment_memberships)$/

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

describe('the contacts whose clock edge was passed are found by index ranges', () => {
  test.each(['last_open_at', 'created_at', 'fields.birthday', 'email.opened'])('%s', async subject => {
    const offset = 10 * 86_400_000
    const edge = subject.includes('email') ? { kind: 'event' as const, event: subject, offset } : { kind: 'field' as const, field: subject, offset }
    const candidates = (from: Date) => findClockCandidates(app.db, [{ id: 1, revision: 1, clock_at: from, edges: [edge] }], now, 0, 1000)
    const found = await candidates(new Date(now.getTime() - 3_600_000))
    expect(found.length).toBeLessThan(200)
    await app.db.transaction().execute(async tx => {
      await sql`set local enable_seqscan = off`.execute(tx)
      expect(await findClockCandidates(tx, [{ id: 1, revision: 1, clock_at: new Date(now.getTime() - 3_600_000), edges: [edge] }], now, 0, 1000)).toEqual(found)
    })
  })
})
