import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'

let t: TestApp
let admin: Client
const now = new Date('2026-11-20T12:00:00Z')
beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  admin = await t.as('administrator')
  await admin.patch('/api/v1/company', { time_zone: 'Europe/Moscow' })
  await t.app.pool.query(`
    insert into receiving_domains (domain, provider, checked_at) values ('firm.example', 'gmail.com', now()), ('other.example', 'other.example', now());
    insert into users (name, email, role, locale) values ('Ada', 'ada@shop.example', 'administrator', 'en');
    with people as (
      insert into contacts (email, first_name, source) values ('anna@gmail.com', 'Anna', 'shop'), ('boris@mail.ru', 'Boris', 'fair'), ('vera@bk.ru', 'Vera', 'fair'), ('gleb@firm.example', 'Gleb', null), ('dina@gmail.com', 'Dina', 'shop'), ('egor@other.example', 'Egor', null)
      returning id, first_name, email
    ), template as (insert into templates (name) values ('News') returning id
    ), version as (insert into template_versions (template_id, number, document) select id, 1, '{}' from template returning id
    ), campaign as (insert into campaigns (name) values ('Autumn') returning id
    ), dead as (insert into suppressions (email, reason) values ('vera@bk.ru', 'hard_bounce')
    )
    insert into messages (contact_id, lane, kind, campaign_id, template_version_id, to_email, state, from_domain, detail, sent_at, bounced_at, opened_at, machine_opened_at, clicked_at, complained_at, unsubscribed_at)
    select p.id, 0, 'campaign', c.id, v.id, p.email,
      case when first_name in ('Vera', 'Gleb') then 'bounced' else 'sent' end, case when first_name in ('Anna', 'Boris') then 'shop.example' end, case when first_name = 'Vera' then '550 no such user' end,
      case when first_name <> 'Vera' then timestamptz '2026-11-18T21:30:00Z' end,
      case first_name when 'Vera' then timestamptz '2026-11-18T21:30:00Z' when 'Gleb' then timestamptz '2026-11-19T10:00:00Z' end,
      case when first_name = 'Anna' then timestamptz '2026-11-19T10:00:00Z' end,
      case when first_name in ('Anna', 'Boris') then timestamptz '2026-11-18T21:31:00Z' end,
      case when first_name = 'Anna' then timestamptz '2026-11-19T10:01:00Z' end,
      case when first_name = 'Dina' then timestamptz '2026-11-19T10:00:00Z' end,
      case when first_name = 'Dina' then timestamptz '2026-11-19T10:00:00Z' end
    from people p, campaign c, version v`)
})
afterAll(() => t.close())
const count = () => runUntilIdle(t, ['deliverability.count'])
const overview = async (more = '') => (await admin.get(`/api/v1/deliverability?days=7${more}`)).body

test('before the first count nothing is claimed; then every mail is in its day, provider and source, people and machines apart', async () => {
  expect((await overview()).as_of).toBeNull()
  await count()
  const all = await overview()
  expect(all.totals).toEqual({ sent: 6, delivered: 4, bounced_hard: 1, bounced_soft: 1, complained: 1, opened: 1, opened_by_machines: 1, clicked: 1, clicked_by_machines: 0, unsubscribed: 1 })
  // 21:30 UTC is the next day in Moscow.
  expect(all.days).toMatchObject([{ day: '2026-11-19', sent: 6 }])
  expect(all.rows).toMatchObject([{ key: 'gmail.com', name: 'Gmail / Google Workspace', sent: 3, bounced_soft: 1 }, { key: 'mail.ru', sent: 2, bounced_hard: 1 }, { key: 'other', sent: 1 }])
  expect((await overview('&by=campaign')).rows).toMatchObject([{ name: 'Autumn', sent: 6 }])
  expect((await overview('&by=source')).rows).toMatchObject([{ key: '', sent: 2 }, { key: 'fair', sent: 2 }, { key: 'shop', sent: 2 }])
  expect((await overview('&by=sender')).rows).toMatchObject([{ key: '0', sent: 6 }])
  expect((await overview('&by=domain')).rows).toMatchObject([{ key: '', sent: 4 }, { key: 'shop.example', sent: 2, opened: 1 }])
})

test('a second count changes nothing; a later open is counted on the day of the mail', async () => {
  const before = await overview()
  await Promise.all([count(), count()])
  expect((await overview()).totals).toEqual(before.totals)
  await t.app.pool.query(`update messages set opened_at = '2026-11-20T11:00:00Z' where to_email = 'boris@mail.ru'`)
  await count()
  expect((await overview()).days).toMatchObject([{ day: '2026-11-19', opened: 2, opened_by_machines: 0 }])
})

test('each number has its people, page after page, and they agree with it', async () => {
  const names = async (query: string) => (await admin.get(`/api/v1/deliverability/people?days=7&${query}`)).body.data.map((person: { name: string }) => person.name)
  const { totals } = await overview()
  for (const what of Object.keys(totals)) expect(await names(`what=${what}`), what).toHaveLength(totals[what])
  expect(await names('what=bounced_hard&by=provider&key=mail.ru')).toEqual(['Vera'])
  // A firm whose mail is at Google belongs to Google.
  expect(await names('what=sent&by=provider&key=gmail.com')).toEqual(['Anna', 'Gleb', 'Dina'])
  expect(await names('what=sent&by=domain&key=shop.example')).toEqual(['Anna', 'Boris'])
  expect(await names('what=sent&by=source&key=shop')).toEqual(['Anna', 'Dina'])
  const first = (await admin.get('/api/v1/deliverability/people?days=7&what=sent&limit=3')).body
  const second = (await admin.get(`/api/v1/deliverability/people?days=7&what=sent&limit=3&cursor=${first.next_cursor}`)).body
  expect([...first.data, ...second.data]).toHaveLength(6)
  expect((await admin.get('/api/v1/deliverability/people?what=sent&by=source')).body.errors[0].field).toBe('key')
})

test('administrators hear of a rate over its limit once a day, and not of few mails', async () => {
  const titles = async () => (await t.app.pool.query<{ title: string }>('select title from notifications order by title')).rows.map(row => row.title)
  expect(await titles()).toEqual([])
  const saved = (await admin.patch('/api/v1/reputation/settings', { limits: { bounced: 10, complained: 0.3, unsubscribed: 90, least_mails: 2 } })).body
  expect(saved.limits.least_mails).toBe(2)
  await count()
  await count()
  expect(await titles()).toEqual(['33.33 % of the mails to Gmail / Google Workspace are called spam', '33.33 % of the mails to Gmail / Google Workspace come back', '50 % of the mails to Mail.ru / VK WorkSpace come back'])
  expect((await admin.patch('/api/v1/reputation/settings', { limits: { bounced: 0, complained: 0.3, unsubscribed: 1, least_mails: 1 } })).body.errors[0].field).toBe('limits.bounced')
})
