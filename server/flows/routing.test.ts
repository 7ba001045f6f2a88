import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoutingRuleInput } from '../../shared/routing.ts'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { giveWaitingLeads } from './give-leads.ts'

let t: TestApp
let api: Client
let [anna, boris, clara] = [0, 0, 0]
/** A Friday at noon. */
const noon = new Date('2026-11-20T12:00:00Z')
const user = async (name: string) => (await rows<{ id: number }>(t.db, sql`insert into users (name, email, role) values (${name}, ${`${name}@shop.test`}, 'manager') returning id`))[0]!.id
let count = 0
const lead = async (more: object = {}, contact: object = {}) => (await api.post('/api/v1/leads', { contact: { email: `person${++count}@firm.test`, ...contact }, source_label: 'Site', ...more })).body
const save = async (rules: (Omit<Partial<RoutingRuleInput>, 'condition'> & { name: string, condition?: object })[]) => {
  const { revision, data } = (await api.get('/api/v1/routing-rules')).body
  const ids = new Map(data.map((rule: { id: number, name: string }) => [rule.name, rule.id]))
  return api.put('/api/v1/routing-rules', { revision, rules: rules.map(rule => ({ condition: { all: [] }, way: 'round_robin', id: ids.get(rule.name), ...rule })) })
}
const ofLead = (...where: object[]) => ({ related: 'lead', where })

beforeAll(async () => {
  t = await testApp()
  t.setNow(noon)
  api = await t.as('administrator')
  ;[anna, boris, clara] = [await user('Anna'), await user('Boris'), await user('Clara')]
}, 300_000)
afterAll(() => t?.close())

describe('rules', () => {
  test('are asked in their order about the contact and about this very lead; the first true one gives it to the next of its people', async () => {
    const team = (await api.post('/api/v1/teams', { name: 'Sales', member_ids: [anna, boris] })).body.id
    expect((await save([
      { name: 'Urgent', condition: ofLead({ field: 'labels', operator: 'is', value: 'urgent' }), user_ids: [clara] },
      { name: 'Ads in Moscow', condition: { all: [ofLead({ field: 'utm.source', operator: 'is', value: 'ads' }), { field: 'city', operator: 'is', value: 'Moscow' }] }, user_ids: [boris] },
      { name: 'Others', team_id: team },
    ])).status).toBe(200)
    const [first] = [await lead({ labels: ['urgent', 'big'] })]
    expect(first).toMatchObject({ owner: { id: clara }, assigned_because: 'Rule “Urgent” → Clara: next in turn.' })
    // Of a person who had such a lead before: the rule asks about this one.
    const again = await api.post('/api/v1/leads', { contact: { email: 'other@firm.test' }, source_label: 'Fair', labels: ['urgent'], owner_id: null })
    expect((await api.post('/api/v1/leads', { contact: { email: 'other@firm.test' }, source_label: 'Site' })).body).toMatchObject({ owner: { id: anna }, assigned_because: 'Rule “Others” → team Sales → Anna: next in turn.' })
    expect(again.body.owner).toBeNull()
    expect(await lead({ utm: { utm_source: 'ads' } }, { city: 'Moscow' })).toMatchObject({ owner: { id: boris }, assigned_because: 'Rule “Ads in Moscow” → Boris: next in turn.' })
    expect(await lead({ utm: { utm_source: 'ads' } }, { city: 'Perm' })).toMatchObject({ owner: { id: boris }, assigned_because: 'Rule “Others” → team Sales → Boris: next in turn.' })
    expect((await rows<{ because: string }>(t.db, sql`select properties ->> 'because' as because from events where type = 'lead.created' and contact_id = ${first.contact.id}`))[0]!.because).toBe('Rule “Urgent” → Clara: next in turn.')
  })

  test('pass over who is away, unless somebody stands in, and keep to the one who looks after the contact', async () => {
    expect((await save([{ name: 'All', user_ids: [anna, boris, clara] }])).status).toBe(200)
    expect((await api.post(`/api/v1/users/${anna}/absences`, { from_day: '2026-11-18', to_day: '2026-12-03' })).status).toBe(201)
    const kept = await lead()
    expect(kept).toMatchObject({ owner: { id: boris }, assigned_because: 'Rule “All” → Boris: next in turn. Passed over: Anna (away until December 3).' })
    const absence = (await api.post(`/api/v1/users/${boris}/absences`, { from_day: '2026-11-20', to_day: '2026-11-20', substitute_id: clara })).body.absences[0].id
    expect((await api.post('/api/v1/leads', { contact_id: kept.contact.id, source_label: 'Called' })).body).toMatchObject({ owner: { id: clara }, assigned_because: 'Clara stands in for Boris, who is away until November 20.' })
    expect(await lead()).toMatchObject({ owner: { id: clara } })
    expect(await lead()).toMatchObject({ owner: { id: clara }, assigned_because: 'Rule “All” → Clara: next in turn, standing in for Boris (away until November 20). Passed over: Anna (away until December 3).' })
    await api.delete(`/api/v1/users/${boris}/absences/${absence}`)
    expect((await api.post('/api/v1/leads', { contact_id: kept.contact.id, source_label: 'Wrote' })).body).toMatchObject({ owner: { id: boris }, assigned_because: 'Boris looks after this contact already.' })
    const { absences } = (await api.get('/api/v1/availability')).body.data.find((person: { id: number }) => person.id === anna)
    for (const each of absences) await api.delete(`/api/v1/users/${anna}/absences/${each.id}`)
  })

  test('by load give to who has the least to do, by territory to whose city or phone number it is, else to the next rule', async () => {
    const territory = (id: number, words: string[]) => api.put(`/api/v1/users/${id}/availability`, { working_hours: null, territory: words })
    await territory(anna, ['Kazan', '+7 843'])
    await territory(boris, ['perm'])
    const idle = (await rows<{ id: number }>(t.db, sql`select users.id from users left join leads on leads.owner_id = users.id and leads.status in ('new', 'in_work') where role = 'manager' group by users.id order by count(leads.id), users.id limit 1`))[0]!.id
    await save([{ name: 'Places', way: 'by_territory', user_ids: [anna, boris], nobody_free: 'next' }, { name: 'Least', way: 'by_load', user_ids: [anna, boris, clara] }])
    expect(await lead({}, { city: 'Perm' })).toMatchObject({ owner: { id: boris }, assigned_because: 'Rule “Places” → Boris: territory perm.' })
    expect(await lead({}, { phone: '+78432000000' })).toMatchObject({ owner: { id: anna } })
    const other = await lead({}, { city: 'Omsk' })
    expect(other.owner.id).toBe(idle)
    expect(other.assigned_because).toMatch(/^Rule “Places”: this is nobody’s territory\. Rule “Least” → \w+: the fewest open leads and deals \(\d+\)\.$/)
    await territory(anna, [])
    await territory(boris, [])
  })

  test('of twenty leads that come at once each person gets their turn, none twice', async () => {
    await save([{ name: 'All', user_ids: [anna, boris, clara, anna] }])
    const owners = (await Promise.all(Array.from({ length: 21 }, () => lead()))).map(each => each.owner.id)
    expect([anna, boris, clara].map(id => owners.filter(owner => owner === id).length)).toEqual([7, 7, 7])
  })
})

