import * as fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { worldRows } from '../../test/condition-world.ts'
import { testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { rows, withTransaction } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { randomClockCondition, randomCondition, worldCoupons, worldDays, worldFields, worldTexts } from '../conditions/random-conditions.ts'
import { worldNow } from '../conditions/random-people.ts'
import { eraseCard } from '../contacts/erase-contact.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from '../flows/apply-changes.ts'
import { changeConsents } from '../flows/change-consents.ts'
import { followClock } from '../flows/follow-clock.ts'
import { processEvents } from '../flows/process-events.ts'
import { saveContactsAndFollow } from '../flows/save-contacts.ts'
import { recomputeChunk, recomputeSegments } from './recompute-segments.sql.ts'
import { changeSegment, createSegment } from './save-segment.ts'
import { findSegment } from './segments.sql.ts'

/**
 * Random histories through the program's own ways (events, cards, consents, tags, the clock, new and changed segments,
 * also in the middle of a computation). Whenever nothing is left to do, the memberships kept by change and by clock
 * must equal a full recomputation.
 */
const runs = Number(process.env['PROPERTY_RUNS'] ?? 20)
/** The nightly form takes as long as it takes. */
const mostMilliseconds = process.env['PROPERTY_RUNS'] === undefined ? 240_000 : 7_200_000
const seed = process.env['PROPERTY_SEED'] === undefined ? {} : { seed: Number(process.env['PROPERTY_SEED']) }

const halfDay = 43_200_000
const people = ['anna@example.com', 'boris@example.com', 'vera@example.com', 'grigory@example.com']
const person = fc.constantFrom(...people)
const world = { tags: [1, 2], topics: [1, 2], segments: [1, 2] }

type Action =
  | { kind: 'save', email: string, card: Record<string, unknown>, fields: Record<string, unknown>, tags: string[] }
  | { kind: 'events', events: { email: string, type: string, halfDaysAgo: number, machine: boolean, properties: Record<string, unknown> }[] }
  | { kind: 'consent', person: number, topic: number, action: 'requested' | 'granted' | 'withdrawn' }
  | { kind: 'tick', minutes: number }
  | { kind: 'lead', email: string, status: string, created: number, remove: boolean }
  | { kind: 'deal', email: string, state: string, pipeline: number, amount: number, closed: number | null, expected: number | null, remove: boolean }
  | { kind: 'coupon', email: string, pool: number, days: number | null, redeem: boolean }
  | { kind: 'way', email: string, journey: number, to: 'enter' | 'step' | 'done' | 'goal' | 'left' | 'failed' }
  | { kind: 'mail', email: string, type: string, mail: number, minutesAgo: number, machine: boolean }
  | { kind: 'erase', email: string }
  | { kind: 'segment', slot: number, condition: Condition }
  | { kind: 'chunk' }

const properties = fc.record({
  order_id: fc.constantFrom('n1', 'n2', 'n3', 'n4'),
  amount: fc.constantFrom(1, 10, 14.96),
  coupon: fc.constantFrom(...worldCoupons),
  items: fc.array(fc.record({ category: fc.constantFrom('CD', 'book'), price: fc.constantFrom(1, 3), quantity: fc.constantFrom(1, 2) }), { maxLength: 2 }),
}, { requiredKeys: ['order_id', 'amount', 'items'] })

const rarely = fc.nat({ max: 3 }).map(one => one === 0)
const oneOrTwo = fc.constantFrom(1, 2)

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({
    kind: fc.constant('save' as const), email: person, tags: fc.subarray(['one', 'two']),
    card: fc.record({ city: fc.constantFrom(...worldTexts, ''), source: fc.constantFrom(...worldTexts), time_zone: fc.constantFrom('Asia/Tokyo', 'America/New_York', 'Europe/Berlin', null) }, { requiredKeys: [] }),
    fields: fc.record({ size: fc.constantFrom(0, 1, 2, null), birthday: fc.constantFrom(...worldDays, null), vip: fc.boolean(), plan: fc.constantFrom('gold', 'basic'), colours: fc.subarray(['red', 'blue']), budget: fc.constantFrom(1, 10) }, { requiredKeys: [] }),
  }) },
  { weight: 5, arbitrary: fc.record({
    kind: fc.constant('events' as const),
    events: fc.array(fc.record({ email: person, type: fc.constantFrom('order.placed', 'order.placed', 'email.opened', 'email.clicked', 'page.viewed', 'order.cancelled', 'email.sent', 'email.bounced', 'email.complained'), halfDaysAgo: fc.nat({ max: 12 }), machine: fc.nat({ max: 3 }).map(one => one === 0), properties }), { minLength: 1, maxLength: 4 }),
  }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('consent' as const), person: fc.nat({ max: people.length - 1 }), topic: fc.constantFrom(1, 2), action: fc.constantFrom('requested' as const, 'granted' as const, 'withdrawn' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('tick' as const), minutes: fc.constantFrom(1, 7, 60, 185, 720, 720, 1440, 2160, 5040, 21_600, 100_000, 525_600) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lead' as const), email: person, status: fc.constantFrom('new', 'in_work'), created: fc.nat({ max: 6 }), remove: rarely }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deal' as const), email: person, state: fc.constantFrom('open', 'won'), pipeline: oneOrTwo, amount: fc.constantFrom(1, 10, 14.96), closed: fc.option(fc.nat({ max: 6 }), { nil: null }), expected: fc.constantFrom(null, -8, -4, -2, 0, 4), remove: rarely }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('coupon' as const), email: person, pool: oneOrTwo, days: fc.constantFrom(null, 0, 1, 3, 40), redeem: rarely }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('way' as const), email: person, journey: oneOrTwo, to: fc.constantFrom('enter' as const, 'enter' as const, 'step' as const, 'done' as const, 'goal' as const, 'left' as const, 'failed' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mail' as const), email: person, type: fc.constantFrom('email.sent', 'email.opened', 'email.clicked', 'email.replied', 'email.bounced', 'subscription.withdrawn'), mail: fc.nat({ max: 2 }), minutesAgo: fc.constantFrom(0, 30, 720, 4000), machine: rarely }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), email: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('segment' as const), slot: fc.nat({ max: 5 }), condition: randomCondition(world) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('chunk' as const) }) },
)

