import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../../test/database.ts'
import type { Client, TestApp } from '../../../test/database.ts'
import { one, rows } from '../../base/db.ts'
import { runDueJobs } from '../../base/jobs.ts'
import { jobs } from '../../jobs.ts'
import { ensureMonths } from '../../events/months.ts'
import type { DryRunResult } from '../../../shared/dry-runs.ts'
import type { JourneyGraph, JourneyStep } from '../../../shared/journeys.ts'
import { mostInAWeek } from './tally.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
const hour = 3_600_000
const hours = (amount: number) => ({ amount, unit: 'hours' as const })
let mail = 0

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  await ensureMonths(server.app, ['02', '03', '04', '05'].map(month => new Date(`2026-${month}-15`)))
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, journeys, templates, tags, topics, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
  mail = (await one<{ id: number }>(server.db, sql`insert into templates (name, kind) values ('Hello', 'transactional') returning id`)).id
  await sql`
    with version as (insert into template_versions (template_id, number, document) values (${mail}, 1, '{}') returning id)
    update templates set version_id = version.id from version where templates.id = ${mail}
  `.execute(server.db)
})

const people = async (count: number): Promise<number[]> =>
  (await rows<{ id: number }>(server.db, sql`insert into contacts (email, city) select 'p' || n || '@example.com', case when n % 3 = 0 then 'Paris' end from generate_series(1, ${count}::integer) as n returning id`)).map(row => row.id)
const graph = (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph => ({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps, ...more })
const send = (next: string | null): JourneyStep => ({ kind: 'mail', template_id: mail, topic_id: null, next })
const draft = async (drawn: JourneyGraph): Promise<number> => (await marketer.post('/api/v1/journeys', { name: 'Journey', draft: drawn })).body.id
const dryRun = async (id: number, body: object = {}): Promise<DryRunResult> => {
  expect(await marketer.post(`/api/v1/journeys/${id}/dry-run`, body)).toMatchObject({ status: 202 })
  await runDueJobs(server.app, jobs)
  const { dry_run } = (await marketer.get(`/api/v1/journeys/${id}/dry-run`)).body
  expect(dry_run).toMatchObject({ state: 'done', error: null, outdated: false })
  return dry_run.result
}
/** The same numbers every time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647
}
type Happening = { contact: number, type: string, at: number, properties?: Record<string, unknown> }
const tell = async (events: Happening[]): Promise<void> => {
  await marketer.post('/api/v1/events', { events: events.map(event => ({ type: event.type, contact: { id: event.contact }, occurred_at: new Date(event.at).toISOString(), properties: event.properties ?? {} })) })
  await runUntilIdle(server, ['process-events'])
}

/** As life goes: each event at its time, and the clock whenever somebody is due. */
async function live(events: Happening[], until: number): Promise<void> {
  const open = [...events].toSorted((one, other) => one.at - other.at)
  for (;;) {
    const due = (await one<{ at: Date | null }>(server.db, sql`select min(wake_at) as at from enrolments where state in ('active', 'waiting')`)).at?.getTime() ?? Infinity
    const next = Math.min(open[0]?.at ?? Infinity, due)
    if (next > until) return
    server.setNow(new Date(next))
    if (open[0]?.at === next) await tell([open.shift()!])
    await runUntilIdle(server, ['journeys.clock'])
  }
}

test('the same history lived through the real engine gives the same counts', async () => {
  const contacts = await people(40)
  const random = randomFrom(7)
  const events = Array.from({ length: 150 }, (_, index): Happening => {
    const type = ['cart.updated', 'cart.updated', 'page.viewed', 'order.placed'][Math.floor(random() * 4)]!
    return {
      contact: contacts[Math.floor(random() * contacts.length)]!, type, at: start.getTime() + Math.floor(random() * 20 * 24 * 60) * 60_000 + index,
      properties: type === 'order.placed' ? { order_id: `A-${index}`, amount: Math.round(random() * 300) } : { total: Math.round(random() * 100) },
    }
  })
  const drawn = graph({
    pause: { kind: 'wait', duration: hours(5), next: 'order' },
    order: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: hours(50), next: 'regular', next_timeout: 'hello' },
    hello: send('regular'),
    regular: { kind: 'condition', condition: { any: [{ event: 'page.viewed', count: { at_least: 2 }, window: { last: { amount: 7, unit: 'days' } } }, { field: 'orders_count', operator: 'at_least', value: 2 }] }, next_yes: 'lately', next_no: 'later' },
    lately: { kind: 'condition', condition: { all: [{ field: 'last_order_at', operator: 'in_last', value: hours(72) }, { not: { field: 'city', operator: 'is', value: 'Paris' } }] }, next_yes: 'end', next_no: 'later' },
    later: { kind: 'wait', duration: hours(30), next: 'again' },
    again: send('end'),
    end: { kind: 'end' },
  }, { trigger: { kind: 'event', event: 'cart.updated', where: [{ property: 'total', operator: 'at_least', value: 30 }] }, reentry: 'again', entry_condition: { event: 'page.viewed', count: { at_most: 3 } } })
  const real = await draft(drawn)
  expect((await marketer.post(`/api/v1/journeys/${real}/activation`)).status).toBe(200)
  const until = start.getTime() + 21 * 24 * hour
  await live(events, until)
  server.setNow(new Date(until))
  const { totals, steps } = (await marketer.get(`/api/v1/journeys/${real}/report`)).body
  const outcomes = await rows<{ step: string, outcome: string, times: number }>(server.db, sql`select step_key as step, outcome, count(*) as times from enrolment_steps where journey_id = ${real} group by 1, 2 order by 1, 2`)
  expect(totals.entered).toBeGreaterThan(30)
  expect(outcomes.length).toBeGreaterThan(10)

  const id = await draft(drawn)
  const result = await dryRun(id, { days: 30 })
  expect(Object.entries(result.steps).flatMap(([step, { outcomes: found }]) => Object.entries(found).map(([outcome, times]) => ({ step, outcome, times }))).toSorted((one, other) => `${one.step} ${one.outcome}` < `${other.step} ${other.outcome}` ? -1 : 1)).toEqual(outcomes)
  expect({ entered: result.entered, here: result.here, done: result.done }).toEqual({ entered: totals.entered, here: totals.here, done: totals.done })
  expect(Object.fromEntries(Object.entries(result.steps).filter(([, step]) => step.here > 0).map(([key, step]) => [key, step.here])))
    .toEqual(Object.fromEntries(Object.entries(steps as Record<string, { here: number }>).filter(([, step]) => step.here > 0).map(([key, step]) => [key, step.here])))
  expect(result.mails.total).toBe((await one<{ mails: number }>(server.db, sql`select count(*) as mails from messages where journey_id = ${real}`)).mails)
  expect(result.overlaps).toEqual([{ journey_id: real, name: 'Journey', people: result.people }])
  expect(result.notes).toContain('card_as_now')
  // Nothing was written of it.
  expect(await one(server.db, sql`select (select count(*) from enrolments where journey_id = ${id}) as enrolments, (select count(*) from messages where journey_id = ${id}) as messages`)).toEqual({ enrolments: 0, messages: 0 })
}, 120_000)

