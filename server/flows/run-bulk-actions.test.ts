import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'
import { runBulkActions } from './run-bulk-actions.ts'
import { startDnsServer, type DnsServer } from '../../test/dns-server.ts'

let t: TestApp
let marketer: Client
let dns: DnsServer
const now = new Date('2026-11-20T12:00:00Z')
const day = 86_400_000
const id: Record<string, number> = {}

/** Everybody was imported two years ago, agreed to news, and got eight mails in the last months, unless said otherwise. */
beforeAll(async () => {
  dns = await startDnsServer({ 'gmail.com': { MX: [[5, 'mx.gmail.com']] }, 'firm.ru': { MX: [[5, 'mx.firm.ru']] }, 'five.com': { A: ['10.0.0.1'] }, 'nomail.ru': { MX: [[0, '']] } })
  t = await testApp({ env: { DNS_SERVERS: dns.address } })
  t.setNow(now)
  marketer = await t.as('marketer')
  const people = {
    reader: 'reader@firm.ru', silent: 'silent@firm.ru', buyer: 'buyer@firm.ru', fresh: 'fresh@firm.ru', writer: 'writer@firm.ru', role: 'info@firm.ru', typo: 'olga@gmial.com', second: 'boris@mail.tu', taken: 'vera@gmial.com', owner: 'vera@gmail.com',
    near: 'amor@five.com', disposable: 'x@mailinator.com', dead: 'ivan@gone-firm.ru', nullmx: 'petr@nomail.ru', soft: 'soft@firm.ru', blocked: 'blocked@firm.ru', asked: 'asked@firm.ru', never: 'never@firm.ru', nothing: 'nothing@firm.ru', left: 'sales@firm.ru', stopped: 'admin@firm.ru',
  }
  for (const [name, email] of Object.entries(people)) {
    const made = await marketer.put('/api/v1/contacts', { email, first_name: name })
    id[name] = made.body.id
  }
  const of = (...names: string[]) => names.map(name => id[name])
  await t.app.pool.query(`
    insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') on conflict (key) do nothing`)
  await t.app.pool.query(`update contacts set created_at = '2024-11-01', import_id = 1`)
  await t.app.pool.query(`update contacts set created_at = '2026-11-18' where id = any($1)`, [of('fresh')])
  await t.app.pool.query(`
    insert into consent_states (contact_id, topic_id, status, since)
    select c.id, (select id from topics where key = 'news'), case when c.id = $1 then 'requested' when c.id = $2 then 'withdrawn' else 'granted' end, '2026-01-01'
    from contacts c where c.id <> $3`, [id['asked'], id['left'], id['nothing']])
  await t.app.pool.query(`
    with template as (insert into templates (name) values ('News') returning id), version as (insert into template_versions (template_id, number, document) select id, 1, '{}' from template returning id)
    insert into messages (contact_id, lane, kind, template_version_id, state, sent_at)
    select c.id, 0, 'journey', version.id, 'sent', '2026-10-01'::timestamptz + make_interval(days => n) from contacts c, version, generate_series(1, 8) n where c.id <> $1`, [id['never']])
  await t.app.pool.query(`
    insert into contact_rollups (contact_id, mails_sent, last_open_at, last_order_at, orders_count, bounced_at)
    select id, case when id = $1 then 0 else 8 end, case when id = $2 then timestamptz '2026-11-01' else timestamptz '2025-02-03' end, case when id = $3 then timestamptz '2026-11-02' end, case when id = $3 then 1 else 0 end, case when id = any($4) then timestamptz '2026-11-10' end
    from contacts on conflict (contact_id) do update set mails_sent = excluded.mails_sent, last_open_at = excluded.last_open_at, last_order_at = excluded.last_order_at, orders_count = excluded.orders_count, bounced_at = excluded.bounced_at`,
  [id['never'], id['reader'], id['buyer'], of('soft', 'blocked')])
  // Only the groups below are about silence: everybody else reads.
  await t.app.pool.query(`update contact_rollups set last_open_at = '2026-11-05' where contact_id <> all($1)`, [of('silent', 'buyer', 'fresh', 'writer')])
  await t.app.pool.query(`
    insert into events (contact_id, type, occurred_at, source, message_id, properties)
    select c, 'email.bounced', '2026-11-10', 'inbound', n, case when c = $1 then '{"hard": false}' else '{"hard": false, "blocked": true}' end::jsonb from unnest($2::bigint[]) c, generate_series(1, 3) n`, [id['soft'], of('soft', 'blocked')])
  await t.app.pool.query(`
    with talk as (insert into conversations (contact_id, subject, started_at, last_at) values ($1, 'Hi', '2026-11-01', '2026-11-01') returning contact_id, id)
    insert into letters (contact_id, conversation_id, direction, mail_key, from_email, subject, visible_text, occurred_at) select contact_id, id, 'in', 'k', 'w@firm.ru', 'Hi', 'Hello', '2026-11-01' from talk`, [id['writer']])
  await t.app.pool.query(`insert into suppressions (email, reason) values ('admin@firm.ru', 'complaint'), ('olga@gmial.com', 'hard_bounce')`)
})
afterAll(async () => {
  await t.close()
  await dns.close()
})