let app: TestApp
let now = worldNow

beforeAll(async () => {
  app = await testApp()
  await writeCompany(app.db, { currency: 'EUR', time_zone: 'UTC' })
  const options = (values: string[]) => JSON.stringify(values.map(value => ({ value, label: value })))
  for (const field of worldFields) await sql`insert into custom_fields (key, label, kind, options) values (${field.key}, ${field.key}, ${field.kind}, ${field.key === 'plan' ? options(['gold', 'basic']) : field.key === 'colours' ? options(['red', 'blue']) : '[]'})`.execute(app.db)
})
afterAll(() => app.close())

async function emptyWorld(): Promise<void> {
  await sql.raw(`
    truncate contacts, contact_identities, tags, topics, segments, incoming_events, event_keys, products restart identity cascade;
    ${worldRows}
    insert into tags (name) values ('one'), ('two');
    insert into topics (key, name_en, name_ru) values ('one', 'One', 'Раз'), ('two', 'Two', 'Два');
  `).execute(app.db)
  await setNow(worldNow)
}

async function setNow(moment: Date): Promise<void> {
  now = moment
  app.setNow(moment)
}

async function act(step: Action): Promise<void> {
  switch (step.kind) {
    case 'save':
      await saveContactsAndFollow(app.app, app.db, [{ email: step.email, ...step.card, fields: step.fields as never, tags: step.tags }], { now, by: 'api', mode: 'overwrite' })
      return
    case 'events':
      await withTransaction(app.db, tx => appendEvents(tx, step.events.map(event => ({
        type: event.type, contact: { email: event.email }, occurred_at: new Date(now.getTime() - event.halfDaysAgo * halfDay), properties: event.properties, source: 'api',
        machine_reason: event.machine && event.type.startsWith('email.') ? 'a scanner' : null,
      })), now))
      while (await processEvents(app.app));
      return
    case 'consent': {
      const [found] = await rows<{ contact_id: number }>(app.db, sql`select contact_id from contact_identities where value = ${people[step.person] ?? ''}`)
      if (found) await changeConsents(app.app, app.db, [{ contact_id: found.contact_id, topic_id: step.topic, action: step.action, wording: 'yes', source: 'api', occurred_at: now }], now)
      return
    }
    case 'tick':
      await setNow(new Date(now.getTime() + step.minutes * 60_000))
      await followClock(app.app)
      return
    case 'lead':
      return change(step.email, 'lead', async (tx, id) => {
        if (step.remove) await sql`delete from leads where contact_id = ${id}`.execute(tx)
        else await sql`insert into leads (contact_id, status, source, source_label, utm, created_at) values (${id}, ${step.status}, 'form:1', '', '{"utm_source": "Yandex"}', ${before(step.created)})`.execute(tx)
      })
    case 'deal':
      return change(step.email, 'deal', async (tx, id) => {
        if (step.remove) await sql`delete from deals where contact_id = ${id}`.execute(tx)
        else {
          await sql`
            insert into deals (contact_id, pipeline_id, stage_id, state, title, amount, currency, created_at, stage_since, closed_at, expected_on)
            values (${id}, ${step.pipeline}, ${step.pipeline}, ${step.state}, '', ${step.amount * 100}, 'EUR', ${now}, ${now}, ${step.closed === null ? null : before(step.closed)}, ${step.expected === null ? null : before(step.expected)}::timestamptz::date)
          `.execute(tx)
        }
      })
    case 'coupon':
      return change(step.email, 'coupon', async (tx, id) => {
        if (step.redeem) await sql`update coupons set redeemed_at = ${now} where contact_id = ${id}`.execute(tx)
        else await sql`insert into coupons (contact_id, pool_id, code, given_at, valid_until, source) values (${id}, ${step.pool}, 'X', ${now}, ${step.days === null ? null : before(-2 * step.days)}, 'api')`.execute(tx)
      })
    case 'way':
      return change(step.email, `journey:${step.journey}`, (tx, id) => goOn(tx, id, step.journey, step.to))
    case 'mail': {
      const contactId = await idOf(step.email)
      if (contactId === undefined) return
      const mail = mails[step.mail]
      await sql`
        insert into messages (contact_id, lane, kind, dedup_key, journey_id, step_key, template_version_id, state)
        values (${contactId}, 1, 'campaign', ${`mail ${step.mail}`}, ${mail?.journey ?? null}, ${mail?.step ?? null}, ${mail?.template}, 'sent')
        on conflict do nothing
      `.execute(app.db)
      const [message] = await rows<{ id: number }>(app.db, sql`select id from messages where contact_id = ${contactId} and dedup_key = ${`mail ${step.mail}`}`)
      await withTransaction(app.db, tx => appendEvents(tx, [{
        type: step.type, contact: { email: step.email }, occurred_at: new Date(now.getTime() - step.minutesAgo * 60_000), properties: { url: 'https://shop.example/a' }, source: 'sender',
        message_id: message?.id ?? null, campaign_id: mail?.campaign ?? null, journey_id: mail?.journey ?? null, machine_reason: step.machine ? 'a scanner' : null,
      }], now))
      while (await processEvents(app.app));
      return
    }
    case 'erase': {
      const contactId = await idOf(step.email)
      if (contactId !== undefined) await withTransaction(app.db, tx => eraseCard(tx, contactId))
      return
    }
    case 'segment': {
      const id = 1 + step.slot
      const before = await findSegment(app.db, id)
      // A circle is refused; anything else must be taken.
      const save = before ? changeSegment(app.db, id, { ...before, condition: step.condition }, now) : createSegment(app.db, { name: `S${id}`, description: '', condition: step.condition }, null, now)
      await Promise.resolve(save).catch((error: Error) => { if (!/circle/.test(error.message)) throw error })
      return
    }
    case 'chunk': {
      await withTransaction(app.db, tx => recomputeChunk(tx, now, 1))
    }
  }
}

