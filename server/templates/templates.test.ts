import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import type { MailDocument } from '../../shared/templates.ts'
import { button, heading, image, mailDocumentOf, products, text, variant } from './block-builders.ts'
import { seedTemplates } from './seed-templates.ts'

let server: TestApp
let marketer: Client
beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
})
afterAll(() => server.close())

const mail = (subject: string, ...blocks: Parameters<typeof variant>[2]): MailDocument => mailDocumentOf({ en: variant(subject, '', blocks) })

test('a saved template comes back as it was, sanitised, and every change of its document is a new version', async () => {
  const made = await marketer.post('/api/v1/templates', { name: 'Hello', document: mail('Hi {{ contact.first_name | default: "you" }}', text('<p onclick="x()">Hello<script>alert(1)</script> {% if contact.city == "a" %}<b>a</b>{% endif %}</p>')) })
  expect(made.status).toBe(201)
  expect(made.body.document.locales.en.blocks[0].html).toBe('<p>Hello {% if contact.city == "a" %}<b>a</b>{% endif %}</p>')
  expect(made.body).toMatchObject({ version: 1, revision: 1, locales: ['en'], kind: 'marketing', used_by: [] })

  const renamed = await marketer.patch(`/api/v1/templates/${made.body.id}`, { revision: 1, name: 'Hello again' })
  expect(renamed.body).toMatchObject({ name: 'Hello again', version: 1, revision: 2 })
  const changed = await marketer.patch(`/api/v1/templates/${made.body.id}`, { revision: 2, document: mail('Other', text('<p>x</p>')) })
  expect(changed.body).toMatchObject({ version: 2, revision: 3, subject: 'Other' })
  const late = await marketer.patch(`/api/v1/templates/${made.body.id}`, { revision: 2, name: 'too late' })
  expect(late).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })

  const versions = await marketer.get(`/api/v1/templates/${made.body.id}/versions`)
  expect(versions.body.data.map((version: { number: number, current: boolean }) => [version.number, version.current])).toEqual([[2, true], [1, false]])
  const first = await marketer.get(`/api/v1/templates/${made.body.id}/versions/${versions.body.data[1].id}`)
  expect(first.body.locales.en.subject).toBe('Hi {{ contact.first_name | default: "you" }}')
})

test('a Liquid error is told with language, block, line and what to do, and nothing is saved', async () => {
  const before = (await marketer.get('/api/v1/templates')).body.data.length
  const answer = await marketer.post('/api/v1/templates', { name: 'Wrong', document: mail('{{ contact.first_name | defualt: "x" }}', heading('fine'), text('<p>one</p>\n{% if contact.city %}never closed'), button('go', 'javascript:alert(1)')) })
  expect(answer.status).toBe(422)
  expect(answer.body.errors).toEqual([
    { field: 'document.locales.en.subject', message: 'English, subject: There is no filter "defualt". Did you mean "default"?' },
    { field: 'document.locales.en.blocks.1.html', message: 'English, block 2 (text), line 2: {% if contact.city %} is not closed. Add the closing tag, such as {% endif %}.' },
    { field: 'document.locales.en.blocks.2.url', message: 'English, block 3 (button): The address "javascript:alert(1)" cannot be used. Start it with https://, mailto: or tel:.' },
  ])
  expect((await marketer.get('/api/v1/templates')).body.data.length).toBe(before)
  const include = await marketer.post('/api/v1/templates', { name: 'Wrong', document: mail('x', text('{% include "secrets" %}')) })
  expect(include.body.errors[0].message).toContain('does not work in mails')
})

test('an unknown kind of block is refused, never dropped', async () => {
  const answer = await marketer.post('/api/v1/templates', { name: 'Later', document: { ...mail('x'), locales: { en: { subject: 'x', preheader: '', blocks: [{ id: 'a', kind: 'carousel' }] } } } })
  expect(answer.status).toBe(422)
})

