import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../../../test/database.ts'
import type { Client, TestApp } from '../../../test/database.ts'
import { ended, journeyTest } from '../../../test/journeys.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { one, rows } from '../../base/db.ts'
import { decideWinners } from './decide-winners.ts'
import { ensureMonths } from '../../events/months.ts'

let server: TestApp
let marketer: Client
let help: ReturnType<typeof journeyTest>
const start = new Date('2026-03-02T10:00:00Z')
const day = { amount: 1, unit: 'days' } as const
const field = async (key: string, kind: string) => { await sql`insert into custom_fields (key, label, kind) values (${key}, ${key}, ${kind}) on conflict do nothing`.execute(server.db) }

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  help = journeyTest(server, marketer)
  await ensureMonths(server.app, ['02', '03', '04', '05', '06', '07', '10', '11'].map(month => new Date(`2026-${month}-15`)))
  await field('points', 'number')
  await field('birthday', 'date')
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, journeys, templates, tags, topics, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
})

describe('waiting until a moment', () => {
  const wait = (until: Extract<JourneyStep, { kind: 'wait_until' }>['until'], more: object = {}): Record<string, JourneyStep> => ({ wait: { kind: 'wait_until', until, next: 'end', ...more }, ...ended })
  const until = async (journey: number, contact: number) => (await help.way(journey, contact)).wake_at

  test('a weekday and an hour are those of the contact, and the hour of now means next week', async () => {
    const [moscow] = await help.people(1, { time_zone: 'Europe/Moscow' })
    const [newYork] = await help.people(1, { time_zone: 'America/New_York' })
    const [unknown] = await help.people(1, { time_zone: 'Mars/Olympus' })
    const journey = await help.make(wait({ weekdays: [1, 5], at: '13:00' }))
    await help.enrol(journey, [moscow!, newYork!, unknown!])
    // Monday 10:00 UTC is 13:00 in Moscow, so the next Friday is meant.
    expect([await until(journey, moscow!), await until(journey, newYork!), await until(journey, unknown!)]).toEqual(['2026-03-06T10:00:00.000Z', '2026-03-02T18:00:00.000Z', '2026-03-02T13:00:00.000Z'])
  })

  test('an hour that the clocks leave out is the first moment after it; one that comes twice is waited for once', async () => {
    const [berlin] = await help.people(1, { time_zone: 'Europe/Berlin' })
    const spring = await help.make(wait({ date: '2026-03-29', at: '02:30' }))
    const autumn = await help.make(wait({ date: '2026-10-25', at: '02:30' }))
    await help.enrol(spring, [berlin!])
    await help.enrol(autumn, [berlin!])
    expect(await until(spring, berlin!)).toBe('2026-03-29T01:00:00.000Z')
    expect(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']).toContain(await until(autumn, berlin!))
    server.setNow(new Date('2026-11-01T00:00:00Z'))
    await help.tick()
    await help.tick()
    expect(await help.steps(autumn, berlin!)).toEqual(['wait: next', 'end: ended'])
  })

  test('a birthday on 29 February is kept on the 28th, follows the card when it changes, and who has none goes the other way', async () => {
    const [anna, boris] = await help.people(2)
    await help.save(anna!, { fields: { birthday: '2000-02-29' } })
    const journey = await help.make(wait({ field: 'fields.birthday', offset_days: 0, at: '09:00', yearly: true }, { next_past: null }))
    await help.enrol(journey, [anna!, boris!])
    expect(await until(journey, anna!)).toBe('2027-02-28T09:00:00.000Z')
    expect(await help.steps(journey, boris!)).toEqual(['wait: past (no_date)'])
    await help.save(anna!, { fields: { birthday: '2000-03-04' } })
    expect(await until(journey, anna!)).toBe('2026-03-04T09:00:00.000Z')
    await help.save(anna!, { time_zone: 'Asia/Vladivostok' })
    expect(await until(journey, anna!)).toBe('2026-03-03T23:00:00.000Z')
    server.setNow(new Date('2026-03-03T23:00:01Z'))
    await help.tick()
    expect(await help.steps(journey, anna!)).toEqual(['wait: next', 'end: ended'])
  })

  test('a moment that is over goes on at once, or the way it has of its own', async () => {
    const [anna] = await help.people(1)
    const plain = await help.make(wait({ date: '2026-03-02', at: '09:59' }))
    await help.enrol(plain, [anna!])
    expect(await help.steps(plain, anna!)).toEqual(['wait: past (was:2026-03-02T09:59:00.000Z)', 'end: ended'])
  })
})

describe('waiting for a condition', () => {
  const wait = (condition: object): Record<string, JourneyStep> => ({ wait: { kind: 'wait_for_condition', condition: condition as never, timeout: { amount: 10, unit: 'days' }, next: 'end', next_timeout: 'late' }, ...ended, late: { kind: 'end' } })

  test('passes at once when it holds, when a change makes it true, and runs out when nothing does', async () => {
    const [anna, boris, vera] = await help.people(3)
    await help.save(anna!, { city: 'Paris' })
    const journey = await help.make(wait({ field: 'city', operator: 'is', value: 'Paris' }))
    await help.enrol(journey, [anna!, boris!, vera!])
    expect(await help.steps(journey, anna!)).toEqual(['wait: met (leaves:1)', 'end: ended'])
    expect(await help.way(journey, boris!)).toMatchObject({ state: 'waiting', waits_for: 'condition' })
    await help.save(boris!, { city: 'Rome' })
    expect(await help.way(journey, boris!)).toMatchObject({ state: 'waiting' })
    await help.save(boris!, { city: 'Paris' })
    expect(await help.steps(journey, boris!)).toEqual(['wait: met', 'end: ended'])
    help.later(241)
    await help.tick()
    expect(await help.steps(journey, vera!)).toEqual(['wait: timeout', 'late: ended'])
  })

  test('what only the clock makes true is noticed when its time comes', async () => {
    const [anna] = await help.people(1)
    await help.happen(anna!, 'page.viewed')
    const journey = await help.make(wait({ field: 'last_visit_at', operator: 'more_than_ago', value: { amount: 3, unit: 'days' } }))
    await help.enrol(journey, [anna!])
    await help.tick()
    help.later(71)
    await help.tick()
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'waiting' })
    help.later(1.01)
    await help.tick()
    expect(await help.steps(journey, anna!)).toEqual(['wait: met', 'end: ended'])
  })

  test('true once is enough: a paused journey goes on with those for whom it was true meanwhile', async () => {
    const [anna] = await help.people(1)
    const journey = await help.make(wait({ field: 'city', operator: 'is', value: 'Paris' }))
    await help.enrol(journey, [anna!])
    await marketer.delete(`/api/v1/journeys/${journey}/activation`)
    await help.save(anna!, { city: 'Paris' })
    await help.save(anna!, { city: 'Rome' })
    await marketer.post(`/api/v1/journeys/${journey}/activation`)
    await help.tick()
    expect(await help.steps(journey, anna!)).toEqual(['wait: met', 'end: ended'])
  })
})

