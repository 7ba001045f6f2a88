import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { one, rows, sql } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'
import { createSegment } from '../segments/save-segment.ts'
import { followClock } from './follow-clock.ts'

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

describe('when only the clock moves', () => {
  test('nothing is done while nobody passes an edge, and the clock is set', async () => {
    await people(10)
    const id = await segment(asleep)
    app.setNow(later(1))
    expect(await followClock(app.app)).toBe(false)
    expect(await members(id)).toEqual([])
    expect(await clockOf(id)).toEqual(later(1))
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
    expect(await clockOf(id)).toEqual(later(120))
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