test('counts mails per person and week, with those they really got, and people no mail would reach', async () => {
  const [anna, boris] = await people(2)
  await sql`update contacts set email = null where id = ${boris}`.execute(server.db)
  await tell([{ contact: anna!, type: 'order.placed', at: start.getTime() - 9 * 24 * hour, properties: { order_id: 'A', amount: 1 } }, { contact: boris!, type: 'order.placed', at: start.getTime() - 8 * 24 * hour, properties: { order_id: 'B', amount: 1 } }])
  const id = await draft(graph({ one: send('pause'), pause: { kind: 'wait', duration: hours(24), next: 'two' }, two: send(null) }, { trigger: { kind: 'event', event: 'order.placed' } }))
  expect(await dryRun(id, { days: 30, mails_a_week: 1 })).toMatchObject({
    entered: 2, done: 2, mails: { total: 2, people: 1, most: 2, per_person: [{ mails: 2, people: 1 }], busiest_day: 1 },
    steps: { one: { arrived: 2, ways: { next: 2 }, by_day: { '2026-02-21': 1, '2026-02-22': 1 }, mails: { sent: 1, skipped: { no_email: 1 }, crowded: 0 } }, two: { mails: { sent: 1, crowded: 1 }, by_day: { '2026-02-22': 1, '2026-02-23': 1 } } },
    too_many: { mails_a_week: 1, people: 1, most_in_a_week: 2 }, no_consent: 1,
    by_day: [{ day: '2026-02-21', entered: 1, mails: 1 }, { day: '2026-02-22', entered: 1, mails: 1 }],
  })
  const behind = async (query: string) => (await marketer.get(`/api/v1/journeys/${id}/dry-run/people${query}`)).body.data.map((person: { contact_id: number }) => person.contact_id)
  expect(await behind('?step=two')).toEqual([anna, boris])
  expect([await behind(''), await behind('?step=one&what=next'), await behind('?step=one&what=skipped'), await behind('?step=two&what=sent'), await behind('?step=two&what=crowded'), await behind('?step=two&what=nothing')]).toEqual([[anna, boris], [anna, boris], [boris], [anna], [anna], []])
})