const mails = [{ campaign: 1, template: 1 }, { campaign: 2, template: 2 }, { journey: 1, step: 'a', template: 2 }] as { campaign?: number, journey?: number, step?: string, template: number }[]
const before = (halfDays: number): Date => new Date(now.getTime() - halfDays * halfDay)

async function idOf(email: string): Promise<number | undefined> {
  return (await rows<{ contact_id: number }>(app.db, sql`select contact_id from contact_identities where value = ${email}`))[0]?.contact_id
}

/** What belongs to a contact changes, as the features change it: the card held, what follows in the same transaction. */
async function change(email: string, key: string, write: (tx: Db, contactId: number) => Promise<void>): Promise<void> {
  const contactId = await idOf(email)
  if (contactId === undefined) return
  await ensureMonths(app.app, [now])
  await withTransaction(app.db, async tx => {
    await lockContacts(tx, [contactId])
    await write(tx, contactId)
    await applyChanges(tx, app.app, [{ contact_id: contactId, keys: [key], events: [] }], now)
  })
}

async function goOn(tx: Db, contactId: number, journey: number, to: string): Promise<void> {
  if (to === 'enter') {
    await sql`
      insert into enrolments (contact_id, journey_id, version_id, step_key, state, trigger_key, entered_at, arrived_at, lane)
      values (${contactId}, ${journey}, ${journey}, 'a', 'waiting', (select count(*)::text from enrolments), ${now}, ${now}, 1)
    `.execute(tx)
    await insertEvents(tx, [{ contact_id: contactId, type: 'journey.entered', occurred_at: now, source: `journey:${journey}`, message_id: null, campaign_id: null, journey_id: journey, properties: {} }], now)
    return
  }
  const ended = to === 'step' ? null : now
  await sql`
    update enrolments
    set state = ${to === 'step' ? 'waiting' : to === 'goal' ? 'done' : to}, state_reason = ${to === 'goal' ? 'goal:bought' : ''},
      step_key = case when ${to}::text = 'step' then 'b' else step_key end, arrived_at = case when ${to}::text = 'step' then ${now} else arrived_at end, ended_at = ${ended}
    where contact_id = ${contactId}
      and journey_id = ${journey}
      and state = 'waiting'
  `.execute(tx)
}

