import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { setUpCompany } from '../../server/flows/set-up-company.ts'
import { confirmSubscription } from '../../server/flows/confirm-subscription.ts'

let server: TestApp
let admin: Client
let now = new Date('2026-11-24T10:00:00Z')
const later = (milliseconds: number): void => {
  now = new Date(now.getTime() + milliseconds)
  server.setNow(now)
}

beforeAll(async () => {
  server = await testApp()
  server.setNow(now)
  await setUpCompany(server.app, {
    language: 'ru', company_name: 'Лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'hello@lavka.example',
    name: 'Анна', email: 'anna@lavka.example', password: 'correct horse battery',
  })
  admin = await server.as('administrator')
  for (const name of ['Борис', 'Вера']) {
    expect((await admin.post('/api/v1/users', { name, email: `${name === 'Борис' ? 'boris' : 'vera'}@lavka.example`, role: 'manager', password: 'correct horse battery' })).status).toBeLessThan(300)
  }
})
afterAll(() => server?.close())

type Form = { id: number, slug: string }
async function makeForm(change: Record<string, unknown> = {}): Promise<Form> {
  const made = await admin.post('/api/v1/forms', { name: 'Подписка' })
  expect(made.status).toBe(201)
  const changed = await admin.put(`/api/v1/forms/${made.body.id}`, { revision: made.body.revision, definition: { ...made.body.definition, ...change } })
  expect(changed.status).toBe(200)
  return changed.body as Form
}