describe('nobody free', () => {
  test('outside working hours a lead waits until they begin, is shown so, and is given out then, once', async () => {
    await save([{ name: 'Hours', user_ids: [anna, boris] }])
    await api.put(`/api/v1/users/${boris}/availability`, { working_hours: { days: [null, null, null, null, null, null, null], time_zone: null }, territory: [] })
    await api.put('/api/v1/working-hours', { days: [...Array.from({ length: 5 }, () => ({ from: '10:00', to: '18:00' })), null, null], holidays: ['2026-11-23'] })
    await api.patch('/api/v1/company', { time_zone: 'Europe/Moscow' })
    // 15:00 in Moscow is within the hours, 18:00 is not; Monday is a holiday.
    expect((await api.get('/api/v1/availability')).body.data.map((each: { works_now: boolean }) => each.works_now)).toEqual([true, false, true])
    t.setNow(new Date('2026-11-20T15:00:00Z'))
    const waiting = await lead()
    expect(waiting).toMatchObject({ owner: null, try_again_at: '2026-11-24T07:00:00.000Z', assigned_because: 'Rule “Hours”: nobody is free: Anna (works from November 24 at 10:00), Boris (does not work). Waits until November 24 at 10:00.' })
    await giveWaitingLeads(t.app)
    expect((await api.get(`/api/v1/leads/${waiting.id}`)).body.owner).toBeNull()
    t.setNow(new Date('2026-11-24T07:00:00Z'))
    await Promise.all([giveWaitingLeads(t.app), giveWaitingLeads(t.app)])
    expect((await api.get(`/api/v1/leads/${waiting.id}`)).body).toMatchObject({ owner: { id: anna }, try_again_at: null, assigned_because: 'Rule “Hours” → Anna: next in turn.' })
    expect(await rows(t.db, sql`select properties ->> 'owner_id' as owner from events where type = 'lead.assigned' and contact_id = ${waiting.contact.id}`)).toEqual([{ owner: String(anna) }])
  })

  test('somebody takes it, or it stays nobody’s, as the rule says; only people who are there when it asks for that', async () => {
    await save([{ name: 'Online', user_ids: [anna, clara], only_online: true, nobody_free: 'person', stand_in_id: boris }])
    expect(await lead()).toMatchObject({ owner: { id: boris }, assigned_because: 'Rule “Online”: nobody is free: Clara (not online), Anna (not online). Then Boris takes it.'.replace('Clara (not online), Anna (not online)', 'Anna (not online), Clara (not online)') })
    await sql`update users set last_seen_at = ${new Date('2026-11-24T06:55:00Z')} where id = ${clara}`.execute(t.db)
    expect(await lead()).toMatchObject({ owner: { id: clara } })
    await sql`update users set last_seen_at = null`.execute(t.db)
    await save([{ name: 'Online', user_ids: [anna, clara], only_online: true, nobody_free: 'nobody' }])
    expect(await lead()).toMatchObject({ owner: null, try_again_at: null })
  })
})

