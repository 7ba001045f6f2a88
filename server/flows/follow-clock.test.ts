import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { one, rows, sql } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'
import { createSegment } from '../segments/save-segment.ts'
import { followClock } from './follow-clock.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

let app: TestApp
const start = new Date('2026-03-01T12:00:00Z')
const day = 86_400_000
const later = (days: number): Date => new Date(start.getTime() + days * day)

beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())
beforeEach(async () => {
  app.setNow(start)
  await sql.raw('truncate contacts, segments restart identity cascade').execute(app.db)
})

/** People who last opened a mail that many days before the start. */
async function people(...daysAgo: number[]): Promise<void> {
  await ensureMonths(app.app, daysAgo.map(days => later(-days)))
  await sql`
    with added as (insert into contacts (city) select 'Paris' from unnest(${daysAgo}::int[]) returning id),
    opened as (
      insert into events (contact_id, type, occurred_at, source)
      select id, 'email.opened', ${start}::timestamptz - (${daysAgo}::int[])[row_number() over (order by id)] * interval '1 day', 'tracking'
      from added
      returning contact_id, occurred_at
    )
    insert into contact_rollups (contact_id, last_open_at)
    select contact_id, occurred_at
    from opened
    on conflict (contact_id) do update
    set last_open_at = excluded.last_open_at
  `.execute(app.db)
}
async function segment(condition: unknown): Promise<number> {
  const id = await createSegment(app.db, { name: 'S', description: '', condition }, null, app.app.now())
  await runUntilIdle(app, ['segments.recompute'])
  return id
}
const asleep = { field: 'last_open_at', operator: 'not_in_last', value: { amount: 90, unit: 'days' } }
const members = async (id: number): Promise<number[]> => (await rows<{ contact_id: number }>(app.db, sql`select contact_id from segment_memberships where segment_id = ${id} order by 1`)).map(row => row.contact_id)
const clockOf = async (id: number): Promise<Date> => (await one<{ clock_at: Date }>(app.db, sql`select clock_at from segments where id = ${id}`)).clock_at

/** It stays behind what running transactions may still write: here none runs for long. */
function expectClockAt(clock: Date, now: Date): void {
  expect(clock.getTime()).toBeLessThan(now.getTime())
  expect(clock.getTime()).toBeGreaterThan(now.getTime() - 30_000)
}

describe('when only the clock moves', () => {
  test('nothing is done while nobody passes an edge, and the clock is set', async () => {
    await people(10)
    const id = await segment(asleep)
    app.setNow(later(1))
    expect(await followClock(app.app)).toBe(false)
    expect(await members(id)).toEqual([])
    expectClockAt(await clockOf(id), later(1))
  })

  test('a contact enters exactly when the edge is passed, and the timeline says that it was the clock', async () => {
    await people(80, 85)
    const id = await segment(asleep)
    app.setNow(new Date(later(5).getTime() - 1))
    await followClock(app.app)
    expect(await members(id)).toEqual([])
    app.setNow(later(5))
    await followClock(app.app)
    expect(await members(id)).toEqual([2])
    app.setNow(later(10))
    await followClock(app.app)
    expect(await members(id)).toEqual([1, 2])
    expect(await rows(app.db, sql`select contact_id, type, properties from events where type like 'segment.%' order by occurred_at`)).toEqual([
      { contact_id: 2, type: 'segment.entered', properties: { segment_id: id, because: ['clock'] } },
      { contact_id: 1, type: 'segment.entered', properties: { segment_id: id, because: ['clock'] } },
    ])
  })

  test('segments built on it follow in the same pass', async () => {
    await people(85)
    const id = await segment(asleep)
    const others = await segment({ not: { segment: id, in: true } })
    expect(await members(others)).toEqual([1])
    app.setNow(later(6))
    await followClock(app.app)
    expect(await members(id)).toEqual([1])
    expect(await members(others)).toEqual([])
  })

  test('months without the program are caught up with, however many people they concern', async () => {
    await people(...Array.from({ length: 2500 }, (_, index) => 60 + index % 20))
    const id = await segment(asleep)
    app.setNow(later(120))
    await followClock(app.app)
    expect(await members(id)).toHaveLength(2500)
    expectClockAt(await clockOf(id), later(120))
    await followClock(app.app)
    expect(await one(app.db, sql`select count(*) as entered from events where type = 'segment.entered'`)).toEqual({ entered: 2500 })
  })

  test('two workers at once tell of each move once', async () => {
    await people(...Array.from({ length: 300 }, () => 85))
    const id = await segment(asleep)
    app.setNow(later(6))
    await Promise.all([followClock(app.app), followClock(app.app), followClock(app.app)])
    expect(await members(id)).toHaveLength(300)
    expect(await one(app.db, sql`select count(*) as entered from events where type = 'segment.entered'`)).toEqual({ entered: 300 })
  })

  test('a custom date turns over at midnight of the company', async () => {
    await sql`insert into custom_fields (key, label, kind) values ('birthday', 'Birthday', 'date') on conflict do nothing`.execute(app.db)
    await sql`insert into settings (key, value) values ('company', '{"time_zone": "Asia/Tokyo"}') on conflict (key) do update set value = excluded.value`.execute(app.db)
    await sql`insert into contacts (fields) values ('{"birthday": "2026-03-05"}')`.execute(app.db)
    const id = await segment({ field: 'fields.birthday', operator: 'in_next', value: { amount: 2, unit: 'days' } })
    // In Tokyo 3 March begins on 2 March at 15:00 UTC.
    app.setNow(new Date('2026-03-02T14:59:59Z'))
    await followClock(app.app)
    expect(await members(id)).toEqual([])
    app.setNow(new Date('2026-03-02T15:00:00Z'))
    await followClock(app.app)
    expect(await members(id)).toEqual([1])
    app.setNow(new Date('2026-03-04T15:00:00Z'))
    await followClock(app.app)
    expect(await members(id)).toEqual([])
  })
})