test('dates, goals, limits, circles and waits until a weekday are played too', async () => {
  const [anna, boris, vera] = await people(3)
  await sql`insert into custom_fields (key, label, kind) values ('birthday', 'Birthday', 'date') on conflict do nothing`.execute(server.db)
  await sql`update contacts set fields = jsonb_build_object('birthday', case id when ${anna} then '1990-02-20' when ${boris} then '1988-02-21' else '1970-07-01' end), time_zone = 'Europe/Moscow'`.execute(server.db)
  const id = await draft(graph({
    hello: send('monday'),
    monday: { kind: 'wait_until', until: { weekdays: [1], at: '09:00' }, next: 'gap' },
    gap: { kind: 'wait', duration: hours(1), next: 'round' },
    round: { kind: 'go_to', to: 'monday', most_times: 1, next: 'end' },
    end: { kind: 'end' },
  }, { trigger: { kind: 'date', field: 'fields.birthday', offset_days: 0, at: '10:00', repeat: 'yearly' }, goals: [{ key: 'bought', name: 'Bought', condition: { event: 'order.placed' }, to: null }] }))
  await tell([{ contact: boris!, type: 'order.placed', at: Date.parse('2026-02-22T12:00:00Z'), properties: { order_id: 'A', amount: 1 } }])
  const result = await dryRun(id, { days: 30 })
  expect(result).toMatchObject({
    entered: 2, left: 1, goals: { bought: 1 }, done: 1, here: 0,
    by_day: [{ day: '2026-02-20', entered: 1 }, { day: '2026-02-21', entered: 1 }],
    steps: { hello: { arrived: 2 }, monday: { arrived: 3, outcomes: { goal: 1, next: 2 } }, round: { outcomes: { to: 1, next: 1 } } },
  })
  expect(vera).toBeDefined()
})

test('a blocked draft is refused, a changed one makes the result outdated, a cancelled run ends', async () => {
  const [anna] = await people(1)
  const id = await draft(graph({ one: { kind: 'mail', template_id: null, topic_id: null, next: null } }, { trigger: { kind: 'event', event: 'order.placed' } }))
  expect((await marketer.post(`/api/v1/journeys/${id}/dry-run`, {})).status).toBe(422)
  expect((await marketer.get(`/api/v1/journeys/${id}/dry-run`)).body).toEqual({ dry_run: null })
  await marketer.put(`/api/v1/journeys/${id}`, { revision: 1, draft: graph({ one: send(null) }, { trigger: { kind: 'event', event: 'order.placed' } }) })
  expect((await marketer.post(`/api/v1/journeys/${id}/dry-run`, {})).body).toMatchObject({ state: 'queued' })
  expect((await marketer.delete(`/api/v1/journeys/${id}/dry-run`)).status).toBe(204)
  await runDueJobs(server.app, jobs)
  expect((await marketer.get(`/api/v1/journeys/${id}/dry-run`)).body.dry_run).toMatchObject({ state: 'cancelled', result: null })
  expect((await marketer.delete(`/api/v1/journeys/${id}/dry-run`)).status).toBe(409)
  expect(await dryRun(id)).toMatchObject({ entered: 0, notes: ['no_candidates'] })
  await marketer.put(`/api/v1/journeys/${id}`, { revision: 2, draft: graph({ two: send(null) }) })
  expect((await marketer.get(`/api/v1/journeys/${id}/dry-run`)).body.dry_run).toMatchObject({ outdated: true })
  expect(anna).toBeDefined()
})

test('the most mails within seven days', () => {
  const day = 86_400_000
  expect(mostInAWeek([])).toBe(0)
  expect(mostInAWeek([0, 7 * day])).toBe(1)
  expect(mostInAWeek([0, 3 * day, 6 * day, 8 * day, 20 * day])).toBe(3)
})
