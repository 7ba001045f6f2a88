import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { one, rows, sql } from '../../server/base/db.ts'
import { rebuildRollups } from '../../server/flows/rebuild-rollups.ts'
import { keepMails } from '../../server/inbound/inbound-mails.sql.ts'
import { type Client, runUntilIdle, testApp, type TestApp } from '../database.ts'
import { bounce, complaint } from '../mails-that-come-back.ts'
import { makeAudience } from '../mailing.ts'

/** Reports in which nothing of ours is found, and people who believe them. */
let world: TestApp
let admin: Client
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  world = await testApp()
  admin = await world.as('administrator')
  people = await makeAudience(world.db, 5)
})
afterAll(() => world.close())
beforeEach(async () => {
  await sql`truncate inbound_mails, suppressions, complaints, accepted_reports`.execute(world.db)
  await sql`update consent_states set status = 'granted', since = now() - interval '1 day'`.execute(world.db)
})

let number = 0
const strange = (to: string) => ({ messageId: `foreign-${++number}@elsewhere.example`, to })
/** Mails come in and are read; their numbers. */
async function arrive(...raws: string[]): Promise<number[]> {
  await keepMails(world.db, raws.map(raw => ({ source: 'smtp', envelope_from: '', envelope_to: [], raw: Buffer.from(raw), size: raw.length })), world.app.now())
  await runUntilIdle(world)
  const found = await rows<{ id: number, outcome: string }>(world.db, sql`select id, outcome from inbound_mails order by id`)
  expect(new Set(found.map(mail => mail.outcome))).toEqual(new Set(['unproven']))
  return found.map(mail => mail.id)
}
const path = (id: number) => `/api/v1/inbound-mails/${id}/acceptance`
const suppressed = async () => (await rows<{ email: string, reason: string }>(world.db, sql`select email, reason from suppressions order by email`)).map(row => `${row.email} ${row.reason}`)
const outcome = async (id: number) => (await one<{ outcome: string }>(world.db, sql`select outcome from inbound_mails where id = ${id}::bigint`)).outcome
const bouncesOf = (contact: number) => rows(world.db, sql`select id from events where contact_id = ${contact}::bigint and type = 'email.bounced'`)

test('a bounce is accepted for a recipient, once, with what follows of a proven one; and taken back whole', async () => {
  const [id] = await arrive(bounce(strange('p1@example.org')))
  expect((await admin.get(path(id!))).body).toEqual({
    recipients: [{ email: 'p1@example.org', outcome: 'bounced_hard', words: 'smtp; 550 5.1.1 User unknown', contact: { id: people.contacts[0], name: 'P1' } }], alike: 0, accepted: [],
  })
  expect((await admin.post(path(id!), { recipients: ['p2@example.org'] })).body.errors[0].field).toBe('recipients')
  expect((await admin.post(path(id!), { recipients: [] })).body.errors[0].field).toBe('recipients')
  expect((await (await world.as('manager')).post(path(id!), { recipients: ['p1@example.org'] })).status).toBe(403)
  expect(await suppressed()).toEqual([])

  // Two people press at once.
  const answers = await Promise.all([1, 2].map(() => admin.post(path(id!), { recipients: ['P1@example.org'] })))
  expect(answers.map(answer => answer.status).toSorted()).toEqual([201, 409])
  expect(await suppressed()).toEqual(['p1@example.org hard_bounce'])
  expect(await outcome(id!)).toBe('bounced_hard')
  expect(await bouncesOf(people.contacts[0]!)).toHaveLength(1)
  expect((await admin.get(path(id!))).body).toMatchObject({ recipients: [], accepted: [{ email: 'p1@example.org', outcome: 'bounced_hard', undone_at: null, together: 1 }] })

  expect((await admin.delete(path(id!))).body).toEqual({ people: 1, mails: 1 })
  expect((await admin.delete(path(id!))).body).toEqual({ people: 0, mails: 0 })
  expect(await suppressed()).toEqual([])
  expect(await outcome(id!)).toBe('unproven')
  expect(await bouncesOf(people.contacts[0]!)).toHaveLength(0)
  expect((await rebuildRollups(world.app, { check: true })).differences.filter(each => each.contact_id === people.contacts[0])).toEqual([])
  // It can be accepted again, and the log keeps both.
  expect((await admin.post(path(id!), { recipients: ['p1@example.org'] })).status).toBe(201)
  expect((await admin.get(path(id!))).body.accepted.map((each: { undone_at: string | null }) => each.undone_at === null)).toEqual([true, false])
})

