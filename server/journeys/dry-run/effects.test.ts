import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../../test/database.ts'
import type { Client, TestApp } from '../../../test/database.ts'
import { one, rows } from '../../base/db.ts'
import { runDueJobs } from '../../base/jobs.ts'
import { jobs } from '../../jobs.ts'
import { ensureMonths } from '../../events/months.ts'
import type { Condition } from '../../../shared/conditions.ts'
import type { DryRunResult } from '../../../shared/dry-runs.ts'
import type { JourneyGraph, JourneyStep } from '../../../shared/journeys.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
const hour = 3_600_000

beforeAll(async () => {
  server = await testApp()
  server.setNow(start)
  marketer = await server.as('administrator')
  await ensureMonths(server.app, ['02', '03', '04'].map(month => new Date(`2026-${month}-15`)))
})
afterAll(() => server.close())

const make = async (path: string, body: object): Promise<number> => {
  const made = await marketer.post(`/api/v1/${path}`, body)
  expect(made).toMatchObject({ status: 201 })
  return made.body.id
}
const question = (condition: Condition, next_yes: string | null, next_no: string | null): JourneyStep => ({ kind: 'condition', condition, next_yes, next_no })
const dryRun = async (id: number): Promise<DryRunResult> => {
  expect(await marketer.post(`/api/v1/journeys/${id}/dry-run`, { days: 30 })).toMatchObject({ status: 202 })
  await runDueJobs(server.app, jobs)
  const { dry_run } = (await marketer.get(`/api/v1/journeys/${id}/dry-run`)).body
  expect(dry_run).toMatchObject({ state: 'done', error: null })
  return dry_run.result
}
const tell = async (events: { contact: number, at: number }[]): Promise<void> => {
  await marketer.post('/api/v1/events', { events: events.map(event => ({ type: 'cart.updated', contact: { id: event.contact }, occurred_at: new Date(event.at).toISOString(), properties: {} })) })
  await runUntilIdle(server, ['process-events'])
}