describe('the list of rules', () => {
  test('can be tried out: who would get a lead now is said and nothing is written', async () => {
    await save([{ name: 'Never', condition: { any: [] }, user_ids: [clara] }, { name: 'All', user_ids: [anna, clara], in_hours: false }])
    const { id, owner } = await lead()
    const next = owner.id === anna ? 'Clara' : 'Anna'
    const before = await rows(t.db, sql`select last_user_id from routing_rules`)
    for (const _ of [1, 2]) expect((await api.get(`/api/v1/leads/${id}/routing`)).body).toMatchObject({ owner: { name: next }, because: `Rule “All” → ${next}: next in turn.`, rules: [{ name: 'Never', applies: false }, { name: 'All', applies: true }] })
    expect(await rows(t.db, sql`select last_user_id from routing_rules`)).toEqual(before)
    const { changed } = (await api.post('/api/v1/leads/routing', { ids: [id] })).body
    expect(changed).toMatchObject([{ id, before: { owner_id: owner.id } }])
    expect((await api.get(`/api/v1/leads/${id}`)).body.owner.name).toBe(next)
  })

  test('names what is wrong with which rule, and does not overwrite what somebody else has changed meanwhile', async () => {
    const field = async (rule: object) => (await save([{ name: 'All', user_ids: [anna] }, { name: 'Bad', user_ids: [anna], ...rule }])).body.errors?.[0].field
    expect(await field({ user_ids: [] })).toBe('rules.1.user_ids')
    expect(await field({ team_id: 9999 })).toBe('rules.1.team_id')
    expect(await field({ nobody_free: 'person' })).toBe('rules.1.stand_in_id')
    expect(await field({ condition: { all: [{ field: 'nonsense', operator: 'is', value: 1 }] } })).toBe('rules.1.condition.all[0].field')
    const { revision } = (await api.get('/api/v1/routing-rules')).body
    await save([{ name: 'All', user_ids: [boris] }])
    expect(await api.put('/api/v1/routing-rules', { revision, rules: [] })).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    expect((await (await t.as('manager')).put('/api/v1/routing-rules', { revision, rules: [] })).status).toBe(403)
  })
})

describe('a manager who leaves', () => {
  test('with 2,000 open tasks, a lead and a deal hands all of it over at once, to one person or by the rules, and cannot sign in any more', async () => {
    const dora = await user('Dora')
    const contact = (await lead({ owner_id: dora })).contact.id
    expect((await api.post('/api/v1/deals', { contact_id: contact, title: 'Tea', owner_id: dora })).status).toBe(201)
    await sql`
      with people as (insert into contacts (first_name) select 'Person ' || n from generate_series(1, 1000) n returning id)
      insert into tasks (contact_id, title, owner_id, source) select id, 'Call', ${dora}, 'staff' from people, generate_series(1, 2)`.execute(t.db)
    await sql`insert into tasks (title, owner_id, source) values ('Of nobody', ${dora}, 'staff')`.execute(t.db)
    expect((await api.get(`/api/v1/users/${dora}/handover`)).body).toEqual({ leads: 1, deals: 1, tasks: 2001 })
    expect((await api.post(`/api/v1/users/${dora}/handover`, { to: dora })).body.errors[0].field).toBe('to')
    expect((await api.post(`/api/v1/users/${dora}/handover`, { to: boris })).body).toEqual({ leads: 1, deals: 1, tasks: 2001 })
    await save([{ name: 'All', user_ids: [anna, clara], in_hours: false }])
    expect((await api.post(`/api/v1/users/${boris}/handover`, { to: 'rules', disable: true })).body.tasks).toBe(2001)
    const owners = await rows<{ owner_id: number | null, contacts: number, tasks: number }>(t.db, sql`select owner_id, count(distinct contact_id) as contacts, count(*) as tasks from tasks group by owner_id order by owner_id`)
    expect(owners).toEqual([{ owner_id: anna, contacts: 500, tasks: 1000 }, { owner_id: clara, contacts: 500, tasks: 1000 }, { owner_id: null, contacts: 0, tasks: 1 }])
    // What hangs on one contact went to one person.
    const [one] = await rows<{ lead: number, deal: number, because: string }>(t.db, sql`select leads.owner_id as lead, deals.owner_id as deal, assigned_because as because from leads join deals using (contact_id) where contact_id = ${contact}`)
    expect(one!.lead).toBe(one!.deal)
    expect(one!.because).toMatch(/^Handed over by Boris\. Rule “All” → (Anna|Clara): next in turn\.$/)
    expect((await api.get('/api/v1/users')).body.data.find((each: { id: number }) => each.id === boris).disabled_at).not.toBeNull()
  })
})