test('a preview fills in a contact and lists what would look wrong', async () => {
  const { rows: [contact] } = await server.app.pool.query<{ id: number }>(`insert into contacts (email, first_name) values ('a@example.com', null) returning id`)
  const document = mail('Hello {{ contact.first_name }}', text('<p>{{ contact.email }} {{ contact.frist_name }} <a href="www.example.com">x</a></p>'), image('https://example.com/a.png', ''), button('b', ''))
  const answer = await marketer.post('/api/v1/templates/preview', { document, locale: 'en', contact_id: contact!.id })
  expect(answer.status).toBe(200)
  expect(answer.body.subject).toBe('Hello')
  expect(answer.body.text).toContain('a@example.com')
  expect(answer.body.html).toContain('Unsubscribe')
  expect(answer.body.problems.map((problem: { code: string }) => problem.code).toSorted()).toEqual(['broken_link', 'broken_link', 'empty_for_contact', 'missing_alt', 'missing_variant', 'no_unsubscribe', 'unknown_field'])
  const hint = answer.body.problems.find((problem: { code: string }) => problem.code === 'unknown_field')
  expect(hint.message).toBe('There is no field contact.frist_name. Did you mean contact.first_name?')
})

test('a preview of a wrong document says what is wrong instead of failing', async () => {
  const answer = await marketer.post('/api/v1/templates/preview', { document: mail('{{ x', text('y')), locale: 'en' })
  expect(answer).toMatchObject({ status: 200, body: { html: '', problems: [{ level: 'error', code: 'liquid_not_closed' }] } })
})

test('a template in use is not archived, and it is said where it is used', async () => {
  const { body: { id } } = await marketer.post('/api/v1/templates', { name: 'Used', document: mail('x', text('y')) })
  await server.app.pool.query(`insert into journeys (name, draft, state) values ('Welcome', $1, 'draft')`, [JSON.stringify({ format: 1, steps: { a: { kind: 'mail', template_id: id } } })])
  expect((await marketer.get(`/api/v1/templates/${id}`)).body.used_by).toMatchObject([{ kind: 'journey', name: 'Welcome', live: false }])
  expect(await marketer.put(`/api/v1/templates/${id}/archiving`)).toMatchObject({ status: 409, body: { code: 'in_use' } })
  await server.app.pool.query(`delete from journeys`)
  expect((await marketer.put(`/api/v1/templates/${id}/archiving`)).status).toBe(204)
  expect((await marketer.get('/api/v1/templates')).body.data.some((template: { id: number }) => template.id === id)).toBe(false)
  expect((await marketer.get('/api/v1/templates?archived=true')).body.data.map((template: { id: number }) => template.id)).toEqual([id])
  expect((await marketer.delete(`/api/v1/templates/${id}/archiving`)).status).toBe(204)
})

test('the list is read page by page without losing or doubling a template', async () => {
  const all = (await marketer.get('/api/v1/templates?limit=200')).body.data.map((template: { id: number }) => template.id)
  const paged: number[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { data: { id: number }[], next_cursor: string | null } = (await marketer.get(`/api/v1/templates?limit=1${cursor ? `&cursor=${cursor}` : ''}`)).body
    paged.push(...page.data.map(template => template.id))
    cursor = page.next_cursor
  }
  expect(paged).toEqual(all)
})

test('an observer reads templates and cannot change them', async () => {
  const observer = await server.as('observer')
  expect((await observer.get('/api/v1/templates')).status).toBe(200)
  expect((await observer.post('/api/v1/templates', { name: 'x' })).status).toBe(403)
})

test('the ready-made mails pass their own checks in both languages', async () => {
  const ids = await seedTemplates(server.db, { language: 'ru', sender_email: 'hello@shop.example' }, server.app.now())
  expect(Object.keys(ids)).toHaveLength(5)
  for (const id of Object.values(ids)) {
    const template = (await marketer.get(`/api/v1/templates/${id}`)).body
    for (const locale of ['ru', 'en'] as const) {
      const { body } = await marketer.post('/api/v1/templates/preview', { document: template.document, locale, kind: template.kind })
      expect(body.problems.filter((problem: { level: string }) => problem.level !== 'info')).toEqual([])
      expect(body.html).toContain('</html>')
    }
  }
})