test('a wait for an event with conditions passes by that event only, whether it comes or was there', async () => {
  const [anna] = await help.people(1)
  const wait = (next: string): JourneyStep => ({ kind: 'wait_for_event', event: 'order.placed', where: [{ property: 'amount', operator: 'at_least', value: 100 }], mail_step: null, timeout: day, next, next_timeout: null })
  const journey = await help.make({ wait: wait('again'), again: wait('end'), ...ended })
  await help.enrol(journey, [anna!])
  help.later(1)
  await help.happen(anna!, 'order.placed', { amount: 50 })
  expect(await help.steps(journey, anna!)).toEqual([])
  await help.happen(anna!, 'order.placed', { amount: 150 })
  expect((await help.steps(journey, anna!)).map(step => step.split(' (')[0])).toEqual(['wait: happened'])
  help.later(1)
  await help.happen(anna!, 'order.placed', { amount: 150 })
  expect((await help.steps(journey, anna!)).map(step => step.split(' (')[0])).toEqual(['wait: happened', 'again: happened', 'end: ended'])
})

describe('ways', () => {
  test('by value: text whatever its case, numbers, and the rest', async () => {
    const [anna, boris, vera] = await help.people(3)
    await help.save(anna!, { city: 'PARIS', fields: { points: 5 } })
    await help.save(boris!, { city: 'Rome', fields: { points: 5 } })
    const journey = await help.make({
      city: { kind: 'split_by_value', field: 'city', cases: [{ key: 'fr', values: ['Lyon', 'paris'], next: 'points' }], next_else: null },
      points: { kind: 'split_by_value', field: 'fields.points', cases: [{ key: 'few', values: [1, 5], next: 'end' }], next_else: null }, ...ended,
    })
    await help.enrol(journey, [anna!, boris!, vera!])
    expect(await help.steps(journey, anna!)).toEqual(['city: way:fr (value:PARIS)', 'points: way:few (value:5)', 'end: ended'])
    expect(await help.steps(journey, boris!)).toEqual(['city: else (value:Rome)'])
    expect(await help.steps(journey, vera!)).toEqual(['city: else'])
  })

  test('by chance: as the weights say, nobody a way of weight 0; who is held out stays so the next time', async () => {
    const all = await help.people(600)
    const journey = await help.make({
      split: { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 3, next: 'hold' }, { key: 'b', name: 'B', weight: 1, next: 'hold' }, { key: 'c', name: 'C', weight: 0, next: 'hold' }], winner: null },
      hold: { kind: 'hold_out', percent: 20, next: 'end', next_held: null }, ...ended,
    }, { reentry: 'again' })
    await help.enrol(journey, all)
    const counted = async () => Object.fromEntries((await rows<{ outcome: string, people: number }>(server.db, sql`select outcome, count(*) as people from enrolment_steps group by 1`)).map(row => [row.outcome, row.people]))
    const first = await counted()
    expect(first['way:a']! + first['way:b']!).toBe(600)
    expect(first['way:c']).toBeUndefined()
    expect(Math.abs(first['way:a']! - 450)).toBeLessThan(50)
    expect(Math.abs(first['held']! - 120)).toBeLessThan(40)
    const held = async () => (await rows<{ id: number }>(server.db, sql`select distinct contact_id as id from enrolment_steps where outcome = 'held' order by 1`)).map(row => row.id)
    const before = await held()
    await help.enrol(journey, all)
    expect(await held()).toEqual(before)
  })

  test('a winner is decided once enough people have had their time, by what people did, and everyone goes its way from then on', async () => {
    const all = await help.people(40)
    const mail = await help.template()
    const send = (next: string | null): JourneyStep => ({ kind: 'mail', template_id: mail, topic_id: null, next })
    const split: Record<string, JourneyStep> = {
      split: { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 1, next: 'one' }, { key: 'b', name: 'B', weight: 1, next: 'two' }], winner: { measure: 'clicked', after_people: 30, after: day } },
      one: send(null), two: send(null),
    }
    const journey = await help.make(split)
    await help.enrol(journey, all.slice(0, 30))
    // Machines click everything of A; of B half the people click.
    await sql`update messages set machine_clicked_at = now() where step_key = 'one'`.execute(server.db)
    await sql`update messages set clicked_at = now() where step_key = 'two' and contact_id % 2 = 0`.execute(server.db)
    await help.tick()
    help.later(23)
    await help.tick()
    expect((await marketer.get(`/api/v1/journeys/${journey}/winners`)).body.data).toEqual([])
    help.later(2)
    await Promise.all([decideWinners(server.app), decideWinners(server.app)])
    const [decided, ...others] = (await marketer.get(`/api/v1/journeys/${journey}/winners`)).body.data
    expect(others).toEqual([])
    expect(decided).toMatchObject({ step: 'split', way: 'b', measure: 'clicked' })
    expect(decided.ways.reduce((sum: number, way: { people: number }) => sum + way.people, 0)).toBe(30)
    await help.enrol(journey, all.slice(30))
    for (const person of all.slice(30)) expect((await help.steps(journey, person))[0]).toBe('split: way:b (winner)')
  })

  test('going round ends after as many times as allowed', async () => {
    const [anna] = await help.people(1)
    const journey = await help.make({ wait: { kind: 'wait', duration: day, next: 'again' }, again: { kind: 'go_to', to: 'wait', most_times: 2, next: 'end' }, ...ended })
    await help.enrol(journey, [anna!])
    for (let round = 0; round < 4; round++) {
      help.later(25)
      await help.tick()
    }
    expect(await help.steps(journey, anna!)).toEqual(['wait: next', 'again: again (times:1)', 'wait: next', 'again: again (times:2)', 'wait: next', 'again: next (times:2)', 'end: ended'])
  })
})