/** Opens the page, waits as long as a person needs, and sends it. */
async function signUp(form: Form, values: Record<string, string>, options: { query?: string, wait?: number, headers?: Record<string, string> } = {}) {
  const visitor = client(server.url, { 'accept-language': 'ru', 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140', ...options.headers })
  const page = await visitor.get(`/f/${form.slug}${options.query ?? ''}`)
  expect(page.status).toBe(200)
  const hidden = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(match => [match[1]!, match[2]!]))
  later(options.wait ?? 5000)
  const body = new URLSearchParams({ ...hidden, consent: 'yes', topic: '1', ...values })
  return visitor.post(`/f/${form.slug}?lang=ru`, body)
}

describe('a visitor signs up', () => {
  test('with double opt-in: contact, request with proof, lead with its manager, one mail; confirming grants and writes the fields', async () => {
    const form = await makeForm({ tag_ids: [], source: 'site' })
    const answer = await signUp(form, { email: 'Olga@Example.com', first_name: 'Ольга' }, { query: '?utm_source=vk&utm_campaign=autumn' })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('Проверьте почту')
    await runUntilIdle(server, ['process-events'])

    const [contact] = (await server.app.pool.query(`select * from contacts where email = 'olga@example.com'`)).rows
    expect(contact).toMatchObject({ first_name: 'Ольга', source: 'site', locale: 'ru' })
    const consents = (await admin.get(`/api/v1/contacts/${contact.id}/consents`)).body.data
    expect(consents).toHaveLength(1)
    expect(consents[0]).toMatchObject({ action: 'requested', source: `form:${form.id}`, source_name: 'Подписка', ip_address: '127.0.0.1' })
    expect(consents[0].wording).toContain('согласен')
    expect(consents[0].user_agent).toContain('Firefox')

    const leads = (await server.app.pool.query('select leads.*, users.name as owner from leads join users on users.id = leads.owner_id where contact_id = $1', [contact.id])).rows
    expect(leads).toHaveLength(1)
    expect(leads[0]).toMatchObject({ source_label: 'Подписка · vk / autumn', utm: { utm_source: 'vk', utm_campaign: 'autumn' }, owner: 'Борис' })
    expect(leads[0].assigned_because).toContain('По очереди')
    expect((await server.app.pool.query('select title from notifications where user_id = $1', [leads[0].owner_id])).rows[0].title).toBe('Новый лид: Ольга')

    const mails = (await server.app.pool.query('select * from messages where contact_id = $1', [contact.id])).rows
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ kind: 'transactional', priority: 1 })

    later(60_000)
    const visitor = { ip_address: '192.0.2.7', user_agent: 'Mail' }
    expect(await confirmSubscription(server.app, { contact_id: contact.id, message_id: mails[0].id }, visitor)).toBe('confirmed')
    expect(await confirmSubscription(server.app, { contact_id: contact.id, message_id: mails[0].id }, visitor)).toBe('already')
    const after = (await admin.get(`/api/v1/contacts/${contact.id}/consents`)).body.data
    expect(after.map((entry: { action: string }) => entry.action)).toEqual(['granted', 'requested'])
    expect(after[0]).toMatchObject({ ip_address: '192.0.2.7', message_id: mails[0].id })
    const events = (await server.app.pool.query(`select type, source from events where contact_id = $1 and type like 'subscription.%' order by id`, [contact.id])).rows
    expect(events).toEqual([{ type: 'subscription.requested', source: `form:${form.id}` }, { type: 'subscription.confirmed', source: `form:${form.id}` }])
    const view = (await admin.get(`/api/v1/forms/${form.id}`)).body
    expect(view.counts).toMatchObject({ submissions: 1, people: 1, confirmed: 1, leads: 1 })
    expect((await admin.get(`/api/v1/forms/${form.id}/people?what=confirmed`)).body.data).toMatchObject([{ contact_id: contact.id, name: 'Ольга' }])
  })

  test("a stranger cannot write on somebody's card: what was typed waits for the confirmation", async () => {
    const form = await makeForm()
    const saved = await admin.put('/api/v1/contacts', { email: 'petr@example.com', last_name: 'Петров' })
    await signUp(form, { email: 'petr@example.com', first_name: 'Глупый' })
    await runUntilIdle(server, ['process-events'])
    expect((await server.app.pool.query('select first_name from contacts where id = $1', [saved.body.id])).rows[0].first_name).toBeNull()
    const [mail] = (await server.app.pool.query('select id from messages where contact_id = $1', [saved.body.id])).rows
    expect(await confirmSubscription(server.app, { contact_id: saved.body.id, message_id: mail.id }, { ip_address: null, user_agent: null })).toBe('confirmed')
    expect((await server.app.pool.query('select first_name, last_name from contacts where id = $1', [saved.body.id])).rows[0]).toEqual({ first_name: 'Глупый', last_name: 'Петров' })
  })

  test('without double opt-in the consent is granted at once', async () => {
    const form = await makeForm({ double_opt_in: false })
    await signUp(form, { email: 'direct@example.com', first_name: 'Дина' })
    await runUntilIdle(server, ['process-events'])
    const states = (await server.app.pool.query(`select status from consent_states join contacts on contacts.id = contact_id where email = 'direct@example.com'`)).rows
    expect(states).toEqual([{ status: 'granted' }])
    expect((await server.app.pool.query(`select count(*)::int as mails from messages join contacts on contacts.id = messages.contact_id where email = 'direct@example.com' and kind = 'transactional'`)).rows[0].mails).toBe(0)
  })

  test('twice within minutes counts once, and leads go round the managers', async () => {
    const form = await makeForm()
    await signUp(form, { email: 'twice@example.com' }, { wait: 3000 })
    await signUp(form, { email: 'twice@example.com' }, { wait: 3000 })
    await signUp(form, { email: 'next@example.com' }, { wait: 3000 })
    await runUntilIdle(server, ['process-events'])
    expect((await admin.get(`/api/v1/forms/${form.id}`)).body.counts).toMatchObject({ submissions: 2, people: 2, leads: 2 })
    const owners = (await server.app.pool.query('select distinct owner_id from leads where form_id = $1', [form.id])).rows
    expect(owners).toHaveLength(2)
  })
})