test('a products block without products leaves no trace, with them it lists names and prices', async () => {
  const document = mail('x', products({ skus: ['no-such'] }, { url_pattern: 'https://example.com/{{ product.sku }}' }))
  const { body } = await marketer.post('/api/v1/templates/preview', { document, locale: 'en' })
  expect(body.text).toContain('Coffee beans')
})

test('a test mail is queued for the address, filled in for the contact, in the chosen language', async () => {
  const { body: { id } } = await marketer.post('/api/v1/templates', { name: 'To try', document: mail('x', text('y')) })
  const sent = await marketer.post(`/api/v1/templates/${id}/test-messages`, { email: 'me@example.org', locale: 'en' })
  expect(sent).toMatchObject({ status: 202, body: { to: 'me@example.org' } })
  const { rows } = await server.app.pool.query(`select kind, contact_id, context from messages where kind = 'test'`)
  expect(rows).toEqual([{ kind: 'test', contact_id: sent.body.filled_in_for, context: { test_to: 'me@example.org', locale: 'en' } }])
  expect((await marketer.post(`/api/v1/templates/${id}/test-messages`, { email: 'me@example.org', locale: 'ru' })).status).toBe(422)
})

test('from blocks one goes on in HTML, the products of the last order included', async () => {
  const blocks = mail('x', text('<p>{{ contact.first_name | default: "you" }}</p>'), products({ last_order: true }))
  const { body: { source } } = await marketer.post('/api/v1/templates/preview', { document: blocks, locale: 'en', kind: 'transactional', with_source: true })
  expect(source).toContain('{{ contact.first_name | default: "you" }}')
  const inHtml = mailDocumentOf({ en: { subject: 'x', preheader: '', html: source } })
  const { body } = await marketer.post('/api/v1/templates/preview', { document: inHtml, locale: 'en', kind: 'transactional' })
  expect(body.text).toContain('Coffee beans')
  expect(body.problems.filter((problem: { level: string }) => problem.level !== 'info')).toEqual([])
})

