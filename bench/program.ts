import type { Condition } from '../shared/conditions.ts'
import type { JourneyGraph } from '../shared/journeys.ts'
import type { App } from '../server/base/app.ts'
import { one, rows, sql } from '../server/base/db.ts'
import { activateJourney } from '../server/journeys/publish-journey.ts'
import { insertJourney } from '../server/journeys/journeys.sql.ts'
import { createSegment } from '../server/segments/save-segment.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'

/** What a company of that size would have running: segments of every family and journeys that listen to them and to events. */

const days = (amount: number) => ({ amount, unit: 'days' as const })
const cities = ['Москва', 'Санкт-Петербург', 'Казань', 'Berlin', 'Омск']

/** Families of conditions, each with its number, so that no two segments ask the same. */
const families: ((n: number) => Condition)[] = [
  n => ({ all: [{ field: 'city', operator: 'is', value: cities[n % 5]! }, { field: 'last_open_at', operator: 'in_last', value: days(10 + n) }] }),
  n => ({ event: 'page.viewed', count: { at_least: 2 + n % 4 }, window: { last: days(3 + n) } }),
  n => ({ all: [{ field: 'orders_count', operator: 'at_least', value: 1 + n % 3 }, { field: 'last_order_at', operator: 'more_than_ago', value: days(20 + n) }] }),
  n => ({ event: 'order.placed', window: { last: days(5 + n) }, where: [{ property: 'amount', operator: 'at_least', value: 100 * n }] }),
  n => ({ all: [{ field: 'last_click_at', operator: 'in_last', value: days(7 + n) }, { event: 'order.placed', count: { exactly: 0 }, window: { last: days(7 + n) } }] }),
  n => ({ event: 'cart.updated', window: { last: days(1 + n % 14) }, not_followed_by: { event: 'order.placed' } }),
  n => ({ all: [{ tag: 1 + n % 2, has: true }, { field: 'revenue', operator: 'at_least', value: 500 * n }] }),
  n => ({ any: [{ field: 'last_visit_at', operator: 'in_last', value: days(1 + n) }, { field: 'source', operator: 'is', value: 'form' }] }),
  n => ({ all: [{ field: 'last_event_at', operator: 'not_in_last', value: days(30 + n) }, { field: 'mails_sent', operator: 'at_least', value: 1 }] }),
  n => ({ event: 'order.placed', where: [{ property: 'items.category', operator: 'is', value: n % 2 === 0 ? 'Kitchen' : 'Garden' }], count: { at_least: 1 + n % 3 } }),
]

/** `count` segments, computed. Every tenth is built on the one before it. */
export async function makeSegments(app: App, count: number): Promise<number[]> {
  const ids: number[] = []
  for (let n = 0; n < count; n++) {
    const own = families[n % families.length]!(n)
    const condition = n % 10 === 9 ? { all: [own, { segment: ids.at(-1)!, in: true }] } : own
    ids.push(await createSegment(app.db, { name: `Bench ${n}`, description: '', condition }, null, app.now()))
  }
  while (await recomputeSegments(app));
  return ids
}

/** `count` journeys, active: half wait for events (one page of many, an order of some size), half for one of the segments. */
export async function makeJourneys(app: App, count: number, segments: number[]): Promise<void> {
  const { id: tag } = await one<{ id: number }>(app.db, sql`insert into tags (name) values ('in a journey') on conflict (lower(name)) do update set name = excluded.name returning id`)
  for (let n = 0; n < count; n++) {
    const trigger: JourneyGraph['trigger'] = n % 2 === 0 && segments.length > 0
      ? { kind: 'segment_entered', segment_id: segments[(n * 7) % segments.length]! }
      : n % 4 === 1
        ? { kind: 'event', event: 'page.viewed', where: [{ property: 'url', operator: 'is', value: `https://shop.example.org/catalogue/${n}` }] }
        : { kind: 'event', event: 'order.placed', where: [{ property: 'amount', operator: 'more_than', value: 1000 * n }] }
    const { id } = await insertJourney(app.db, {
      name: `Bench ${n}`, description: '', created_by: null,
      draft: {
        format: 1, trigger, entry_condition: null, reentry: 'again', first: 'asked',
        steps: {
          asked: { kind: 'condition', condition: { field: 'orders_count', operator: 'at_least', value: 1 + n % 3 }, next_yes: 'tagged', next_no: 'pause' },
          tagged: { kind: 'add_tag', tag_id: tag, next: 'pause' },
          pause: { kind: 'wait', duration: days(1 + n % 7), next: 'bought' },
          bought: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: days(3), next: null, next_timeout: null },
        },
      },
    }, app.now())
    await activateJourney(app.db, id, { revision: undefined, by: null, now: app.now() })
  }
}

/** How many rows the segments hold together. */
export async function countMemberships(app: App): Promise<number> {
  const [counted] = await rows<{ members: number }>(app.db, sql`select count(*) as members from segment_memberships`)
  return counted!.members
}
