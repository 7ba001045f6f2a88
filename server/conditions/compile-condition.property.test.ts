import * as fc from 'fast-check'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { toMinor } from '../../shared/money.ts'
import { worldRows } from '../../test/condition-world.ts'
import { testApp } from '../../test/database.ts'
import { one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { leavesOf, parseCondition } from './check-condition.ts'
import { amongIds } from './among-ids.sql.ts'
import { compileCondition } from './compile-condition.ts'
import { EventFacts } from './event-facts.sql.ts'
import { explainCondition } from './explain-condition.ts'
import { impliedPredicates } from './implied-predicates.sql.ts'
import { isTimeZone } from './moments.ts'
import { randomCondition, worldFields, worldZones } from './random-conditions.ts'
import { randomPerson, worldNow } from './random-people.ts'
import { holds } from './reference-evaluator.ts'
import type { Person } from './reference-evaluator.ts'

const runs = Number(process.env['PROPERTY_RUNS'] ?? 60)
const world = { tags: [1, 2], topics: [1, 2], segments: [1, 2] }
const context = { now: worldNow, currency: 'EUR', timeZone: 'UTC', customFields: worldFields, timeZones: worldZones.filter(isTimeZone) }

describe('a compiled condition', () => {
  let app: Awaited<ReturnType<typeof testApp>>
  let db: Db
  beforeAll(async () => {
    app = await testApp()
    db = app.db
    await sql.raw(`
      truncate tags, topics, segments, custom_fields restart identity cascade;
      insert into tags (name) values ('one'), ('two');
      insert into topics (key, name_en, name_ru) values ('one', 'One', 'Раз'), ('two', 'Two', 'Два');
      insert into segments (name, condition, state) values ('one', '{"any": []}', 'failed'), ('two', '{"any": []}', 'failed');
      create table if not exists events_2019_test partition of events for values from ('2019-01-01') to ('2020-01-01');
    `).execute(db)
    await sql.raw(worldRows).execute(db)
    await writeCompany(db, { currency: 'EUR', time_zone: 'UTC' })
    for (const field of worldFields) await sql`insert into custom_fields (key, label, kind) values (${field.key}, ${field.key}, ${field.kind})`.execute(db)
  })
  afterAll(() => app.close())

  test('means what its plain reading means, for random people, and so does its explanation', async () => {
    const people = fc.sample(randomPerson(world), { numRuns: 120, seed: 7 })
    const ids = await insertPeople(db, people)
    const answersOf = (predicates: RawBuilder<boolean>[], bits: string[]) => rows<{ id: number, truths: boolean[] }>(db, sql`
      select c.id, array[${sql.join(predicates)}] as truths
      from unnest(${ids}::bigint[], ${bits}::varbit[]) as facts (id, bits)
      join contacts c on c.id = facts.id
      left join contact_rollups r on r.contact_id = c.id
      order by c.id
    `)
    const answersFromFacts = async (conditions: Condition[]) => {
      const facts = new EventFacts()
      facts.about = ids
      const predicates = conditions.map(condition => compileCondition(condition, { ...context, among: amongIds(ids), facts }).predicate)
      return answersOf(predicates, ids.map(await facts.read(db)))
    }
    await fc.assert(fc.asyncProperty(fc.array(randomCondition(world), { minLength: 5, maxLength: 5 }), fc.nat(people.length - 1), async (conditions, chosen) => {
      // Of each contact by itself, of all together, and from readings of events that all of the conditions share or that one has for itself.
      const everybody = people.map(() => '')
      const found = [
        await answersOf(conditions.map(condition => compileCondition(condition, context).predicate), everybody),
        await answersOf(conditions.map(condition => compileCondition(condition, { ...context, among: amongIds(ids) }).predicate), everybody),
        await answersFromFacts(conditions),
      ]
      const alone = await Promise.all(conditions.map(condition => answersFromFacts([condition])))
      found.push(people.map((_, person) => ({ id: ids[person]!, truths: alone.map(answers => answers[person]!.truths[0]!) })))
      const expected = people.map((person, index) => ({ id: ids[index], truths: conditions.map(condition => holds(condition, person, worldNow)) }))
      for (const answers of found) expect(answers).toEqual(expected)

      for (const condition of conditions) {
        const strays = await rows(db, sql`
          select c.id
          from contacts c
          left join contact_rollups r on r.contact_id = c.id
          where ${compileCondition(condition, context).predicate}
            and not coalesce(${sql.join([sql`true`, ...impliedPredicates(condition, context)], sql` and `)}, false)
        `)
        expect(strays).toEqual([])
      }

      const [condition] = conditions as [Condition]
      const explanation = await explainCondition(db, ids[chosen] ?? 0, condition, worldNow)
      expect(explanation?.holds).toBe(expected[chosen]?.truths[0])
    }), { numRuns: runs, ...(process.env['PROPERTY_SEED'] ? { seed: Number(process.env['PROPERTY_SEED']) } : {}) })
  }, 300_000)

  test('random conditions pass the check and come back unchanged', () => {
    fc.assert(fc.property(randomCondition(world), (condition) => {
      const { errors, condition: read } = parseCondition(condition, context)
      expect(errors).toEqual([])
      expect(read).toEqual(condition)
    }), { numRuns: 300 })
  })

  test('what is not a condition is refused, never a crash', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      const { condition } = parseCondition(value, context)
      if (condition !== null) expect(leavesOf(condition)).toBeInstanceOf(Array)
    }), { numRuns: 300 })
  })
})