describe('an anniversary', () => {
  /** Cards with a birthday, each in its own zone; the company lives in Moscow. */
  async function born(...cards: { birthday: string, zone: string | null }[]): Promise<void> {
    await sql`insert into custom_fields (key, label, kind) values ('birthday', 'Birthday', 'date') on conflict do nothing`.execute(app.db)
    await sql`insert into settings (key, value) values ('company', '{"time_zone": "Europe/Moscow"}') on conflict (key) do update set value = excluded.value`.execute(app.db)
    for (const { birthday, zone } of cards) await sql`insert into contacts (fields, time_zone) values (${JSON.stringify({ birthday })}, ${zone})`.execute(app.db)
  }
  const birthday = { field: 'fields.birthday', operator: 'anniversary_today' }
  async function membersAt(id: number, moment: string): Promise<number[]> {
    app.setNow(new Date(moment))
    await followClock(app.app)
    return members(id)
  }

  test('begins and ends at the midnight of the person, whatever the year; without a known zone at the company\'s', async () => {
    await born({ birthday: '1990-03-05', zone: 'Asia/Tokyo' }, { birthday: '1985-03-05', zone: null }, { birthday: '2001-03-05', zone: 'America/New_York' }, { birthday: '1970-03-05', zone: 'Nowhere/Land' })
    const id = await segment(birthday)
    expect(await membersAt(id, '2026-03-04T14:59:59Z')).toEqual([])
    expect(await membersAt(id, '2026-03-04T15:00:00Z')).toEqual([1])
    expect(await membersAt(id, '2026-03-04T21:00:00Z')).toEqual([1, 2, 4])
    expect(await membersAt(id, '2026-03-05T05:00:00Z')).toEqual([1, 2, 3, 4])
    expect(await membersAt(id, '2026-03-05T15:00:00Z')).toEqual([2, 3, 4])
    expect(await membersAt(id, '2026-03-05T21:00:00Z')).toEqual([3])
    expect(await membersAt(id, '2026-03-06T05:00:00Z')).toEqual([])
    expect(await one(app.db, sql`select count(*) as moves from events where type like 'segment.%'`)).toEqual({ moves: 8 })
  })

  test('of 29 February is kept on the 28th in other years', async () => {
    await born({ birthday: '2000-02-29', zone: 'UTC' }, { birthday: '1999-02-28', zone: 'UTC' })
    app.setNow(new Date('2027-02-27T12:00:00Z'))
    const id = await segment(birthday)
    expect(await membersAt(id, '2027-02-28T00:00:00Z')).toEqual([1, 2])
    expect(await membersAt(id, '2027-03-01T00:00:00Z')).toEqual([])
    expect(await membersAt(id, '2028-02-28T00:00:00Z')).toEqual([2])
    expect(await membersAt(id, '2028-02-29T00:00:00Z')).toEqual([1])
    expect(await membersAt(id, '2028-03-01T00:00:00Z')).toEqual([])
  })

  test('follows the clocks of a place when they are put forward and back', async () => {
    await born({ birthday: '1990-03-29', zone: 'Europe/Berlin' }, { birthday: '1990-10-25', zone: 'Europe/Berlin' })
    const id = await segment(birthday)
    // 29 March 2026 has 23 hours in Berlin, 25 October 25.
    expect(await membersAt(id, '2026-03-28T23:00:00Z')).toEqual([1])
    expect(await membersAt(id, '2026-03-29T21:59:59Z')).toEqual([1])
    expect(await membersAt(id, '2026-03-29T22:00:00Z')).toEqual([])
    expect(await membersAt(id, '2026-10-24T22:00:00Z')).toEqual([2])
    expect(await membersAt(id, '2026-10-25T22:59:59Z')).toEqual([2])
    expect(await membersAt(id, '2026-10-25T23:00:00Z')).toEqual([])
  })

  test('lies ahead and behind for as many days as asked, today included, and follows a move to another zone', async () => {
    await born({ birthday: '1990-03-05', zone: 'UTC' })
    const ahead = await segment({ field: 'fields.birthday', operator: 'anniversary_in_next', value: { amount: 3, unit: 'days' } })
    const behind = await segment({ field: 'fields.birthday', operator: 'anniversary_in_last', value: { amount: 1, unit: 'weeks' } })
    expect(await membersAt(ahead, '2026-03-02T00:00:00Z')).toEqual([1])
    expect(await membersAt(ahead, '2026-03-05T23:59:59Z')).toEqual([1])
    expect(await members(behind)).toEqual([1])
    expect(await membersAt(ahead, '2026-03-06T00:00:00Z')).toEqual([])
    expect(await membersAt(behind, '2026-03-12T23:59:59Z')).toEqual([1])
    expect(await membersAt(behind, '2026-03-13T00:00:00Z')).toEqual([])
    // Where it is still the evening before, the week is not over.
    await saveContactsAndFollow(app.app, app.db, [{ id: 1, email: 'anna@example.com', time_zone: 'America/New_York' }], { now: app.app.now(), by: 'api', mode: 'overwrite' })
    expect(await members(behind)).toEqual([1])
  })
})