test('a mail carries what was uploaded: attached, and a picture inside it', async () => {
  const upload = async (client: Client, name: string, type: string, bytes: Uint8Array<ArrayBuffer> | string) => {
    const form = new FormData()
    form.append('file', new Blob([bytes], { type }), name)
    return client.post('/api/v1/mail-files', form)
  }
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const picture = (await upload(marketer, 'logo.png', 'image/png', png)).body
  const list = (await upload(marketer, 'Прайс-лист.pdf', 'application/pdf', '%PDF-1.4 prices')).body
  expect(picture).toMatchObject({ name: 'logo.png', content_type: 'image/png', size: png.length, in_use: false })

  const document = mailDocumentOf({ en: { ...variant('Prices', '', [image(`cid:file-${picture.id}`, 'Logo'), text('<p>See the list</p>')]), attachments: [list.id] } })
  const made = await marketer.post('/api/v1/templates', { name: 'With files', kind: 'transactional', document })
  expect(made.body.document.locales.en.attachments).toEqual([list.id])
  const preview = await marketer.post('/api/v1/templates/preview', { document, locale: 'en', kind: 'transactional' })
  expect(preview.body.html).toContain(`src="data:image/png;base64,${png.toString('base64')}"`)

  // Looked at in the list before the first mail goes: its mails carry the files nevertheless.
  expect((await marketer.get(`/api/v1/templates/${made.body.id}/preview`)).status).toBe(200)

  const contact = (await server.app.pool.query(`insert into contacts (email) values ('files@example.org') returning id`)).rows[0].id as number
  await queueMessages(server.db, [{ contact_id: contact, kind: 'transactional', template_version_id: made.body.version_id }])
  await server.app.pool.query(`insert into settings (key, value) values ('company', '{"name":"Shop","sender_name":"Shop","sender_email":"news@shop.example","language":"en","currency":"EUR"}') on conflict (key) do update set value = excluded.value`)
  await runUntilIdle(server, ['send-messages'])
  const { raw } = (await server.app.pool.query(`select raw from test_mails where to_email = 'files@example.org'`)).rows[0] as { raw: Buffer }
  const parsed = await simpleParser(raw)
  expect(parsed.attachments.map(each => [each.filename, each.contentType, each.cid, each.content.toString('latin1')])).toEqual([
    ['logo.png', 'image/png', `file-${picture.id}`, png.toString('latin1')], ['Прайс-лист.pdf', 'application/pdf', undefined, '%PDF-1.4 prices'],
  ])

  // What a version names stays; programs, empty and large files and unknown ids are refused with the field.
  expect((await marketer.delete(`/api/v1/mail-files/${list.id}`)).body.code).toBe('in_use')
  expect((await marketer.get('/api/v1/mail-files')).body.data.map((each: { id: number, in_use: boolean }) => [each.id, each.in_use])).toEqual([[list.id, true], [picture.id, true]])
  expect((await marketer.get('/api/v1/mail-files')).body.data[0].used_by).toEqual([{ template_id: made.body.id, name: 'With files', now: true }])
  expect((await upload(marketer, 'setup.exe', 'application/octet-stream', 'MZ')).body.errors[0].field).toBe('file')
  expect((await upload(marketer, 'empty.txt', 'text/plain', '')).status).toBe(422)
  expect((await upload(marketer, 'big.bin', 'application/zip', new Uint8Array(5 * 1024 * 1024 + 1))).status).toBe(413)
  const wrong = await marketer.post('/api/v1/templates', { name: 'x', document: mailDocumentOf({ en: { ...variant('x', '', []), attachments: [999_999] } }) })
  expect([wrong.status, wrong.body.errors[0].field]).toEqual([422, 'document.locales.en.attachments'])
  const page = (await upload(marketer, 'page.html', 'text/html', '<script>alert(1)</script>')).body
  const served = await marketer.get(`/api/v1/mail-files/${page.id}/content`)
  expect([served.headers.get('content-type'), served.headers.get('content-disposition')]).toEqual(['application/octet-stream', "attachment; filename*=utf-8''page.html"])
  expect((await (await server.as('observer')).delete(`/api/v1/mail-files/${page.id}`)).status).toBe(403)
  expect((await marketer.delete(`/api/v1/mail-files/${page.id}`)).status).toBe(204)
})

test('files are counted against the room there is; what no mail carries can go, except what was uploaded today', async () => {
  await server.app.pool.query('delete from mail_files')
  const upload = (name: string) => {
    const form = new FormData()
    form.append('file', new Blob(['0123456789'], { type: 'application/pdf' }), name)
    return marketer.post('/api/v1/mail-files', form)
  }
  const [used, once, spare, fresh] = [(await upload('used.pdf')).body.id as number, (await upload('once.pdf')).body.id as number, (await upload('spare.pdf')).body.id as number, (await upload('fresh.pdf')).body.id as number]
  await server.app.pool.query(`update mail_files set created_at = now() - interval '2 days' where id <> $1`, [fresh])
  const document = (attachments: number[]) => mailDocumentOf({ en: { ...variant('Files', '', [text('<p>See</p>')]), attachments } })
  const made = (await marketer.post('/api/v1/templates', { name: 'Carrier', kind: 'transactional', document: document([used, once]) })).body
  await marketer.patch(`/api/v1/templates/${made.id}`, { version_id: made.version_id, document: document([used]) })
  const places = async () => Object.fromEntries((await marketer.get('/api/v1/mail-files')).body.data.map((file: { id: number, used_by: unknown }) => [file.id, file.used_by]))
  expect(await places()).toMatchObject({ [used]: [{ name: 'Carrier', now: true }], [once]: [{ name: 'Carrier' }], [spare]: [], [fresh]: [] })
  expect((await marketer.get('/api/v1/mail-files/usage')).body).toEqual({ files: 4, bytes: 40, most_bytes: 1_000_000_000, unused: { files: 1, bytes: 10 } })
  expect((await (await server.as('observer')).delete('/api/v1/mail-files/unused')).status).toBe(403)
  expect((await marketer.delete('/api/v1/mail-files/unused')).body).toEqual({ deleted: 1 })
  expect((await marketer.delete('/api/v1/mail-files/unused')).body).toEqual({ deleted: 0 })
  expect(Object.keys(await places()).map(Number).toSorted((one, other) => one - other)).toEqual([used, once, fresh])
  await server.app.pool.query('update mail_files set size = $1 where id = $2', [1_000_000_000, used])
  expect((await upload('more.pdf')).body).toMatchObject({ code: 'no_room', status: 409 })
})