async function insertPeople(db: Db, people: Person[]): Promise<number[]> {
  const ids: number[] = []
  for (const person of people) {
    const { card } = person
    const [contact] = await rows<{ id: number }>(db, sql`
      insert into contacts (email, city, time_zone, source, created_at, fields)
      values (${card['email']}, ${card['city']}, ${card['time_zone']}, ${card['source']}, ${card['created_at']}, ${JSON.stringify(person.fields)})
      returning id
    `)
    const id = contact?.id ?? 0
    ids.push(id)
    await sql`
      insert into contact_rollups (contact_id, orders_count, revenue, opens, last_open_at, last_order_at, subscribed_at)
      values (${id}, ${card['orders_count']}, ${toMinor(Number(card['revenue']), 'EUR')}, ${card['opens']}, ${card['last_open_at']}, ${card['last_order_at']}, ${card['subscribed_at']})
      on conflict (contact_id) do update
      set orders_count = excluded.orders_count, revenue = excluded.revenue, opens = excluded.opens,
        last_open_at = excluded.last_open_at, last_order_at = excluded.last_order_at, subscribed_at = excluded.subscribed_at
    `.execute(db)
    const messages: number[] = []
    for (const mail of person.mails) {
      messages.push((await one<{ id: number }>(db, sql`
        insert into messages (contact_id, lane, kind, campaign_id, journey_id, step_key, template_version_id, state)
        values (${id}, 1, 'campaign', ${mail.campaign ?? null}, ${mail.journey ?? null}, ${mail.step ?? null}, ${mail.template}, 'sent')
        returning id
      `)).id)
    }
    for (const event of person.events) {
      const mail = event.mail === null ? undefined : person.mails[event.mail]
      await sql`
        insert into events (contact_id, type, occurred_at, source, is_machine, properties, message_id, campaign_id, journey_id)
        values (${id}, ${event.type}, ${event.at}, 'test', ${event.machine}, ${JSON.stringify(event.properties)}, ${event.mail === null ? null : messages[event.mail]}, ${mail?.campaign ?? null}, ${mail?.journey ?? null})
      `.execute(db)
    }
    for (const lead of person.leads) await sql`insert into leads (contact_id, status, source, source_label, utm, created_at) values (${id}, ${lead.status}, ${lead.source}, '', ${JSON.stringify(lead.utm)}, ${lead.created_at})`.execute(db)
    for (const deal of person.deals) {
      const { id: dealId } = await one<{ id: number }>(db, sql`
        insert into deals (contact_id, pipeline_id, stage_id, state, title, amount, currency, created_at, stage_since, closed_at, expected_on, stale_told)
        values (${id}, ${deal.pipeline_id}, ${deal.pipeline_id}, ${deal.state}, '', ${deal.amount === null ? null : toMinor(deal.amount, 'EUR')}, 'EUR', ${deal.created_at}, ${deal.stage_since}, ${deal.closed_at}, ${deal.expected_on}::date, ${deal.stale})
        returning id
      `)
      for (const [position, line] of deal.items.entries()) await sql`insert into deal_lines (contact_id, deal_id, position, name, quantity, price) values (${id}, ${dealId}, ${position}, ${line.name}, ${line.quantity}, ${line.price * 100})`.execute(db)
    }
    for (const [index, order] of person.orders.entries()) {
      const { id: orderId } = await one<{ id: number }>(db, sql`
        insert into orders (contact_id, order_id, placed_at, amount, currency, coupon, status)
        values (${id}, ${`o${index}`}, ${order.placed_at}, ${toMinor(order.amount, 'EUR')}, 'EUR', ${order.coupon}, ${order.status})
        returning id
      `)
      for (const [line, item] of order.items.entries()) {
        await sql`insert into order_lines (contact_id, order_id, line_number, category, price, quantity) values (${id}, ${orderId}, ${line + 1}, ${item.category}, ${item.price === null ? null : toMinor(item.price, 'EUR')}, ${item.quantity})`.execute(db)
      }
    }
    for (const coupon of person.coupons) await sql`insert into coupons (contact_id, pool_id, code, given_at, valid_until, redeemed_at, source) values (${id}, ${coupon.pool}, 'X', ${coupon.given_at}, ${coupon.valid_until}, ${coupon.redeemed_at}, 'api')`.execute(db)
    for (const [index, way] of person.ways.entries()) {
      await sql`
        insert into enrolments (contact_id, journey_id, version_id, step_key, state, state_reason, trigger_key, test_wait_seconds, entered_at, arrived_at, ended_at, lane)
        values (${id}, ${way.journey}, ${way.journey}, ${way.step}, ${way.state}, ${way.reason}, ${String(index)}, ${way.test ? 5 : null}, ${way.entered_at}, ${way.arrived_at}, ${way.ended_at}, 1)
      `.execute(db)
    }
    for (const [tag, at] of person.tags) await sql`insert into contact_tags (contact_id, tag_id, added_at) values (${id}, ${tag}, ${at})`.execute(db)
    for (const [topic, { status, since }] of person.consents) await sql`insert into consent_states (contact_id, topic_id, status, since) values (${id}, ${topic}, ${status}, ${since})`.execute(db)
    for (const [segment, at] of person.segments) await sql`insert into segment_memberships (contact_id, segment_id, entered_at) values (${id}, ${segment}, ${at})`.execute(db)
  }
  return ids
}