test('all of the same kind and sender are accepted and taken back together; strangers among them are left out', async () => {
  const ids = await arrive(complaint(strange('p1@example.org')), complaint(strange('p2@example.org')), complaint(strange('nobody@example.org')), bounce(strange('p3@example.org')))
  expect((await admin.get(path(ids[0]!))).body).toMatchObject({ alike: 2 })
  // One of them had left before: that was their own word.
  await sql`update consent_states set status = 'withdrawn' where contact_id = ${people.contacts[1]!}::bigint`.execute(world.db)
  expect((await admin.post(path(ids[0]!), { recipients: ['p1@example.org'], alike: true })).body).toEqual({ people: 2, mails: 2 })
  const states = () => rows(world.db, sql`select status from consent_states where contact_id in (${people.contacts[0]!}::bigint, ${people.contacts[1]!}::bigint) order by contact_id`)
  expect(await suppressed()).toEqual(['p1@example.org complaint', 'p2@example.org complaint'])
  expect(await states()).toEqual([{ status: 'withdrawn' }, { status: 'withdrawn' }])
  expect((await admin.get('/api/v1/complaints')).body.data).toHaveLength(2)
  expect(await Promise.all(ids.map(outcome))).toEqual(['complained', 'complained', 'unproven', 'unproven'])

  expect((await admin.delete(path(ids[1]!))).body).toEqual({ people: 2, mails: 2 })
  expect(await suppressed()).toEqual([])
  expect(await states()).toEqual([{ status: 'granted' }, { status: 'withdrawn' }])
  expect((await admin.get('/api/v1/complaints')).body.data).toEqual([])
  expect(await Promise.all(ids.map(outcome))).toEqual(['unproven', 'unproven', 'unproven', 'unproven'])
})

test('what is taken back does not take along what something else has said: a reason there was before, a proven report since', async () => {
  await admin.post('/api/v1/suppressions', { emails: ['p4@example.org'] })
  const [by_hand, later] = await arrive(bounce(strange('p4@example.org')), bounce(strange('p5@example.org')))
  for (const [id, email] of [[by_hand!, 'p4@example.org'], [later!, 'p5@example.org']] as const) expect((await admin.post(path(id), { recipients: [email] })).status).toBe(201)
  await admin.post('/api/v1/events', { events: [{ type: 'email.bounced', contact: { id: people.contacts[4]! }, properties: { hard: true, address: 'p5@example.org' } }] })
  await runUntilIdle(world)
  await admin.delete(path(by_hand!))
  expect(await suppressed()).toEqual(['p4@example.org manual', 'p5@example.org hard_bounce'])
  // A report of a provider, proved, about the other.
  await sql`update events set source = 'provider:ses' where contact_id = ${people.contacts[4]!}::bigint and source like 'api%'`.execute(world.db)
  await admin.delete(path(later!))
  expect(await suppressed()).toEqual(['p4@example.org manual', 'p5@example.org hard_bounce'])
})

test('a delay and a mail that is forgotten cannot be accepted', async () => {
  const [delay, forgotten] = await arrive(bounce(strange('p1@example.org'), { action: 'delayed', status: '4.4.1', diagnostic: 'smtp; 451 4.4.1 No answer from host' }), bounce(strange('p2@example.org')))
  expect((await admin.get(path(delay!))).body).toMatchObject({ recipients: [] })
  expect((await admin.post(path(delay!), { recipients: ['p1@example.org'] })).status).toBe(422)
  await sql`update inbound_mails set raw = null where id = ${forgotten!}::bigint`.execute(world.db)
  expect((await admin.get(path(forgotten!))).body).toMatchObject({ recipients: [] })
  expect((await admin.post(path(forgotten!), { recipients: ['p2@example.org'] })).status).toBe(409)
  expect((await admin.get(path(99_999))).status).toBe(404)
})