describe('other journeys', () => {
  test('are started by their own rules, and never in a circle', async () => {
    const [anna] = await help.people(1)
    const wait: JourneyStep = { kind: 'wait', duration: day, next: null }
    const second = await help.make({ wait })
    const first = await help.make({ start: { kind: 'start_journey', journey_id: second, next: null } }, { reentry: 'again' })
    await sql`update journey_versions set graph = ${JSON.stringify({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'back', steps: { back: { kind: 'start_journey', journey_id: first, next: 'wait' }, wait } })}::jsonb where journey_id = ${second}`.execute(server.db)
    await help.enrol(first, [anna!])
    expect(await help.steps(first, anna!)).toEqual([`start: next (started:${second})`])
    expect(await help.steps(second, anna!)).toEqual(['back: next (not_started:circle)'])
    expect((await help.way(second, anna!)).because).toBe(`journey:${first}`)
    await help.enrol(first, [anna!])
    expect((await help.steps(first, anna!))).toEqual(['start: next (not_started:was_in)'])
  })

  test('are left, also by somebody who is moving in them at that moment', async () => {
    const [anna, boris] = await help.people(2)
    const mail = await help.template()
    const other = await help.make({ wait: { kind: 'wait', duration: day, next: 'mail' }, mail: { kind: 'mail', template_id: mail, topic_id: null, next: null } })
    const leaving = await help.make({ wait: { kind: 'wait', duration: day, next: 'leave' }, leave: { kind: 'leave_journey', journey_id: other, next: 'end' }, ...ended })
    await help.enrol(leaving, [anna!, boris!])
    await help.enrol(other, [anna!])
    help.later(25)
    await help.tick()
    expect(await help.way(other, anna!)).toMatchObject({ state: 'left', state_reason: `journey:${leaving}` })
    expect(await help.steps(leaving, boris!)).toEqual(['wait: next', 'leave: next', 'end: ended'])
  })
})

