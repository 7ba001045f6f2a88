import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { ReactionFigures, ReactionReport } from '../../shared/reactions.ts'
import { startDnsServer, type DnsServer } from '../../test/dns-server.ts'
import { rows, sql } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { askDomains } from '../hygiene/count-groups.ts'
import { chaseLeads } from './chase-leads.ts'

let t: TestApp
let api: Client
let dns: DnsServer
let [anna, boris] = [0, 0]
const now = new Date('2026-11-20T12:00:00Z')
const user = async (name: string) => (await rows<{ id: number }>(t.db, sql`insert into users (name, email, role) values (${name}, ${`${name}@shop.test`}, 'manager') returning id`))[0]!.id
const lead = async (email: string, more: object = {}) => (await api.post('/api/v1/leads', { contact: { email, first_name: 'Пётр' }, source_label: 'Сайт', ...more })).body

beforeAll(async () => {
  dns = await startDnsServer({ 'gmail.com': { MX: [[5, 'mx.gmail.com']] }, 'firm.ru': { MX: [[5, 'mx.firm.ru']] } })
  t = await testApp({ env: { DNS_SERVERS: dns.address } })
  t.setNow(now)
  await writeCompany(t.db, { language: 'ru' })
  api = await t.as('administrator')
  anna = await user('Anna')
  boris = await user('Boris')
}, 300_000)
afterAll(async () => {
  await t?.close()
  await dns?.close()
})

describe('leads that come by the API', () => {
  test('make the card, get a manager in turn who is told, and once only while they are open', async () => {
    const first = await api.post('/api/v1/leads', { contact: { email: 'petr@firm.ru', first_name: 'Пётр' }, source_label: 'Выставка', utm: { utm_source: 'expo' }, labels: ['срочно'] })
    expect(first).toMatchObject({ status: 201, body: { contact: { name: 'Пётр', known_since: null }, status: 'new', source: 'api', source_label: 'Выставка', labels: ['срочно'], utm: { utm_source: 'expo' }, first_utm: { utm_source: 'expo' }, owner: { id: anna }, assigned_because: 'По очереди: Anna дольше всех без нового лида.' } })
    expect((await api.post('/api/v1/leads', { contact: { email: 'petr@firm.ru' }, source_label: 'Выставка' })).body.id).toBe(first.body.id)
    expect(await rows(t.db, sql`select user_id, title, link from notifications where source_key = ${`lead:${first.body.id}`}`)).toEqual([{ user_id: anna, title: 'Новый лид: Пётр', link: `/leads?open=${first.body.id}` }])
    expect(await rows(t.db, sql`select type from events where contact_id = ${first.body.contact.id} and type like 'lead.%'`)).toEqual([{ type: 'lead.created' }])
    const second = await lead('second@firm.ru')
    expect(second.owner).toMatchObject({ id: boris })
  })

  test('of somebody known for long say so, and keep the first touch beside the last', async () => {
    await sql`update contacts set created_at = ${new Date('2025-03-01T00:00:00Z')} where email = 'petr@firm.ru'`.execute(t.db)
    expect(await lead('petr@firm.ru', { source_label: 'Звонок', utm: { utm_source: 'vk' } })).toMatchObject({ contact: { known_since: '2025-03-01T00:00:00Z' }, utm: { utm_source: 'vk' }, first_utm: { utm_source: 'expo' } })
  })

  test('what is wrong is named with its field, and nothing is written', async () => {
    const before = (await rows(t.db, sql`select from leads`)).length
    const fault = async (body: object) => { const { status, body: said } = await api.post('/api/v1/leads', { source_label: 'Сайт', ...body }); return [status, said.errors[0].field] }
    expect(await fault({})).toEqual([422, 'contact'])
    expect(await fault({ contact_id: 1, contact: { email: 'a@b.ru' } })).toEqual([422, 'contact'])
    expect(await fault({ contact_id: 99_999_999 })).toEqual([422, 'contact_id'])
    expect(await fault({ contact: { email: 'not an address' } })).toEqual([422, 'contact.email'])
    expect(await fault({ contact: { email: 'new@firm.ru' }, owner_id: 99_999_999 })).toEqual([422, 'owner_id'])
    expect(await fault({ contact: { email: 'new@firm.ru' }, source_label: ' ' })).toEqual([422, 'source_label'])
    expect((await rows(t.db, sql`select from leads`)).length).toBe(before)
    expect(await rows(t.db, sql`select from contacts where email = 'new@firm.ru'`)).toEqual([])
  })
})