describe('what is refused', () => {
  test('each fault is told beside its field and nothing is recorded', async () => {
    const form = await makeForm()
    const answer = await signUp(form, { email: 'nonsense', consent: '', topic: '' })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('Похоже, в адресе ошибка')
    expect(answer.text).toContain('Без вашего согласия')
    expect(answer.text).toContain('Выберите хотя бы одну тему')
    expect(answer.text).toContain('value="nonsense"')
    expect((await signUp(form, { email: 'a@mailinator.com' })).text).toContain('адрес на один раз')
    await runUntilIdle(server, ['process-events'])
    expect((await admin.get(`/api/v1/forms/${form.id}`)).body.counts.submissions).toBe(0)
  })

  test('a probable typo is asked about; either answer goes on', async () => {
    const form = await makeForm()
    const asked = await signUp(form, { email: 'ivan@gmial.com' })
    expect(asked.text).toContain('ivan@gmail.com')
    expect((await signUp(form, { email: 'ivan@gmial.com', chosen_email: 'ivan@gmail.com' })).text).toContain('Проверьте почту')
    expect((await signUp(form, { email: 'ivan@yandeks.ru', chosen_email: 'ivan@yandeks.ru' })).text).toContain('Проверьте почту')
  })

  test('a program that fills in the hidden field is told that all went well, and nothing is kept', async () => {
    const form = await makeForm()
    expect((await signUp(form, { email: 'bot@example.com', website: 'http://spam.example' })).text).toContain('Проверьте почту')
    await runUntilIdle(server, ['process-events'])
    expect((await admin.get(`/api/v1/forms/${form.id}`)).body.counts.submissions).toBe(0)
  })

  test('too fast, or without the page: shown once more with what was typed', async () => {
    const form = await makeForm()
    expect((await signUp(form, { email: 'fast@example.com' }, { wait: 100 })).text).toContain('Очень быстро')
    const plain = await client(server.url, { 'accept-language': 'ru' }).post(`/f/${form.slug}`, new URLSearchParams({ email: 'plain@example.com' }))
    expect(plain.text).toContain('Проверьте данные')
    expect(plain.text).toContain('value="plain@example.com"')
    const forged = await signUp(form, { email: 'forged@example.com', t: 'abc-def.ghi' })
    expect(forged.text).toContain('Проверьте данные')
  })

  test('what visitors type is shown as text', async () => {
    const form = await makeForm()
    const answer = await signUp(form, { email: '"><script>alert(1)</script>', first_name: '<b>' })
    expect(answer.text).not.toContain('<script>alert')
    expect(answer.text).toContain('&lt;script&gt;')
  })

  test('a closed form says so, an unknown one is not there', async () => {
    const form = await makeForm()
    const view = (await admin.get(`/api/v1/forms/${form.id}`)).body
    expect((await admin.put(`/api/v1/forms/${form.id}`, { revision: view.revision, state: 'closed' })).status).toBe(200)
    expect((await client(server.url).get(`/f/${form.slug}`)).status).toBe(410)
    expect((await client(server.url).get('/f/none')).status).toBe(404)
  })
})

describe('pages', () => {
  test('only the embedded page may stand in another site; views of people are counted', async () => {
    const form = await makeForm()
    const person = client(server.url, { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140' })
    expect((await person.get(`/f/${form.slug}`)).headers.get('content-security-policy')).toContain("frame-ancestors 'self'")
    const embedded = await person.get(`/f/${form.slug}?embed=1`)
    expect(embedded.headers.get('content-security-policy')).toContain('frame-ancestors *')
    expect(embedded.headers.get('x-frame-options')).toBeNull()
    await client(server.url, { 'user-agent': 'Googlebot/2.1' }).get(`/f/${form.slug}`)
    await expect.poll(async () => (await admin.get(`/api/v1/forms/${form.id}`)).body.counts.views).toBe(2)
    const script = await person.get(`/f/${form.slug}/embed.js`)
    expect(script.headers.get('content-type')).toContain('javascript')
    expect(script.text).toContain(`/f/${form.slug}?embed=1`)
  })

  test('the page speaks the language asked for', async () => {
    const form = await makeForm()
    expect((await client(server.url, { 'accept-language': 'en-GB' }).get(`/f/${form.slug}`)).text).toContain('Subscribe')
    expect((await client(server.url, { 'accept-language': 'en-GB' }).get(`/f/${form.slug}?lang=ru`)).text).toContain('Подписаться')
  })

  test('a change made on an older revision is refused', async () => {
    const form = await makeForm()
    const view = (await admin.get(`/api/v1/forms/${form.id}`)).body
    expect((await admin.put(`/api/v1/forms/${form.id}`, { revision: view.revision, name: 'А' })).status).toBe(200)
    const second = await admin.put(`/api/v1/forms/${form.id}`, { revision: view.revision, name: 'Б' })
    expect(second.status).toBe(409)
    expect(second.body.code).toBe('changed_meanwhile')
    const bad = await admin.put(`/api/v1/forms/${form.id}`, { revision: view.revision + 1, definition: { ...view.definition, topic_ids: [999], fields: [{ field: 'nope', label: { en: 'a', ru: 'a' }, required: false }] } })
    expect(bad.status).toBe(422)
    expect(bad.body.errors.map((error: { field: string }) => error.field)).toEqual(expect.arrayContaining(['definition.topic_ids', 'definition.fields']))
  })
})