test('what the steps change is known to the conditions after them, as in life', async () => {
  const contacts = (await rows<{ id: number }>(server.db, sql`
    insert into contacts (email, city, fields) select 'p' || n || '@example.com', case when n % 3 = 0 then 'Paris' end, case when n % 4 > 0 then jsonb_build_object('points', n % 4) else '{}' end from generate_series(1, 16) as n returning id`)).map(row => row.id)
  await marketer.post('/api/v1/custom-fields', { key: 'points', label: 'Points', kind: 'number' })
  const tag = await make('tags', { name: 'Tagged' })
  const topic = await make('topics', { name_en: 'News', name_ru: 'Новости' })
  const hand = await make('segments', { name: 'By hand', kind: 'static' })
  const live = await make('segments', { name: 'Tagged and in Paris', condition: { all: [{ tag, has: true }, { field: 'city', operator: 'is', value: 'Paris' }] } })
  const built = await make('segments', { name: 'Built on it', condition: { segment: live, in: true } })
  const pool = await make('coupon-pools', { name: 'Ten', kind: 'list', valid_days: 3 })
  await marketer.post(`/api/v1/coupon-pools/${pool}/codes`, { text: Array.from({ length: 10 }, (_, index) => `CODE-${index}`).join('\n') })
  const users = (await rows<{ id: number }>(server.db, sql`insert into users (name, email, role) select 'M' || n, 'm' || n || '@example.org', 'manager' from generate_series(1, 2) as n returning id`)).map(row => row.id)
  const pipeline = (await marketer.get('/api/v1/pipelines')).body.data[0]
  const won = pipeline.stages.find((stage: { kind: string }) => stage.kind === 'won').id
  await runUntilIdle(server)
  await sql`update contacts set owner_id = ${users[1]} where id % 5 = 0`.execute(server.db)
  // One already has the tag, one is in the segment by hand, one withdrew the topic.
  await sql`insert into contact_tags (contact_id, tag_id, added_at) values (${contacts[1]}, ${tag}, ${new Date('2026-01-01')})`.execute(server.db)
  await marketer.post(`/api/v1/contacts/${contacts[2]}/consents`, { topic_id: topic, action: 'withdrawn', wording: 'asked by phone' })

  const drawn: JourneyGraph = {
    format: 1, trigger: { kind: 'event', event: 'cart.updated' }, entry_condition: null, reentry: 'again', first: 'paris',
    goals: [{ key: 'rich', name: 'Rich', condition: { field: 'fields.points', operator: 'at_least', value: 7 }, to: null }],
    steps: {
      paris: question({ field: 'city', operator: 'is', value: 'Paris' }, 'tag', 'count'),
      tag: { kind: 'add_tag', tag_id: tag, next: 'count' },
      count: { kind: 'compute_field', field: 'fields.points', operation: 'add', amount: 2, next: 'enough' },
      enough: question({ field: 'fields.points', operator: 'at_least', value: 4 }, 'move_house', 'hand'),
      move_house: { kind: 'set_field', field: 'city', value: 'Lyon', next: 'tagged' },
      hand: { kind: 'change_segment', segment_id: hand, action: 'add', next: 'tagged' },
      tagged: question({ tag, has: true }, 'live', 'by_hand'),
      live: question({ segment: built, in: true }, 'coupon', 'by_hand'),
      coupon: { kind: 'give_coupon', pool_id: pool, next: 'open', next_failed: 'untag' },
      open: question({ coupon: 'open', pool, happened: true }, 'rest', 'untag'),
      rest: { kind: 'wait', duration: { amount: 80, unit: 'hours' }, next: 'still_open' },
      still_open: question({ coupon: 'open', pool, happened: true }, null, 'untag'),
      untag: { kind: 'remove_tag', tag_id: tag, next: 'by_hand' },
      by_hand: question({ segment: hand, in: true }, 'deal', 'grant'),
      deal: { kind: 'create_deal', pipeline_id: pipeline.id, stage_id: null, title: 'A deal', amount: 10, owner: 'owner', next: 'half' },
      half: { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 1, next: 'grant' }, { key: 'b', name: 'B', weight: 0, next: 'win' }], winner: null },
      win: { kind: 'move_deal', pipeline_id: pipeline.id, stage_id: won, next: 'grant' },
      grant: { kind: 'change_topic', topic_id: topic, action: 'grant', wording: 'At the till', next: 'granted' },
      granted: question({ consent: 'granted', topic }, 'win_again', 'manager'),
      win_again: { kind: 'move_deal', pipeline_id: pipeline.id, stage_id: won, next: 'won', next_failed: 'manager' },
      won: question({ related: 'deal', where: [{ field: 'state', operator: 'is', value: 'won' }, { field: 'amount', operator: 'at_least', value: 10 }], count: { at_least: 1 } }, 'manager', null),
      manager: { kind: 'assign_manager', rule: { kind: 'user', user: users[0]! }, replace: false, next: 'whose' },
      whose: { kind: 'split_by_value', field: 'owner_id', cases: [{ key: 'first', values: [users[0]!], next: 'lead' }], next_else: null },
      lead: { kind: 'create_lead', label: 'Came by a journey', next: 'has_lead' },
      has_lead: question({ related: 'lead', where: [{ field: 'status', operator: 'is', value: 'new' }], count: { at_least: 1 } }, null, null),
    },
  }
  const real = await make('journeys', { name: 'Real', draft: drawn })
  expect((await marketer.post(`/api/v1/journeys/${real}/activation`)).body.errors).toBeUndefined()
  const card = await rows<{ id: number, fields: object, city: string | null, owner_id: number | null }>(server.db, sql`select id, fields, city, owner_id from contacts`)
  for (let index = 0; index < contacts.length + 6; index++) {
    server.setNow(new Date(start.getTime() + index * hour))
    await runUntilIdle(server, ['journeys.clock'])
    await tell([{ contact: contacts[index % contacts.length]!, at: start.getTime() + index * hour }])
  }
  const until = start.getTime() + 10 * 24 * hour
  server.setNow(new Date(until))
  await runUntilIdle(server, ['journeys.clock'])
  const lived = await rows<{ step: string, outcome: string, times: number }>(server.db, sql`select step_key as step, outcome, count(*) as times from enrolment_steps where journey_id = ${real} group by 1, 2 order by 1, 2`)
  const states = Object.fromEntries((await rows<{ state: string, count: number }>(server.db, sql`select state, count(*) as count from enrolments where journey_id = ${real} group by 1`)).map(row => [row.state, row.count]))
  const goals = (await one<{ reached: number }>(server.db, sql`select count(*) as reached from enrolments where journey_id = ${real} and state_reason = 'goal:rich'`)).reached

  // Everything as it was before, but for the events: the dry run is to find out by itself.
  for (const table of ['coupons', 'deals', 'leads', 'segment_memberships']) await sql`delete from ${sql.table(table)}`.execute(server.db)
  await sql`delete from contact_tags where added_at > ${new Date('2026-01-02')}`.execute(server.db)
  await sql`delete from consents where action = 'granted'`.execute(server.db)
  await sql`delete from consent_states where status = 'granted'`.execute(server.db)
  await sql`insert into coupon_codes (pool_id, code) select ${pool}, 'NEW-' || n from generate_series(1, 10) as n on conflict do nothing`.execute(server.db)
  await sql`delete from coupon_codes where code not like 'NEW-%'`.execute(server.db)
  for (const { id, fields, city, owner_id } of card) await sql`update contacts set fields = ${JSON.stringify(fields)}::jsonb, city = ${city}, owner_id = ${owner_id} where id = ${id}`.execute(server.db)
  const draft = await make('journeys', { name: 'Draft', draft: drawn })
  const result = await dryRun(draft)
  expect(Object.entries(result.steps).flatMap(([step, { outcomes }]) => Object.entries(outcomes).map(([outcome, times]) => ({ step, outcome, times }))).toSorted((a, b) => `${a.step} ${a.outcome}` < `${b.step} ${b.outcome}` ? -1 : 1)).toEqual(lived)
  expect({ done: result.done + result.left, failed: result.failed, rich: result.goals['rich'] ?? 0 }).toEqual({ done: states['done'] ?? 0, failed: states['failed'] ?? 0, rich: goals })
  // Every question was answered both ways somewhere, or it proves nothing.
  expect(lived.map(row => `${row.step} ${row.outcome}`)).toEqual(expect.arrayContaining(['enough yes', 'enough no', 'tagged yes', 'tagged no', 'live yes', 'live no', 'open yes', 'by_hand yes', 'by_hand no', 'granted yes', 'granted no', 'won yes', 'whose else', 'whose way:first', 'has_lead yes']))
  expect(await one(server.db, sql`select (select count(*) from deals) as deals, (select count(*) from coupons) as coupons, (select count(*) from contact_tags) as tags, (select count(*) from segment_memberships) as members`)).toEqual({ deals: 0, coupons: 0, tags: 1, members: 0 })
}, 120_000)