const run = () => runUntilIdle(t, ['hygiene.count', 'hygiene.domains', 'bulk-actions'])
const groups = async () => Object.fromEntries((await marketer.get('/api/v1/hygiene')).body.groups.map((group: { kind: string, count: number }) => [group.kind, group.count]))
const names = async (kind: string) => (await marketer.get(`/api/v1/hygiene/groups/${kind}/people`)).body.data.map((person: { name: string }) => person.name)
const act = async (kind: string, body: object) => {
  const asked = await marketer.post(`/api/v1/hygiene/groups/${kind}/actions`, body)
  expect(asked.status, asked.text).toBe(202)
  await run()
  return (await marketer.get(`/api/v1/bulk-actions/${asked.body.id}`)).body
}
const undo = async (action: { id: number }) => {
  expect((await marketer.post(`/api/v1/bulk-actions/${action.id}/reversal`)).status).toBe(202)
  await run()
  return (await marketer.get(`/api/v1/bulk-actions/${action.id}`)).body
}
const stopped = async () => (await t.app.pool.query<{ email: string }>(`select email from suppressions order by email`)).rows.map(row => row.email)
const timeline = async (name: string) => (await marketer.get(`/api/v1/contacts/${id[name]}/timeline`)).body.data.map((entry: { type: string }) => entry.type)

test('before the first count nothing is claimed; then each is in the group where they belong', async () => {
  expect((await marketer.get('/api/v1/hygiene')).body).toMatchObject({ as_of: null, counting: 0 })
  // What the name servers said about domains is counted once all have been asked.
  for (let round = 0; round < 3; round++) await run()
  const page = (await marketer.get('/api/v1/hygiene')).body
  expect(page).toMatchObject({ as_of: now.toISOString(), counting: null, contacts: 21, domains_to_ask: 0 })
  expect(await names('silent')).toEqual(['silent'])
  expect(await names('soft_bounces')).toEqual(['soft'])
  expect(await names('role')).toEqual(['role'])
  expect(await names('typo')).toEqual(['typo', 'second', 'taken'])
  expect(await names('no_mail')).toEqual(['dead', 'nullmx'])
  expect(await names('disposable')).toEqual(['disposable'])
  expect(await names('unconfirmed')).toEqual(['asked'])
  expect(await names('never_mailed')).toEqual(['never'])
  expect(await names('no_consent')).toEqual(['nothing'])
  expect((await marketer.get('/api/v1/hygiene/groups/typo/people?limit=2')).body).toMatchObject({ data: [{ detail: 'olga@gmail.com' }, { detail: 'boris@mail.ru' }], next_cursor: expect.any(String) })
  // Well-known and reserved names are not asked about, others once.
  expect(dns.asked.filter(asked => asked === 'MX gone-firm.ru')).toHaveLength(1)
})

test('a second count changes nothing, two workers at once neither', async () => {
  const before = await groups()
  await marketer.post('/api/v1/hygiene/count')
  await Promise.all([run(), run()])
  expect(await groups()).toEqual(before)
})

