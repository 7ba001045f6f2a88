import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'

let t: TestApp
const now = new Date('2026-11-20T12:00:00Z')
beforeAll(async () => {
  t = await testApp({ logLevel: 'error' })
  t.setNow(now)
  // Three people; Anna opened, clicked and bought, a machine opened Boris's mail, Vera's came back.
  await t.app.pool.query(`
    with people as (
      insert into contacts (email, first_name, created_at) values
        ('anna@example.com', 'Anna', '2026-11-10T10:00:00Z'), ('boris@example.com', 'Boris', '2026-08-01T10:00:00Z'), ('vera@example.com', 'Vera', '2026-11-12T10:00:00Z')
      returning id, first_name
    ), template as (
      insert into templates (name) values ('News') returning id
    ), version as (
      insert into template_versions (template_id, number, document) select id, 1, '{}' from template returning id
    ), campaign as (
      insert into campaigns (name) values ('Autumn') returning id
    ), mails as (
      insert into messages (contact_id, lane, kind, campaign_id, template_version_id, state, sent_at, opened_at, clicked_at, last_click_at, machine_opened_at, bounced_at)
      select p.id, 0, 'campaign', c.id, v.id, 'sent', '2026-11-15T21:30:00Z',
        case when first_name = 'Anna' then timestamptz '2026-11-16T08:00:00Z' end,
        case when first_name = 'Anna' then timestamptz '2026-11-16T08:01:00Z' end,
        case when first_name = 'Anna' then timestamptz '2026-11-16T08:01:00Z' end,
        case when first_name = 'Boris' then timestamptz '2026-11-16T08:00:00Z' end,
        case when first_name = 'Vera' then timestamptz '2026-11-16T08:00:00Z' end
      from people p, campaign c, version v
      returning contact_id, id, campaign_id
    )
    insert into orders (contact_id, order_id, placed_at, amount, currency, message_id, campaign_id)
    select p.id, 'A-1', timestamptz '2026-11-16T09:00:00Z', 149050, 'USD', m.id, m.campaign_id from people p join mails m on m.contact_id = p.id where first_name = 'Anna'
    union all
    select p.id, 'B-1', timestamptz '2026-11-17T09:00:00Z', 10000, 'USD', null, null from people p where first_name = 'Boris'
    union all
    select p.id, 'B-2', timestamptz '2026-11-17T09:00:00Z', 7700, 'EUR', null, null from people p where first_name = 'Boris'`)
})
afterAll(() => t.close())

test('the numbers of a period, people and machines apart, revenue in the company currency', async () => {
  const observer = await t.as('observer')
  const { status, body } = await observer.get('/api/v1/reports/overview')
  expect(status).toBe(200)
  expect(body.totals).toEqual({
    new_contacts: 2, leads: 0, sent: 3, delivered: 2, bounced: 1, opened: 1, opened_with_machines: 2, clicked: 1, clicked_with_machines: 1, unsubscribed: 0, complained: 0,
    orders: 3, revenue: 1590.5, attributed_orders: 1, attributed_revenue: 1490.5,
  })
  expect(body.senders).toEqual([expect.objectContaining({ kind: 'campaign', name: 'Autumn', sent: 3, orders: 1, revenue: 1490.5 })])
  expect(body.before.sent).toBe(0)
})

test("days are those of the company's time zone", async () => {
  const admin = await t.as('administrator')
  await admin.patch('/api/v1/company', { time_zone: 'Europe/Moscow' })
  const { body } = await admin.get('/api/v1/reports/overview')
  expect(body.days.find((day: { sent: number }) => day.sent === 3).day).toBe('2026-11-16')
})

test('each number has its people, page after page', async () => {
  const observer = await t.as('observer')
  const names = async (what: string) => (await observer.get(`/api/v1/reports/people?what=${what}`)).body.data.map((person: { name: string }) => person.name)
  expect(await names('opened')).toEqual(['Anna'])
  expect(await names('bounced')).toEqual(['Vera'])
  expect(await names('orders')).toEqual(['Anna', 'Boris'])
  expect(await names('attributed_orders')).toEqual(['Anna'])
  expect(await names('new_contacts')).toEqual(['Anna', 'Vera'])
  const first = await observer.get('/api/v1/reports/people?what=sent&limit=2')
  const second = await observer.get(`/api/v1/reports/people?what=sent&limit=2&cursor=${first.body.next_cursor}`)
  expect([...first.body.data, ...second.body.data].map((person: { name: string }) => person.name)).toEqual(['Anna', 'Boris', 'Vera'])
  expect(second.body.next_cursor).toBeNull()
})

test('a period that ends before it begins, and a forged cursor, are refused by name', async () => {
  const observer = await t.as('observer')
  const wrong = await observer.get('/api/v1/reports/overview?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z')
  expect([wrong.status, wrong.body.errors[0].field]).toEqual([422, 'from'])
  const forged = await observer.get('/api/v1/reports/people?what=sent&cursor=xyz')
  expect([forged.status, forged.body.errors[0].field]).toEqual([422, 'cursor'])
})