describe('conditions that turn over by themselves', () => {
  test('a coupon runs out, a tag becomes old, a click stays without a purchase, each at its very moment', async () => {
    await people(1)
    await ensureMonths(app.app, [start])
    await sql`insert into tags (name) values ('vip') on conflict do nothing`.execute(app.db)
    const { id: tag } = await one<{ id: number }>(app.db, sql`select id from tags where name = 'vip'`)
    await sql`insert into contact_tags (contact_id, tag_id, added_at) values (1, ${tag}, ${start})`.execute(app.db)
    const { id: pool } = await one<{ id: number }>(app.db, sql`insert into coupon_pools (name, kind) values ('Spring', 'list') returning id`)
    await sql`insert into coupons (contact_id, pool_id, code, given_at, valid_until, source) values (1, ${pool}, 'A', ${start}, ${later(2)}, 'api')`.execute(app.db)
    await sql`insert into events (contact_id, type, occurred_at, source) values (1, 'email.clicked', ${start}, 'tracking')`.execute(app.db)
    const open = await segment({ coupon: 'open', pool, happened: true })
    const old = await segment({ tag, has: true, since: { operator: 'more_than_ago', value: { amount: 2, unit: 'days' } } })
    const waiting = await segment({ event: 'email.clicked', not_followed_by: { event: 'order.placed', within: { amount: 2, unit: 'days' } } })
    expect([await members(open), await members(old), await members(waiting)]).toEqual([[1], [], []])
    app.setNow(new Date(later(2).getTime() - 1))
    await followClock(app.app)
    expect([await members(open), await members(old), await members(waiting)]).toEqual([[1], [], []])
    app.setNow(later(2))
    await followClock(app.app)
    expect([await members(open), await members(old), await members(waiting)]).toEqual([[], [1], [1]])
  })
})