describe('addresses of leads', () => {
  test('are judged at once, and by DNS within seconds', async () => {
    const checks = async (id: number) => (await api.get(`/api/v1/leads/${id}`)).body.checks
    const [typo, thrown, gone, fine] = [await lead('olga@gmial.com'), await lead('x@mailinator.com'), await lead('x@gone-firm.ru'), await lead('y@firm.ru')]
    expect(typo.checks).toEqual({ email: 'typo', proposal: 'olga@gmail.com' })
    expect(thrown.checks).toEqual({ email: 'disposable', proposal: null })
    expect(gone.checks).toEqual({ email: 'asking', proposal: null })
    expect((await lead('', { contact: { phone: '+79161234567' } })).checks).toEqual({ email: 'none', proposal: null })
    for (let round = 0; round < 3; round++) await askDomains(t.app)
    expect(await checks(gone.id)).toEqual({ email: 'no_mail', proposal: null })
    expect(await checks(fine.id)).toEqual({ email: 'takes_mail', proposal: null })
    const { revision } = (await api.get(`/api/v1/contacts/${typo.contact.id}`)).body
    expect((await api.patch(`/api/v1/contacts/${typo.contact.id}`, { revision, email: typo.checks.proposal })).status).toBe(200)
    expect(await checks(typo.id)).toMatchObject({ email: 'takes_mail' })
  })
})

describe('many leads at once', () => {
  test('of two who take the same lead the first gets it, the second is told who', async () => {
    const { id } = await lead('both@firm.ru', { owner_id: null })
    const take = (owner_id: number) => api.post('/api/v1/leads/changes', { leads: [{ id, status: 'in_work', owner_id, seen: { status: 'new', owner_id: null } }] })
    const answers = (await Promise.all([take(anna), take(boris)])).map(answer => answer.body)
    const loser = answers.find(answer => answer.changed.length === 0)
    const { owner, status, assigned_because } = (await api.get(`/api/v1/leads/${id}`)).body
    expect(loser).toEqual({ changed: [], passed_over: [{ id, owner }] })
    expect({ status, assigned_because }).toEqual({ status: 'in_work', assigned_because: 'Назначено через API.' })
  })

  test('are refused with a reason, told to the timeline, and come back as they were', async () => {
    const [one, other] = [await lead('one@firm.ru', { labels: ['a'] }), await lead('other@firm.ru', { owner_id: null })]
    const { body } = await api.post('/api/v1/leads/changes', { leads: [one, other].map(({ id }) => ({ id, status: 'refused', refused_because: 'Дорого' })) })
    expect((await api.get(`/api/v1/leads?status=refused`)).body.data).toMatchObject([{ id: other.id, refused_because: 'Дорого' }, { id: one.id, refused_because: 'Дорого' }])
    expect(await rows(t.db, sql`select properties ->> 'reason' as reason, properties ->> 'to' as to from events where contact_id = ${one.contact.id} and type = 'lead.status_changed'`)).toEqual([{ reason: 'Дорого', to: 'refused' }])
    await api.post('/api/v1/leads/changes', { leads: body.changed.map(({ id, before }: { id: number, before: object }) => ({ id, ...before })) })
    expect((await api.get(`/api/v1/leads/${one.id}`)).body).toMatchObject({ status: 'new', refused_because: null, labels: ['a'], owner: { id: one.owner.id } })
    expect((await api.get(`/api/v1/leads/${other.id}`)).body).toMatchObject({ status: 'new', owner: null })
  })

  test('whoever is given several hears of it once; unknown people and leads are named', async () => {
    const [one, other] = [await lead('give1@firm.ru', { owner_id: null }), await lead('give2@firm.ru', { owner_id: null })]
    expect((await api.post('/api/v1/leads/changes', { leads: [{ id: one.id, owner_id: 99_999_999 }] })).body.errors).toMatchObject([{ field: 'leads.0.owner_id' }])
    const { body } = await api.post('/api/v1/leads/changes', { leads: [one.id, other.id, 99_999_999].map(id => ({ id, owner_id: boris })) })
    expect(body).toMatchObject({ changed: [{}, {}], passed_over: [{ id: 99_999_999, owner: null }] })
    expect(await rows(t.db, sql`select title, link from notifications where user_id = ${boris} order by id desc limit 1`)).toEqual([{ title: 'Вам переданы лиды: 2', link: '/leads?owner=me' }])
    expect((await api.patch('/api/v1/leads/99999999', { status: 'new' })).status).toBe(404)
    expect((await (await t.as('marketer')).post('/api/v1/leads/changes', { leads: [] })).status).toBe(422)
  })
})