/** Members as stored against members as a full recomputation finds them, for the segments that are live. */
async function expectTrueMemberships(): Promise<void> {
  const segments = await rows<{ id: number, condition: Condition, depends_on: string[] }>(app.db, sql`select id, condition, depends_on from segments where state = 'live' order by id`)
  const context = { ...await loadConditionContext(app.db), now }
  for (const segment of segments) {
    const { predicate } = compileCondition(segment.condition, context)
    const [found] = await rows<{ stored: number[], wanted: number[] }>(app.db, sql`
      select
        (select coalesce(array_agg(contact_id::int order by contact_id), '{}') from segment_memberships where segment_id = ${segment.id}) as stored,
        (select coalesce(array_agg(c.id::int order by c.id), '{}') from contacts c left join contact_rollups r on r.contact_id = c.id where ${predicate}) as wanted
    `)
    expect({ condition: segment.condition, members: found?.stored }).toEqual({ condition: segment.condition, members: found?.wanted })
  }
}

test('memberships kept by change and by clock equal a full recomputation, on random histories', async () => {
  const beginning = fc.tuple(randomClockCondition, fc.oneof(randomClockCondition, randomCondition({ ...world, segments: [] })), randomClockCondition, randomCondition(world), randomCondition(world))
  await fc.assert(fc.asyncProperty(beginning, fc.array(action, { minLength: 4, maxLength: 18 }), async (conditions, history) => {
    await emptyWorld()
    for (const condition of conditions) await createSegment(app.db, { name: 'S', description: '', condition }, null, now)
    while (await recomputeSegments(app.app));
    for (const step of history) {
      await act(step)
      const [unsettled] = await rows(app.db, sql`select from segments where state = 'computing' limit 1`)
      // A segment whose basis is being computed anew follows when that is done.
      if (!unsettled) await expectTrueMemberships()
    }
    while (await recomputeSegments(app.app));
    await followClock(app.app)
    await expectTrueMemberships()
    const failed = await rows(app.db, sql`select name, error from segments where state = 'failed'`)
    expect(failed).toEqual([])
  }), { numRuns: runs, interruptAfterTimeLimit: mostMilliseconds, ...seed, ...(process.env['PROPERTY_PATH'] ? { path: process.env['PROPERTY_PATH'], endOnFailure: true } : {}) })
}, 2 * mostMilliseconds)