test('a preview says how many would change, who would stay and why, and changes nothing', async () => {
  const preview = (await marketer.post('/api/v1/hygiene/groups/typo/preview', { action: 'correct' })).body
  expect(preview).toMatchObject({ people: 3, will_change: 2, stay: [{ reason: 'taken', count: 1 }] })
  expect(preview.examples).toMatchObject([{ email: 'olga@gmial.com', after: 'olga@gmail.com' }, { email: 'boris@mail.tu', after: 'boris@mail.ru' }])
  expect((await marketer.get(`/api/v1/contacts/${id['typo']}`)).body.email).toBe('olga@gmial.com')
  expect((await marketer.post('/api/v1/hygiene/groups/role/preview', { action: 'correct' })).body.errors[0].field).toBe('action')
  expect((await marketer.post('/api/v1/hygiene/groups/role/actions', { action: 'tag' })).body.errors[0].field).toBe('tag')
  expect((await marketer.post('/api/v1/hygiene/groups/role/actions', { action: 'segment', segment_id: 999 })).body.errors[0].field).toBe('segment_id')
  expect((await (await t.as('manager')).post('/api/v1/hygiene/groups/role/actions', { action: 'suppress' })).status).toBe(403)
})

test('mistyped addresses are put right; undone, they are as they were, except where somebody has changed them since', async () => {
  const done = await act('typo', { action: 'correct' })
  expect(done).toMatchObject({ state: 'done', total: 3, done: 3, changed: 2, undoable: true })
  const email = async (name: string) => (await marketer.get(`/api/v1/contacts/${id[name]}`)).body.email
  expect([await email('typo'), await email('second'), await email('taken')]).toEqual(['olga@gmail.com', 'boris@mail.ru', 'vera@gmial.com'])
  expect(await names('typo')).toEqual(['taken'])
  expect(await timeline('typo')).toEqual(expect.arrayContaining(['hygiene.done', 'contact.updated']))
  await marketer.put('/api/v1/contacts', { email: 'boris@mail.ru', external_id: 'b' })
  await marketer.patch(`/api/v1/contacts/${id['second']}`, { email: 'boris@yandex.ru', revision: (await marketer.get(`/api/v1/contacts/${id['second']}`)).body.revision })
  expect(await undo(done)).toMatchObject({ state: 'undone', restored: 1, undoable: false })
  expect([await email('typo'), await email('second')]).toEqual(['olga@gmial.com', 'boris@yandex.ru'])
  expect(await names('typo')).toEqual(['typo', 'taken'])
  expect((await marketer.post(`/api/v1/bulk-actions/${done.id}/reversal`)).body.code).toBe('not_undoable')
})

test('mail is stopped; undone, everybody is mailed again but who complained meanwhile', async () => {
  const done = await act('no_mail', { action: 'suppress' })
  expect(done).toMatchObject({ state: 'done', changed: 2 })
  expect(await names('no_mail')).toEqual([])
  expect(await stopped()).toEqual(expect.arrayContaining(['ivan@gone-firm.ru', 'petr@nomail.ru']))
  expect((await marketer.get(`/api/v1/bulk-actions/${done.id}/people`)).body.data.map((person: { name: string }) => person.name)).toEqual(['dead', 'nullmx'])
  await t.app.pool.query(`update suppressions set reason = 'complaint' where email = 'petr@nomail.ru'`)
  await undo(done)
  expect(await stopped()).not.toContain('ivan@gone-firm.ru')
  expect(await stopped()).toContain('petr@nomail.ru')
  expect(await names('no_mail')).toEqual(['dead'])
})

test('unsubscribed people come back as they were, without a welcome, except who has left by themselves since', async () => {
  const done = await act('soft_bounces', { action: 'tag', tag: 'Bounces' })
  expect(done).toMatchObject({ changed: 1, tag: { name: 'Bounces' } })
  const silent = await act('silent', { action: 'unsubscribe' })
  expect(silent).toMatchObject({ changed: 1 })
  expect(await names('silent')).toEqual([])
  const status = async (name: string) => (await t.app.pool.query<{ status: string }>('select status from consent_states where contact_id = $1', [id[name]])).rows[0]?.status
  expect(await status('silent')).toBe('withdrawn')
  await undo(silent)
  expect(await status('silent')).toBe('granted')
  expect(await timeline('silent')).not.toContain('subscription.confirmed')
  const again = await act('silent', { action: 'unsubscribe' })
  await t.app.pool.query(`insert into consents (contact_id, topic_id, action, wording, source, occurred_at) values ($1, (select id from topics where key = 'news'), 'withdrawn', 'own wish', 'unsubscribe', $2)`, [id['silent'], now])
  await undo(again)
  expect(await status('silent')).toBe('withdrawn')
  await undo(done)
  expect((await marketer.get(`/api/v1/contacts/${id['soft']}`)).body.tags).toEqual([])
})