describe('the card', () => {
  test('numbers are added to, days set and values copied; what a field refuses goes the way of failure', async () => {
    const [anna, boris] = await help.people(2)
    await help.save(anna!, { fields: { points: 0.1 }, city: 'Paris' })
    const compute = (more: object, next: string | null): JourneyStep => ({ kind: 'compute_field', field: 'fields.points', operation: 'add', next, ...more } as JourneyStep)
    const journey = await help.make({
      add: compute({ amount: 0.2 }, 'double'), double: compute({ operation: 'multiply', amount: 2 }, 'today'),
      today: compute({ field: 'fields.birthday', operation: 'today', amount: 7 }, 'copy'), copy: compute({ field: 'first_name', operation: 'copy', from_field: 'city' }, 'bad'),
      bad: compute({ field: 'fields.points', operation: 'copy', from_field: 'city', next_failed: 'end' }, null), ...ended,
    })
    await help.enrol(journey, [anna!, boris!])
    expect(await one(server.db, sql`select fields, first_name from contacts where id = ${anna}`)).toEqual({ fields: { points: 0.6, birthday: '2026-03-09' }, first_name: 'Paris' })
    expect((await help.steps(journey, anna!)).at(-2)).toMatch(/^bad: failed \(fields\.points: a number is expected\)$/)
    expect(await help.steps(journey, boris!)).toEqual(['add: next', 'double: next', 'today: next', 'copy: next', 'bad: next'])
  })

  test('a topic is granted with its wording as proof, but a withdrawal by the person stays one', async () => {
    const [anna, boris] = await help.people(2)
    const { id: topic } = await one<{ id: number }>(server.db, sql`insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') returning id`)
    await marketer.post(`/api/v1/contacts/${boris}/consents`, { topic_id: topic, action: 'withdrawn', wording: 'asked by phone' })
    const change = (action: 'grant' | 'withdraw', next: string | null): JourneyStep => ({ kind: 'change_topic', topic_id: topic, action, wording: 'Agreed at the till', next })
    const journey = await help.make({ grant: change('grant', 'end'), ...ended }, { reentry: 'again' })
    await help.enrol(journey, [anna!, boris!])
    const states = async () => (await rows<{ contact_id: number, status: string }>(server.db, sql`select contact_id, status from consent_states order by 1`)).map(row => row.status)
    expect(await states()).toEqual(['granted', 'withdrawn'])
    expect(await help.steps(journey, boris!)).toEqual(['grant: next (withdrawn_by_person)', 'end: ended'])
    expect(await rows(server.db, sql`select wording, source from consents where contact_id = ${anna}`)).toEqual([{ wording: 'Agreed at the till', source: `journey:${journey}` }])
    // What a journey withdrew a journey may grant again.
    const withdraw = await help.make({ withdraw: change('withdraw', null) })
    await help.enrol(withdraw, [anna!])
    expect(await states()).toEqual(['withdrawn', 'withdrawn'])
    help.later(1)
    await help.enrol(journey, [anna!])
    expect(await states()).toEqual(['granted', 'withdrawn'])
  })

  test('a static segment is entered and left, and what is built on it follows at once', async () => {
    const [anna] = await help.people(1)
    const segment = (await marketer.post('/api/v1/segments', { name: 'VIP', kind: 'static' })).body.id
    const other = await help.make(ended, { trigger: { kind: 'segment_entered', segment_id: segment } })
    const out = await help.make(ended, { trigger: { kind: 'segment_left', segment_id: segment } })
    const journey = await help.make({
      add: { kind: 'change_segment', segment_id: segment, action: 'add', next: 'asked' },
      asked: { kind: 'condition', condition: { segment, in: true }, next_yes: 'remove', next_no: null },
      remove: { kind: 'change_segment', segment_id: segment, action: 'remove', next: null },
    })
    await help.enrol(journey, [anna!])
    expect(await help.steps(journey, anna!)).toEqual(['add: next', 'asked: yes (leaves:1)', 'remove: next'])
    expect(await help.steps(other, anna!)).toEqual(['end: ended'])
    expect(await help.steps(out, anna!)).toEqual(['end: ended'])
  })
})