test('leads are narrowed by owner, source and label, counted by state, and their labels listed', async () => {
  const made = await lead('label@firm.ru', { labels: ['опт', 'опт'], owner_id: null })
  expect(made.labels).toEqual(['опт'])
  expect((await api.get(`/api/v1/leads?label=${encodeURIComponent('опт')}&source=api&owner=nobody&status=open`)).body.data).toMatchObject([{ id: made.id }])
  expect((await api.get(`/api/v1/leads?label=${encodeURIComponent('опт')}&source=form`)).body.data).toEqual([])
  expect((await api.get(`/api/v1/leads/counts?label=${encodeURIComponent('опт')}`)).body).toMatchObject({ new: 1, in_work: 0, converted: 0, refused: 0 })
  expect((await api.get('/api/v1/leads/labels')).body.data).toContainEqual({ label: 'опт', leads: 1 })
})

test('the reasons of refusal are a list that administrators edit', async () => {
  expect((await api.get('/api/v1/lead-settings')).body.refusal_reasons).toContain('Дорого')
  expect((await (await t.as('manager')).put('/api/v1/lead-settings', { refusal_reasons: ['Нет'] })).status).toBe(403)
  expect((await api.put('/api/v1/lead-settings', { refusal_reasons: ['Далеко', 'Далеко'] })).body).toEqual({ refusal_reasons: ['Далеко'] })
})

describe('a lead becomes', () => {
  test('a contact with what was written and a deal, all or nothing, once, and back again', async () => {
    const made = await lead('convert@firm.ru')
    const where = `/api/v1/leads/${made.id}/conversion`
    expect((await api.post(where, { contact: { first_name: 'Павел' }, deal: { title: 'Кухня', stage_id: 99_999_999 } })).body.errors).toMatchObject([{ field: 'deal.stage_id' }])
    const [{ stages: [, strict] }] = (await api.get('/api/v1/pipelines')).body.data
    await sql`update stages set required_fields = '{amount,next_step}' where id = ${strict.id}`.execute(t.db)
    expect((await api.post(where, { contact: { first_name: 'Павел' }, deal: { title: 'Кухня', stage_id: strict.id } })).body.errors.map((error: { field: string }) => error.field)).toEqual(['deal.amount', 'deal.next_step'])
    expect((await api.get(`/api/v1/leads/${made.id}`)).body).toMatchObject({ status: 'new', contact: { name: 'Пётр' } })

    const answers = await Promise.all([0, 1].map(() => api.post(where, { contact: { first_name: 'Павел', company: 'Фирма' }, deal: { title: 'Кухня', amount: 100 } })))
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 409])
    const { deal } = (await api.get(`/api/v1/leads/${made.id}`)).body
    expect(deal).toMatchObject({ name: 'Кухня' })
    expect((await api.get(`/api/v1/contacts/${made.contact.id}`)).body).toMatchObject({ first_name: 'Павел', company: { name: 'Фирма' } })
    expect((await api.get(`/api/v1/deals?contact=${made.contact.id}`)).body.data).toMatchObject([{ id: deal.id, amount: 100 }])

    expect((await api.delete(where)).body).toMatchObject({ status: 'in_work', deal: null, contact: { name: 'Павел' } })
    expect((await api.get(`/api/v1/deals?contact=${made.contact.id}`)).body.data).toEqual([])
    expect(await api.delete(where)).toMatchObject({ status: 409, body: { code: 'lead_not_converted' } })
    expect((await rows<{ to: string }>(t.db, sql`select properties ->> 'to' as to from events where contact_id = ${made.contact.id} and type = 'lead.status_changed' order by id`)).map(event => event.to)).toEqual(['converted', 'in_work'])
  })

  test('a deal that somebody has worked on is not taken back with it', async () => {
    const made = await lead('worked@firm.ru')
    const { body } = await api.post(`/api/v1/leads/${made.id}/conversion`, { deal: { title: 'Стол' } })
    await api.patch(`/api/v1/deals/${body.deal.id}`, { revision: 1, title: 'Большой стол' })
    expect(await api.delete(`/api/v1/leads/${made.id}/conversion`)).toMatchObject({ status: 409, body: { code: 'deal_changed' } })
    expect((await api.get(`/api/v1/leads/${made.id}`)).body).toMatchObject({ status: 'converted', deal: { name: 'Большой стол' } })
  })
})

