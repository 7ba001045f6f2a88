import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { ended, journeyTest } from '../../test/journeys.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { rows } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'

let server: TestApp
let marketer: Client
let help: ReturnType<typeof journeyTest>
const start = new Date('2026-03-02T10:00:00Z')
const long: JourneyStep = { kind: 'wait', duration: { amount: 1, unit: 'months' }, next: 'mail' }
let mail: JourneyStep
const paris = { field: 'city', operator: 'is', value: 'Paris' } as const

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  help = journeyTest(server, marketer)
  await ensureMonths(server.app, ['02', '03', '04', '05'].map(month => new Date(`2026-${month}-15`)))
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, journeys, templates, tags, topics, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
  mail = { kind: 'mail', template_id: await help.template(), topic_id: null, next: null }
})

describe('a goal', () => {
  test('reached from anywhere ends the journey with the reason, once, and is told to the timeline', async () => {
    const [anna, boris] = await help.people(2)
    const journey = await help.make({ long, mail }, { goals: [{ key: 'bought', name: 'Bought', condition: { event: 'order.placed', window: { last: { amount: 1, unit: 'days' } } }, to: null }] })
    await help.enrol(journey, [anna!, boris!])
    await help.happen(anna!, 'page.viewed')
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'waiting', step: 'long' })
    await help.happen(anna!, 'order.placed', { order_id: 'o1', amount: 5 })
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'done', state_reason: 'goal:bought' })
    expect(await help.steps(journey, anna!)).toEqual(['long: goal (goal:bought)'])
    expect(await help.way(journey, boris!)).toMatchObject({ state: 'waiting' })
    await runUntilIdle(server, ['process-events'])
    expect(await rows(server.db, sql`select contact_id, properties ->> 'goal' as goal from events where type = 'journey.goal_reached'`)).toEqual([{ contact_id: anna, goal: 'bought' }])
    expect(await help.messages()).toEqual([])
  })

  test('jumps to its step, counts once, and holds right at entry', async () => {
    const [anna, boris] = await help.people(2)
    await help.save(boris!, { city: 'Paris' })
    const journey = await help.make({ long, mail, thanks: { kind: 'wait', duration: { amount: 2, unit: 'days' }, next: 'end' }, ...ended }, { goals: [{ key: 'paris', name: 'Paris', condition: paris, to: 'thanks' }] })
    await help.enrol(journey, [anna!, boris!])
    expect(await help.way(journey, boris!)).toMatchObject({ state: 'waiting', step: 'thanks' })
    await help.save(anna!, { city: 'Paris' })
    await help.save(anna!, { city: 'Rome' })
    await help.save(anna!, { city: 'Paris' })
    help.later(49)
    await help.tick()
    for (const person of [anna!, boris!]) expect(await help.steps(journey, person)).toEqual(['long: goal (goal:paris)', 'thanks: next', 'end: ended'])
  })

  test('that only the clock reaches is reached on time', async () => {
    const [anna] = await help.people(1)
    await help.happen(anna!, 'page.viewed')
    const journey = await help.make({ long, mail }, { goals: [{ key: 'silent', name: 'Silent', condition: { field: 'last_visit_at', operator: 'more_than_ago', value: { amount: 5, unit: 'days' } }, to: null }] })
    await help.enrol(journey, [anna!])
    help.later(119)
    await help.tick()
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'waiting' })
    help.later(1.01)
    await help.tick()
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'done', state_reason: 'goal:silent' })
  })

  test('that a step of the journey itself leads to is asked before the next step does anything', async () => {
    const [anna] = await help.people(1)
    const tag = await help.tag('won')
    const journey = await help.make({ tag: { kind: 'add_tag', tag_id: tag, next: 'mail' }, mail }, { goals: [{ key: 'won', name: 'Won', condition: { tag, has: true }, to: null }] })
    await help.enrol(journey, [anna!])
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'done', state_reason: 'goal:won' })
    expect(await help.messages()).toEqual([])
  })

  test('reached while the journey is paused counts when it goes on', async () => {
    const [anna] = await help.people(1)
    const journey = await help.make({ long, mail }, { goals: [{ key: 'paris', name: 'Paris', condition: paris, to: null }] })
    await help.enrol(journey, [anna!])
    await marketer.delete(`/api/v1/journeys/${journey}/activation`)
    await help.save(anna!, { city: 'Paris' })
    await help.save(anna!, { city: 'Rome' })
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'active' })
    await marketer.post(`/api/v1/journeys/${journey}/activation`)
    await help.tick()
    expect(await help.way(journey, anna!)).toMatchObject({ state: 'done', state_reason: 'goal:paris' })
  })
})

test('whoever meets the exit condition leaves, also when only the end of a wait shows it', async () => {
  const [anna, boris] = await help.people(2)
  const journey = await help.make({ long, mail }, { exit_condition: paris })
  await help.enrol(journey, [anna!, boris!])
  await help.save(anna!, { city: 'Paris' })
  expect(await help.way(journey, anna!)).toMatchObject({ state: 'left', state_reason: 'exit_condition', steps: [{ step: 'long', outcome: 'exit' }] })
  // As if nobody had been told of the change.
  await sql`update contacts set city = 'Paris' where id = ${boris}`.execute(server.db)
  help.later(24 * 31)
  await help.tick()
  expect(await help.way(journey, boris!)).toMatchObject({ state: 'left', state_reason: 'exit_condition' })
  expect(await help.messages()).toEqual([])
})

test('many at once, by two workers: each leaves once', async () => {
  const all = await help.people(300)
  const journey = await help.make({ wait: { kind: 'wait', duration: { amount: 1, unit: 'hours' }, next: 'mail' }, mail }, { goals: [{ key: 'paris', name: 'Paris', condition: paris, to: null }] })
  await help.enrol(journey, all)
  await sql`update contacts set city = 'Paris' where id % 2 = 0`.execute(server.db)
  help.later(2)
  await Promise.all([help.tick(), help.tick()])
  expect(await rows(server.db, sql`select state_reason, count(*) as people from enrolments group by 1 order by 1`)).toEqual([{ state_reason: '', people: all.filter(id => id % 2 === 1).length }, { state_reason: 'goal:paris', people: all.filter(id => id % 2 === 0).length }])
  expect(await help.messages()).toHaveLength(all.filter(id => id % 2 === 1).length)
})

test('a segment and another journey that ask about a journey follow its people', async () => {
  const [anna] = await help.people(1)
  const journey = await help.make({ long, mail }, { exit_condition: paris })
  const waiting = await help.make({ wait: { kind: 'wait_for_condition', condition: { journey, state: 'left', happened: true }, timeout: { amount: 3, unit: 'months' }, next: 'end', next_timeout: null }, ...ended })
  await help.enrol(waiting, [anna!])
  await help.enrol(journey, [anna!])
  expect(await help.way(waiting, anna!)).toMatchObject({ state: 'waiting' })
  await help.save(anna!, { city: 'Paris' })
  expect(await help.steps(waiting, anna!)).toEqual(['wait: met', 'end: ended'])
})