test('people go into a new static segment, and out of it again', async () => {
  const done = await act('role', { action: 'segment', segment_name: 'Posts' })
  expect(done).toMatchObject({ changed: 1, segment: { name: 'Posts' } })
  const members = async () => (await marketer.get(`/api/v1/segments/${done.segment.id}/contacts`)).body.data.length
  expect(await members()).toBe(1)
  await undo(done)
  expect(await members()).toBe(0)
})

test('an action whose segment is gone ends with the reason', async () => {
  const segment = (await marketer.post('/api/v1/segments', { name: 'Short-lived', kind: 'static' })).body.id
  const asked = (await marketer.post('/api/v1/hygiene/groups/role/actions', { action: 'segment', segment_id: segment })).body
  await marketer.delete(`/api/v1/segments/${segment}`)
  await run()
  expect((await marketer.get(`/api/v1/bulk-actions/${asked.id}`)).body).toMatchObject({ state: 'failed', error: expect.stringContaining('static segment') })
})

test('a deletion stops mail at once and deletes after a week: customers stay, and who has shown a sign of life', async () => {
  await t.app.pool.query(`update contact_rollups set orders_count = 1 where contact_id = $1`, [id['soft']])
  expect((await marketer.post('/api/v1/hygiene/groups/soft_bounces/preview', { action: 'delete' })).body).toMatchObject({ will_change: 0, stay: [{ reason: 'customer', count: 1 }] })
  const none = await act('no_consent', { action: 'delete' })
  expect(none).toMatchObject({ state: 'waiting', changed: 1, erase_at: new Date(now.getTime() + 7 * day).toISOString(), undoable: true })
  expect(await stopped()).toContain('nothing@firm.ru')
  expect(await undo(none)).toMatchObject({ state: 'undone', restored: 1 })
  expect(await names('no_consent')).toEqual(['nothing'])

  const again = await act('no_consent', { action: 'delete' })
  const alive = await act('unconfirmed', { action: 'delete' })
  await t.app.pool.query(`update contact_rollups set last_event_at = $2 where contact_id = $1`, [id['asked'], new Date(now.getTime() + day)])
  t.setNow(new Date(now.getTime() + 6 * day))
  await run()
  expect((await marketer.get(`/api/v1/contacts/${id['nothing']}`)).status).toBe(200)
  t.setNow(new Date(now.getTime() + 8 * day))
  await run()
  expect((await marketer.get(`/api/v1/bulk-actions/${again.id}`)).body).toMatchObject({ state: 'done', erased: 1, undoable: false })
  expect((await marketer.get(`/api/v1/bulk-actions/${alive.id}`)).body).toMatchObject({ state: 'done', erased: 0, restored: 1 })
  expect((await marketer.get(`/api/v1/contacts/${id['nothing']}`)).status).toBe(404)
  expect((await marketer.get(`/api/v1/contacts/${id['asked']}`)).status).toBe(200)
  expect(await stopped()).not.toContain('asked@firm.ru')
})

test('other limits put other people into the groups', async () => {
  expect((await marketer.patch('/api/v1/hygiene/settings', { silent_mails: 0 })).body.errors[0].field).toBe('silent_mails')
  await marketer.patch('/api/v1/hygiene/settings', { soft_bounces: 4 })
  await run()
  expect(await names('soft_bounces')).toEqual([])
})

test('a network that denies every name is not believed', async () => {
  await t.app.pool.query(`update checked_domains set takes_mail = null, ask_after = '2026-01-01' where domain = 'firm.ru'`)
  dns.zone = {}
  await run()
  expect((await t.app.pool.query(`select takes_mail from checked_domains where domain = 'firm.ru'`)).rows).toEqual([{ takes_mail: null }])
})