describe('the first answer of a person', () => {
  const reaction = async (id: number) => (await api.get(`/api/v1/leads/${id}`)).body.reaction
  const told = () => rows<{ user_id: number, title: string }>(t.db, sql`select user_id, title from notifications where title like '%дольше положенного%' order by id`)

  test('is a call, a task done or a state changed by a person, whichever came first, in working time of the manager', async () => {
    // Friday, an hour before the end of the company's day; Boris works in Vladivostok, where it is Saturday already.
    t.setNow(new Date('2026-11-27T17:00:00Z'))
    await api.put(`/api/v1/users/${boris}/availability`, { territory: [], working_hours: { time_zone: 'Asia/Vladivostok', days: [...[1, 2, 3, 4, 5].map(() => ({ from: '10:00', to: '12:00' })), null, null] } })
    const [called, taken, done, far] = [await lead('called@firm.ru', { owner_id: anna }), await lead('taken@firm.ru', { owner_id: anna }), await lead('done@firm.ru', { owner_id: anna }), await lead('far@firm.ru', { owner_id: boris })]
    await chaseLeads(t.app)
    expect(await reaction(called.id)).toEqual({ due_at: '2026-11-27T18:00:00Z', answered_at: null, by: null, user: null, seconds: null })
    expect((await reaction(far.id)).due_at).toBe('2026-11-30T01:00:00Z')
    const staff = await t.asPerson('Clara', 'marketer')
    const task = (await staff.post('/api/v1/tasks', { title: 'Перезвонить', contact_id: done.contact.id })).body.id

    t.setNow(new Date('2026-11-30T09:30:00Z'))
    await api.patch(`/api/v1/leads/${taken.id}`, { status: 'in_work' })
    expect(await reaction(taken.id)).toMatchObject({ answered_at: null })
    await staff.post('/api/v1/leads/changes', { leads: [{ id: taken.id, status: 'refused', refused_because: 'Дорого' }] })
    await staff.patch(`/api/v1/tasks/${task}`, { done: true })
    await staff.post(`/api/v1/contacts/${called.contact.id}/notes`, { body: 'Ждёт счёт', call: { direction: 'out', outcome: 'reached', minutes: 3 } })
    await api.post(`/api/v1/leads/${far.id}/conversion`, {})
    await runUntilIdle(t, ['process-events'])
    const ninety = { answered_at: '2026-11-30T09:30:00Z', seconds: 5400 }
    expect([await reaction(called.id), await reaction(taken.id), await reaction(done.id)]).toMatchObject([{ ...ninety, by: 'call' }, { ...ninety, by: 'status' }, { ...ninety, by: 'task' }])
    expect((await reaction(called.id)).user.name).toBe((await reaction(taken.id)).user.name)

    await staff.post('/api/v1/leads/changes', { leads: [called.id, taken.id].map(id => ({ id, status: 'new' })) })
    expect([(await reaction(called.id)).by, (await reaction(taken.id)).by]).toEqual(['call', null])
  })

  test('that does not come is told to the manager, then to others, and the lead handed on: each once, whoever works and whatever breaks', async () => {
    await sql`delete from notifications`.execute(t.db)
    await sql`update leads set warned_at = now(), escalated_at = now()`.execute(t.db)
    const { id: chief } = await t.asPerson('Dora', 'administrator')
    const rules = { minutes: 60, by_source: { staff: null, api: 30 }, then_minutes: 60, then_tell: 'administrators', hand_on: true }
    expect((await (await t.as('manager')).put('/api/v1/lead-reaction', rules)).status).toBe(403)
    expect((await api.put('/api/v1/lead-reaction', { ...rules, minutes: 0 })).body.errors).toMatchObject([{ field: 'minutes' }])
    expect((await api.put('/api/v1/lead-reaction', rules)).body).toEqual(rules)
    t.setNow(new Date('2026-12-01T09:00:00Z'))
    const [late, nobodys] = [await lead('late@firm.ru', { owner_id: anna }), await lead('nobodys@firm.ru', { owner_id: null })]
    expect(await told()).toEqual([])
    await chaseLeads(t.app)
    expect(await reaction(late.id)).toMatchObject({ due_at: '2026-12-01T09:30:00Z' })
    expect(await told()).toEqual([])

    t.setNow(new Date('2026-12-01T09:31:00Z'))
    await sql`create function break_here() returns trigger language plpgsql as $$ begin raise 'broken'; end $$`.execute(t.db)
    await sql`create trigger broken before insert on notifications for each row execute function break_here()`.execute(t.db)
    await expect(chaseLeads(t.app)).rejects.toThrow('broken')
    await sql`drop trigger broken on notifications`.execute(t.db)
    await Promise.all([chaseLeads(t.app), chaseLeads(t.app), chaseLeads(t.app)])
    const own = { user_id: anna, title: 'Лид ждёт ответа дольше положенного: Пётр' }
    expect(await told()).toEqual([own, { ...own, user_id: chief }])
    expect((await api.get('/api/v1/leads?reaction=overdue&from=2026-12-01&to=2026-12-01&hour=9')).body.data.map((each: { id: number }) => each.id)).toContain(late.id)
    // Nobody's is handed on at once; then the hours of its new manager hold.
    expect((await api.get(`/api/v1/leads/${nobodys.id}`)).body.owner).not.toBeNull()
    expect((await api.get('/api/v1/leads/counts')).body.overdue).toBeGreaterThanOrEqual(1)

    t.setNow(new Date('2026-12-01T10:31:00Z'))
    await Promise.all([chaseLeads(t.app), chaseLeads(t.app)])
    expect((await told()).slice(2)).toEqual([{ ...own, user_id: chief }])
    const { owner } = (await api.get(`/api/v1/leads/${late.id}`)).body
    expect(owner.id).not.toBe(anna)
    expect((await rows(t.db, sql`select from events where contact_id = ${late.contact.id} and type = 'lead.assigned'`)).length).toBe(1)
  })

  test('is counted by manager, source and hour, and each number is a list of leads', async () => {
    const days = { from: '2026-11-20', to: '2026-12-01' }
    const report: ReactionReport = (await api.get(`/api/v1/reports/reactions?from=${days.from}&to=${days.to}`)).body
    const listed = async (asked: Record<string, string | number>) => (await api.get(`/api/v1/leads?${new URLSearchParams({ ...days, limit: '200', ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, String(value)])) })}`)).body.data.length
    const rowsOf: [ReactionFigures, Record<string, string | number>][] = [
      [report.totals, {}], ...report.owners.map((row): [ReactionFigures, { owner: string | number }] => [row, { owner: row.owner?.id ?? 'nobody' }]),
      ...report.sources.map((row): [ReactionFigures, { source: string }] => [row, { source: row.source }]), ...report.hours.map((row): [ReactionFigures, { hour: number }] => [row, { hour: row.hour }]),
    ]
    expect(rowsOf.length).toBeGreaterThan(5)
    const states = ['late', 'waiting', 'overdue', 'answered', 'within'] as const
    for (const [index, [row, asked]] of rowsOf.entries()) {
      expect(await listed(asked), JSON.stringify(asked)).toBe(row.leads)
      for (const state of index === 0 ? states : [states[index % 5]!]) expect(await listed({ ...asked, reaction: state }), `${JSON.stringify(asked)} ${state}`).toBe(row[state])
    }
    expect(report.owners.find(row => row.owner?.id === anna)).toMatchObject({ late: 2, median_seconds: 5400 })
  })
})
