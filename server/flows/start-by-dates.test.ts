import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { ended, journeyTest } from '../../test/journeys.ts'
import { one, rows } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'
import { isSomebodysMoment } from '../journeys/date-triggers.ts'
import { startByDates } from './start-by-dates.ts'

let server: TestApp
let marketer: Client
let help: ReturnType<typeof journeyTest>
const start = new Date('2026-03-01T00:00:00Z')

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  help = journeyTest(server, marketer)
  await ensureMonths(server.app, [...['02', '03', '04', '10', '11'].map(month => new Date(`2026-${month}-15`)), new Date('2027-02-15'), new Date('2027-03-15')])
  await sql`insert into custom_fields (key, label, kind) values ('birthday', 'Birthday', 'date')`.execute(server.db)
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, journeys, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
})

const trigger = (more: object = {}) => ({ trigger: { kind: 'date' as const, field: 'fields.birthday', offset_days: 0, at: '09:00', repeat: 'yearly' as const, ...more } })
const born = async (birthday: string, timeZone?: string) => {
  const [person] = await help.people(1, timeZone ? { time_zone: timeZone } : {})
  await help.save(person!, { fields: { birthday } })
  return person!
}
const at = async (moment: string) => {
  server.setNow(new Date(moment))
  await startByDates(server.app)
}
const entered = async (journey: number) => (await rows<{ contact_id: number }>(server.db, sql`select contact_id from enrolments where journey_id = ${journey} order by id`)).map(row => row.contact_id)

test('a birthday comes at nine in the morning of the person, in the year of the day and in the next, and once a day however often one looks', async () => {
  const moscow = await born('1990-03-04', 'Europe/Moscow')
  const newYork = await born('1971-03-04', 'America/New_York')
  const other = await born('1990-03-05')
  const journey = await help.make(ended, { ...trigger(), reentry: 'again' })
  await at('2026-03-04T05:59:59Z')
  expect(await entered(journey)).toEqual([])
  await at('2026-03-04T06:00:00Z')
  await at('2026-03-04T06:00:01Z')
  expect(await entered(journey)).toEqual([moscow])
  await Promise.all([at('2026-03-04T14:00:10Z'), at('2026-03-04T14:00:10Z')])
  await at('2026-03-04T14:00:11Z')
  expect(await entered(journey)).toEqual([moscow, newYork])
  expect((await help.way(journey, moscow)).because).toBe('date:2026-03-04')
  // Somebody who moves to a zone where the same day comes later is not let in a second time.
  await help.save(moscow, { time_zone: 'America/Los_Angeles' })
  await at('2026-03-04T17:01:00Z')
  await at('2026-03-05T09:00:01Z')
  expect(await entered(journey)).toEqual([moscow, newYork, other])
  await at('2027-03-03T10:00:00Z')
  await at('2027-03-04T20:00:00Z')
  expect((await entered(journey)).slice(3).sort()).toEqual([moscow, newYork].sort())
})

test('29 February is kept on the 28th; days before, and once only', async () => {
  const leap = await born('2000-02-29')
  const yearly = await help.make(ended, trigger())
  const once = await help.make(ended, trigger({ repeat: 'once', offset_days: -7 }))
  const soon = await born('2026-03-20')
  await at('2026-03-13T09:00:01Z')
  expect(await entered(once)).toEqual([soon])
  await at('2027-02-28T08:00:00Z')
  await at('2027-02-28T09:00:01Z')
  expect(await entered(yearly)).toEqual([leap])
  await at('2027-03-13T08:00:01Z')
  await at('2027-03-13T09:00:01Z')
  expect(await entered(once)).toEqual([soon])
})

test('an hour the clocks leave out starts at the first moment after it; one that comes twice starts once', async () => {
  const spring = await born('1980-03-29', 'Europe/Berlin')
  const autumn = await born('1980-10-25', 'Europe/Berlin')
  const journey = await help.make(ended, { ...trigger({ at: '02:37' }), reentry: 'again' })
  await at('2026-03-29T00:59:59Z')
  expect(await entered(journey)).toEqual([])
  await at('2026-03-29T01:00:00Z')
  expect(await entered(journey)).toEqual([spring])
  for (const moment of ['2026-10-25T00:36:00Z', '2026-10-25T00:37:01Z', '2026-10-25T01:37:01Z', '2026-10-25T02:37:01Z']) await at(moment)
  expect(await entered(journey)).toEqual([spring, autumn])
})

test('up to a day late still enters, who came earlier is counted as missed, before publication nothing counts', async () => {
  const early = await born('1990-02-28')
  const missed = await born('1990-03-04')
  const late = await born('1990-03-07')
  const journey = await help.make(ended, trigger())
  await at('2026-03-01T01:00:00Z')
  await marketer.delete(`/api/v1/journeys/${journey}/activation`)
  await at('2026-03-08T08:00:00Z')
  await marketer.post(`/api/v1/journeys/${journey}/activation`)
  await startByDates(server.app)
  await startByDates(server.app)
  expect(await entered(journey)).toEqual([late])
  expect(await one(server.db, sql`select dates_missed from journeys where id = ${journey}`)).toEqual({ dates_missed: 1 })
  expect([early, missed]).not.toContain(late)
})

test('a built-in date is the day of the person, and follows the card', async () => {
  const [anna] = await help.people(1, { time_zone: 'Asia/Tokyo' })
  // In Tokyo it is the second already.
  await sql`update contacts set created_at = '2026-03-01T20:00:00Z' where id = ${anna}`.execute(server.db)
  const journey = await help.make(ended, trigger({ field: 'created_at', offset_days: 3, repeat: 'once' }))
  await at('2026-03-04T23:59:59Z')
  expect(await entered(journey)).toEqual([])
  await at('2026-03-05T00:00:01Z')
  expect(await entered(journey)).toEqual([anna])
})

test('many at the same moment enter, a thousand at a time', async () => {
  const all = await help.people(2300)
  await sql`update contacts set fields = '{"birthday": "1990-03-04"}'`.execute(server.db)
  const journey = await help.make(ended, trigger())
  await at('2026-03-04T09:00:01Z')
  expect(await entered(journey)).toHaveLength(all.length)
})

test('it is somebody\'s moment only at quarters of an hour', () => {
  const between = (from: string, upTo: string) => ({ from: new Date(`2026-03-04T${from}Z`), upTo: new Date(`2026-03-04T${upTo}Z`) })
  expect(isSomebodysMoment('09:05', between('10:05:01', '10:14:59'))).toBe(false)
  expect(isSomebodysMoment('09:05', between('10:19:59', '10:20:00'))).toBe(true)
  expect(isSomebodysMoment('09:05', between('10:14:59', '10:15:00'))).toBe(true)
})