describe('what a published journey names and is taken away meanwhile', () => {
  test('fails the people who come to that step, with the reason, and nobody else', async () => {
    const [anna] = await help.people(1)
    const { id: topic } = await one<{ id: number }>(server.db, sql`insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') returning id`)
    const tag = await help.tag('VIP')
    const mail = await help.template()
    const segment = (await marketer.post('/api/v1/segments', { name: 'VIP', kind: 'static' })).body.id
    const other = await help.make(ended)
    const wait: JourneyStep = { kind: 'wait', duration: day, next: 'act' }
    const acts: [JourneyStep, string][] = [
      [{ kind: 'mail', template_id: mail, topic_id: null, next: null }, 'template_archived'],
      [{ kind: 'add_tag', tag_id: tag, next: null }, 'tag_gone'],
      [{ kind: 'change_topic', topic_id: topic, action: 'withdraw', wording: '', next: null }, 'topic_gone'],
      [{ kind: 'change_segment', segment_id: segment, action: 'add', next: null }, 'segment_gone'],
      [{ kind: 'set_field', field: 'fields.points', value: 1, next: null }, 'field_gone'],
      [{ kind: 'start_journey', journey_id: other, next: null }, 'journey_gone'],
    ]
    const journeys: number[] = []
    for (const [act] of acts) {
      const journey = await help.make({ wait, act })
      await help.enrol(journey, [anna!])
      journeys.push(journey)
    }
    await sql`update templates set archived_at = now()`.execute(server.db)
    await sql`delete from tags`.execute(server.db)
    await sql`update topics set archived_at = now()`.execute(server.db)
    await sql`update segments set archived_at = now()`.execute(server.db)
    await sql`update custom_fields set archived_at = now() where key = 'points'`.execute(server.db)
    await sql`update journeys set archived_at = now() where id = ${other}`.execute(server.db)
    help.later(25)
    await help.tick()
    for (const [index, [, reason]] of acts.entries()) expect(await help.way(journeys[index]!, anna!)).toMatchObject({ state: 'failed', state_reason: reason, step: 'act' })
    await sql`update custom_fields set archived_at = null where key = 'points'`.execute(server.db)
  })

  test('a segment that is gone lets nobody in any more, and its members who wait for it run out of time', async () => {
    const [anna] = await help.people(1)
    const segment = (await marketer.post('/api/v1/segments', { name: 'VIP', kind: 'static' })).body.id
    const entering = await help.make(ended, { trigger: { kind: 'segment_entered', segment_id: segment } })
    const waiting = await help.make({ wait: { kind: 'wait_for_condition', condition: { segment, in: true }, timeout: day, next: null, next_timeout: 'end' }, ...ended })
    await help.enrol(waiting, [anna!])
    await sql`update segments set archived_at = now()`.execute(server.db)
    help.later(25)
    await help.tick()
    expect(await help.steps(waiting, anna!)).toEqual(['wait: timeout', 'end: ended'])
    expect(await help.steps(entering, anna!)).toEqual([])
    expect((await marketer.get(`/api/v1/journeys/${entering}`)).body.problems).toMatchObject([{ code: 'segment_gone', blocking: true }])
  })
})