test('snippets are one\'s own or everybody\'s, filled in for a person, changed by whoever may', async () => {
  const administrator = await server.as('administrator')
  const signedIn = async (email: string): Promise<Client> => {
    const who = { email, password: 'a long password 1' }
    await administrator.post('/api/v1/users', { name: email, role: 'manager', locale: 'en', ...who })
    const session = await client(server.url, { origin: server.url }).post('/api/v1/session', who)
    return client(server.url, { origin: server.url, cookie: session.headers.get('set-cookie')!.split(';')[0]! })
  }
  const [ivan, olga] = [await signedIn('ivan@shop.example'), await signedIn('olga@shop.example')]
  const anna = (await administrator.put('/api/v1/contacts', { email: 'snippet@example.org', first_name: 'Anna & Co' })).body.id
  const nobody = (await administrator.put('/api/v1/contacts', { email: 'nameless@example.org' })).body.id
  const own = (await ivan.post('/api/v1/snippets', { name: 'Greeting', text: 'Hello {{ contact.first_name | default: "there" }},\nthank you.' })).body
  const shared = (await ivan.post('/api/v1/snippets', { name: 'Address', text: 'We are at 5 Tea street.', shared: true })).body
  const names = async (who: Client, query = '') => (await who.get(`/api/v1/snippets?${query}`)).body.data.map((each: { name: string, may_change: boolean }) => [each.name, each.may_change])
  expect(await names(ivan)).toEqual([['Address', true], ['Greeting', true]])
  expect(await names(olga)).toEqual([['Address', false]])
  expect(await names(ivan, 'search=GREE')).toEqual([['Greeting', true]])
  const first = (await ivan.get('/api/v1/snippets?limit=1')).body
  expect(await names(ivan, `limit=1&cursor=${encodeURIComponent(first.next_cursor)}`)).toEqual([['Greeting', true]])
  const filled = async (id: number, contact_id: number, who = ivan) => (await who.post(`/api/v1/snippets/${id}/filling`, { contact_id })).body.text
  expect([await filled(own.id, anna), await filled(own.id, nobody)]).toEqual(['Hello Anna & Co,\nthank you.', 'Hello there,\nthank you.'])
  expect((await olga.post(`/api/v1/snippets/${own.id}/filling`, { contact_id: anna })).status, 'another\'s own is not there').toBe(404)
  expect((await olga.put(`/api/v1/snippets/${shared.id}`, { name: 'Mine now', text: 'x', shared: true })).status).toBe(403)
  expect((await olga.delete(`/api/v1/snippets/${shared.id}`)).status).toBe(403)
  expect((await administrator.put(`/api/v1/snippets/${shared.id}`, { name: 'Where we are', text: 'Here.', shared: true })).status).toBe(200)
  expect(await names(olga)).toEqual([['Where we are', false]])
  expect(await ivan.post('/api/v1/snippets', { name: 'Broken', text: 'Hello {{ contact.first_name' })).toMatchObject({ status: 422, body: { errors: [{ field: 'text' }] } })
  expect((await (await server.as('observer')).get('/api/v1/snippets')).status).toBe(403)
})