// ── people of the list of contacts ──────────────────────────────────────────────────────────────────

const bulk = async (body: object, who = marketer) => {
  const asked = await who.post('/api/v1/bulk-actions', body)
  expect(asked.status, asked.text).toBe(202)
  await run()
  return (await who.get(`/api/v1/bulk-actions/${asked.body.id}`)).body
}
const card = async (of: number) => (await marketer.get(`/api/v1/contacts/${of}`)).body
const inCity = (city: string) => ({ search: '', filter: { field: 'city', operator: 'is', value: city } })

describe('people of a list', () => {
  const listed: number[] = []
  beforeAll(async () => {
    await marketer.post('/api/v1/custom-fields', { key: 'size', label: 'Size', kind: 'choice', options: [{ value: 's', label: 'Small' }, { value: 'l', label: 'Large' }] })
    for (let number = 1; number <= 1203; number += 401) {
      const { body } = await marketer.post('/api/v1/contacts/batch', { contacts: Array.from({ length: 401 }, (_, index) => ({ email: `list${number + index}@firm.ru`, city: 'Тверь', ...(index === 0 ? { source: 'shop' } : {}) })) })
      listed.push(...body.data.map((row: { id: number }) => row.id))
    }
  })

  test('a field of all that fit becomes what is said: previewed, done in parts, and put back where nobody has changed it since', async () => {
    const body = { action: 'set', field: 'source', value: ' shop ', all: inCity('Тверь') }
    expect((await marketer.post('/api/v1/bulk-actions/preview', body)).body).toMatchObject({ people: 1203, will_change: 1200, stay: [{ reason: 'already', count: 3 }], examples: expect.arrayContaining([expect.objectContaining({ before: null })]) })
    const done = await bulk(body)
    expect(done).toMatchObject({ kind: null, chosen: false, state: 'done', total: 1203, done: 1203, changed: 1200, field: 'source', value: 'shop', undoable: true })
    expect((await bulk(body)).changed).toBe(0)
    const other = await card(listed[5]!)
    expect(other.source).toBe('shop')
    await marketer.patch(`/api/v1/contacts/${listed[5]}`, { source: 'fair', revision: other.revision })
    expect(await undo(done)).toMatchObject({ state: 'undone', restored: 1199 })
    expect([(await card(listed[0]!)).source, (await card(listed[1]!)).source, (await card(listed[5]!)).source]).toEqual(['shop', null, 'fair'])
  })

  test('custom fields, companies and managers are set on chosen people, and emptied', async () => {
    const [one, two] = listed as [number, number]
    const owner = (await t.app.pool.query<{ id: number }>(`insert into users (name, email, role) values ('Ann', 'ann@firm.ru', 'manager') returning id`)).rows[0]!.id
    for (const [field, value] of [['fields.size', 'l'], ['company', 'Ромашка'], ['owner_id', owner]] as const) {
      const asked = { action: 'set', field, value, contact_ids: [one, two] }
      expect((await marketer.post('/api/v1/bulk-actions/preview', asked)).body, field).toMatchObject({ people: 2, will_change: 2 })
      expect(await bulk(asked), field).toMatchObject({ chosen: true, changed: 2 })
      expect((await marketer.post('/api/v1/bulk-actions/preview', asked)).body, field).toMatchObject({ people: 2, will_change: 0, stay: [{ reason: 'already', count: 2 }] })
    }
    expect(await card(one)).toMatchObject({ fields: { size: 'l' }, company: { name: 'Ромашка' }, owner: { id: owner } })
    const emptied = await bulk({ action: 'set', field: 'fields.size', value: null, contact_ids: [one] })
    expect((await card(one)).fields.size).toBeUndefined()
    await undo(emptied)
    expect((await card(one)).fields.size).toBe('l')
  })

  test('what cannot be is refused before anything begins, with the field named', async () => {
    const wrong = async (body: object) => (await marketer.post('/api/v1/bulk-actions', body)).body.errors?.[0].field
    expect(await wrong({ action: 'set', field: 'fields.size', value: 'huge', contact_ids: [listed[0]] })).toBe('value')
    expect(await wrong({ action: 'set', field: 'email', value: 'x@y.ru', contact_ids: [listed[0]] })).toBe('field')
    expect(await wrong({ action: 'set', field: 'owner_id', value: 999_999, contact_ids: [listed[0]] })).toBe('value')
    expect(await wrong({ action: 'tag', tag: 'x' })).toBe('contact_ids')
    expect(await wrong({ action: 'tag', tag: 'x', all: { filter: { field: 'nonsense', operator: 'is' } } })).toBe('all.filter.field')
    expect((await (await t.as('observer')).post('/api/v1/bulk-actions', { action: 'tag', tag: 'x', contact_ids: [listed[0]] })).status).toBe(403)
  })

  test('a tag that takes people out of the filter still reaches everybody; taken off and undone, those have it again who had it', async () => {
    const untagged = { search: '', filter: { all: [{ field: 'city', operator: 'is', value: 'Тверь' }, { field: 'first_name', operator: 'is_not', value: 'x' }] } }
    expect(await bulk({ action: 'tag', tag: 'Tver', all: untagged })).toMatchObject({ changed: 1203 })
    const tag = (await card(listed[0]!)).tags[0].id
    expect(await bulk({ action: 'untag', tag: 'tver', all: { filter: { tag, has: true } } })).toMatchObject({ changed: 1203 })
    const again = await bulk({ action: 'tag', tag: 'Tver', contact_ids: listed.slice(0, 2) })
    const off = await bulk({ action: 'untag', tag: 'Tver', all: inCity('Тверь') })
    expect([again.changed, off.changed]).toEqual([2, 2])
    expect(await undo(off)).toMatchObject({ restored: 2 })
  })

  test('one that is stopped leaves the rest alone, can be undone, and a small one does not wait for a large one', async () => {
    const large = (await marketer.post('/api/v1/bulk-actions', { action: 'set', field: 'locale', value: 'ru', all: inCity('Тверь') })).body
    const small = (await marketer.post('/api/v1/bulk-actions', { action: 'set', field: 'locale', value: 'en', contact_ids: [id['reader']] })).body
    await runBulkActions(t.app)
    await runBulkActions(t.app)
    await runBulkActions(t.app)
    const shown = async (of: { id: number }) => (await marketer.get(`/api/v1/bulk-actions/${of.id}`)).body
    expect(await shown(small)).toMatchObject({ changed: 1 })
    const stopped = (await marketer.post(`/api/v1/bulk-actions/${large.id}/stop`)).body
    expect(stopped).toMatchObject({ state: 'stopped', undoable: true, stoppable: false })
    expect(stopped.done).toBeGreaterThan(0)
    expect(stopped.done).toBeLessThan(1203)
    await run()
    expect(await shown(large)).toMatchObject({ done: stopped.done })
    expect((await marketer.post(`/api/v1/bulk-actions/${large.id}/stop`)).body.code).toBe('not_running')
    expect(await undo(large)).toMatchObject({ state: 'undone', restored: stopped.changed })
  })

  test('people are deleted a day later, customers not; undone until then, everybody stays', async () => {
    const ids = [...listed.slice(0, 3), id['buyer']!]
    expect((await marketer.post('/api/v1/bulk-actions/preview', { action: 'delete', contact_ids: ids })).body).toMatchObject({ will_change: 3, stay: [{ reason: 'customer', count: 1 }] })
    const first = await bulk({ action: 'delete', contact_ids: ids })
    expect(first).toMatchObject({ state: 'waiting', changed: 3, undoable: true })
    expect(await undo(first)).toMatchObject({ state: 'undone' })
    await bulk({ action: 'delete', contact_ids: ids })
    t.setNow(new Date(t.app.now().getTime() + day + 1000))
    await run()
    expect((await marketer.get(`/api/v1/contacts/${listed[0]}`)).status).toBe(404)
    expect((await marketer.get(`/api/v1/contacts/${id['buyer']}`)).status).toBe(200)
    expect(await stopped()).not.toContain('list1@firm.ru')
  })

  test('the report of data quality counts each fault and who made the cards; names in capitals found by it are put right and back', async () => {
    const { body: { data: [{ id: loud }, { id: small }, { id: mixed }] } } = await marketer.post('/api/v1/contacts/batch', { contacts: [
      { email: 'loud@firm.ru', first_name: 'ОЛЬГА', last_name: 'Кузнецова-ПЕТРОВА', phone: '+79161112233', city: 'Perm', source: 'fair' }, { email: 'small@firm.ru', first_name: 'anna', last_name: 'o\'brien' }, { email: 'mixed@firm.ru', first_name: 'Иvан', last_name: 'test' },
    ] })
    await runUntilIdle(t)
    await marketer.post('/api/v1/data-quality/count')
    await runUntilIdle(t, ['quality.count'])
    const report = (await marketer.get('/api/v1/data-quality')).body
    const of = (finding: string) => report.findings.find((each: { finding: string }) => each.finding === finding)
    expect(report).toMatchObject({ counting: null, contacts: (await t.app.pool.query('select count(*)::int as n from contacts')).rows[0].n })
    expect(of('name_mixed')).toMatchObject({ level: 'doubtful', people: 1, week_ago: null, made_by: [{ by: 'api', people: 1 }] })
    expect(of('name_test').people).toBe(1)
    expect(of('no_phone').people).toBe(report.contacts - 1)
    for (const { finding, people } of report.findings) expect([finding, (await marketer.get(`/api/v1/data-quality/${finding}/ids`)).body.contact_ids.length]).toEqual([finding, people])
    expect((await marketer.get('/api/v1/data-quality/name_mixed/people')).body).toEqual({ data: [{ contact_id: mixed, name: 'Иvан test', email: 'mixed@firm.ru' }], next_cursor: null })
    // Counted again with nothing changed, the day has the same numbers.
    await marketer.post('/api/v1/data-quality/count')
    await runUntilIdle(t, ['quality.count'])
    expect((await marketer.get('/api/v1/data-quality')).body.findings).toEqual(report.findings)

    const body = { action: 'tidy_names', contact_ids: [loud, small, mixed] }
    expect((await marketer.post('/api/v1/bulk-actions/preview', body)).body).toMatchObject({ people: 3, will_change: 3, examples: [{ after: 'Ольга Кузнецова-ПЕТРОВА' }, { after: 'Anna O\'Brien' }, { after: 'Иvан Test' }] })
    const done = await bulk(body)
    const names = async () => Promise.all([loud, small].map(async one => { const { first_name, last_name } = await card(one); return [first_name, last_name] }))
    expect([done.changed, await names()]).toEqual([3, [['Ольга', 'Кузнецова-ПЕТРОВА'], ['Anna', 'O\'Brien']]])
    expect((await marketer.get('/api/v1/data-quality/name_case/people')).body.data.map((person: { contact_id: number }) => person.contact_id)).not.toContain(small)
    await undo(done)
    expect(await names()).toEqual([['ОЛЬГА', 'Кузнецова-ПЕТРОВА'], ['anna', 'o\'brien']])

    const counted = async () => { await runUntilIdle(t, ['quality.count']); return (await marketer.get('/api/v1/data-quality')).body.contacts }
    const { body: { data: [one] } } = await marketer.post('/api/v1/contacts/batch', { contacts: [{ email: 'q@firm.ru' }] })
    expect([one.id > 0, await counted()]).toEqual([true, report.contacts])
    const more = Array.from({ length: report.contacts }, (_, n) => ({ email: `q${n}@firm.ru` }))
    for (const contacts of [more.slice(0, 700), more.slice(700)]) expect((await marketer.post('/api/v1/contacts/batch', { contacts })).status).toBe(200)
    expect(await counted()).toBe(2 * report.contacts + 1)
  })

  test('a manager sees what was done with groups of list hygiene, but does not undo it', async () => {
    const of = (await marketer.get('/api/v1/bulk-actions?of=hygiene&limit=1')).body.data[0]
    expect((await (await t.as('manager')).post(`/api/v1/bulk-actions/${of.id}/reversal`)).status).toBe(403)
    expect((await marketer.get('/api/v1/bulk-actions?of=list&limit=2')).body).toMatchObject({ data: [{ kind: null }, { kind: null }], next_cursor: expect.any(String) })
  })
})
