import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import type { MailCheck, MailFinding } from '../../shared/mail-checks.ts'
import { rows, sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { insertTemplate } from '../templates/templates.sql.ts'
import { checkNextMails } from './check-mails.ts'

let sink: SmtpSink
let t: TestApp
let marketer: Client
let audience: Awaited<ReturnType<typeof makeAudience>>
let author: number
beforeAll(async () => {
  sink = await startSmtpSink()
  t = await testApp({ env: { SMTP_URL: sink.url } })
  marketer = await t.as('marketer')
  audience = await makeAudience(t.db, 40)
  author = (await rows<{ id: number }>(t.db, sql`insert into users (name, email, role, locale) values ('Olga', 'olga@example.com', 'marketer', 'ru') returning id`))[0]!.id
})
afterAll(async () => {
  await stopSending(t.app)
  await t.close()
  await sink.close()
})
/** Everybody has a name and a city again. */
const tidy = () => sql`update contacts set first_name = 'P' || id, last_name = null, city = 'Tver', locale = null, fields = '{}', updated_at = '2020-01-01'`.execute(t.db)
beforeEach(async () => { await tidy() })
const loops = ['campaigns', 'send-messages', 'process-events']
const theme = { accent: '#1c7ed6', background: '#ffffff', font: 'sans' as const }
const body = (inside: string) => `<html><head><title>x</title></head><body>${inside}</body></html>`
const someText = '<p>A long enough text about tea and coffee.</p>'

async function make(html: string, subject = 'Sale', more: object = {}) {
  const template = await insertTemplate(t.db, { name: 'Faulty', kind: 'marketing', document: { format: 1, theme, locales: { en: { subject, preheader: '', html } } }, created_by: null }, new Date())
  const { id } = (await marketer.post('/api/v1/campaigns', { name: 'Sale', template_id: template, segment_id: audience.segment, topic_id: audience.topic })).body
  await sql`update campaigns set created_by = ${author} where id = ${id}::bigint`.execute(t.db)
  return { id: id as number, template, ...more }
}
const change = async (template: number, html: string, subject = 'Sale') => {
  const shown = (await marketer.get(`/api/v1/templates/${template}`)).body
  const changed = await marketer.patch(`/api/v1/templates/${template}`, { revision: shown.revision, document: { ...shown.document, locales: { en: { subject, preheader: '', html } } } })
  expect(changed.status, changed.text).toBe(200)
}
const show = async (id: number): Promise<MailCheck> => (await marketer.get(`/api/v1/campaigns/${id}/mail-check`)).body
const look = async (id: number): Promise<MailCheck> => {
  const started = await marketer.post(`/api/v1/campaigns/${id}/mail-check`)
  expect(started.status, started.text).toBe(200)
  await runUntilIdle(t, ['campaigns'])
  return show(id)
}
const brief = (check: MailCheck) => check.findings.map(({ level, code, what, words, count }) => [level, code, what, words, count].join(' | ')).toSorted()
const peopleOf = async (id: number, finding: MailFinding) => (await marketer.get(`/api/v1/campaigns/${id}/mail-check/people?finding=${finding.id}&limit=200`)).body.data as { id: number, email: string }[]
const named = async (place: number, changes: Record<string, string | null>) => {
  for (const [column, value] of Object.entries(changes)) await sql`update contacts set ${sql.ref(column)} = ${value} where id = ${audience.contacts[place]!}`.execute(t.db)
}

test('nothing is found in a good mail, and everybody who would get it was looked at', async () => {
  await sql`update consent_states set status = 'withdrawn' where contact_id = ${audience.contacts[39]!}`.execute(t.db)
  const { id } = await make(body(`${someText}<a href="https://shop.example/sale">Sale</a>`))
  expect(await show(id)).toMatchObject({ state: 'none' })
  expect(await look(id)).toMatchObject({ state: 'done', stale: null, members: 40, members_seen: 40, mails: 39, mails_with_faults: 0, mails_by_locale: { en: 39 }, findings: [] })
})

test('every fault is counted, with the people behind it', async () => {
  await named(0, { first_name: null, city: null })
  await named(1, { first_name: 'NULL', locale: 'ru' })
  await named(2, { first_name: 'IVAN', last_name: 'PETROV' })
  await named(3, { first_name: 'me@shop.example' })
  await named(4, { first_name: '{{ name }}' })
  await named(5, { first_name: 'Ann\r\nBcc: all@example.org' })
  await named(6, { first_name: 'Anna '.repeat(40), city: 'x'.repeat(110_000) })
  await sql`update contacts set fields = '{"page": "https://shop.example/p"}' where id <> all(${audience.contacts.slice(7, 9)}::bigint[])`.execute(t.db)
  await sql`update contacts set fields = '{"page": "/p"}' where id = ${audience.contacts[8]!}`.execute(t.db)
  const { id } = await make(body(`<p>Dear {{ contact.first_name | default: "friend" }} of {{ contact.city }}</p>${someText}
    <a href="{{ contact.fields.page }}">Your page</a>{% for product in products.last_order %}{{ product.name }}{% endfor %}{% for tag in contact.tags %}{{ tag }}{% endfor %}`), 'News for {{ contact.first_name | default: "you" }}')
  const check = await look(id)
  expect(brief(check)).toEqual([
    'info | fallback_used | contact.first_name | friend | 1', 'info | fallback_used | contact.first_name | you | 1', 'info | no_language | ru |  | 1',
    'warning | clipped |  |  | 1', 'warning | empty_block | {% for tag in contact.tags %} |  | 39', 'warning | empty_list | last_order |  | 39',
    'warning | link_empty | {{ contact.fields.page }} |  | 1', 'warning | link_relative | {{ contact.fields.page }} | /p | 1', 'warning | long_subject |  |  | 1',
    'warning | missing_field | contact.city |  | 1', 'warning | missing_field | contact.fields.page |  | 1',
    'warning | name_breaks |  |  | 1', 'warning | name_capitals |  |  | 1', 'warning | name_email |  |  | 2', 'warning | name_placeholder |  |  | 1', 'warning | name_test |  |  | 1',
    'warning | odd_value | {{ contact.first_name | default: "friend" }} |  | 2', 'warning | subject_breaks | contact.first_name |  | 1',
  ])
  expect(check.mails_with_faults).toBe(39)
  const finding = check.findings.find(each => each.code === 'missing_field' && each.what === 'contact.city')!
  expect(await peopleOf(id, finding)).toMatchObject([{ id: audience.contacts[0], email: 'p1@example.org' }])
  expect(finding).toMatchObject({ examples: [{ contact_id: audience.contacts[0], name: 'p1@example.org' }], places: [{ part: 'html' }] })
  for (const each of check.findings) expect(`${each.code} ${(await peopleOf(id, each)).length}`).toBe(`${each.code} ${each.count}`)

  const mail = async (code: string) => {
    const found = check.findings.find(each => each.code === code)!
    return (await marketer.get(`/api/v1/campaigns/${id}/mail-check/mails/${found.examples[0]!.contact_id}?finding=${found.id}`)).body
  }
  expect(await mail('missing_field')).toMatchObject({ marked: 'html', subject: 'News for you', to_email: 'p1@example.org', html: expect.stringMatching(/of <mark id="fault"[^>]*>nothing stands here<\/mark>/) })
  expect(await mail('fallback_used')).toMatchObject({ marked: 'html', html: expect.stringMatching(/Dear <mark id="fault"[^>]*>friend<\/mark>/) })
  expect(await mail('link_relative')).toMatchObject({ marked: 'html', html: expect.stringMatching(/<a id="fault" style="[^"]*" href="\/p">/) })
  expect(await mail('clipped')).toMatchObject({ marked: 'html', html: expect.stringContaining('✂ Gmail cuts the mail off here') })
  expect(await mail('subject_breaks')).toMatchObject({ marked: 'subject' })
  expect(await mail('name_email')).toMatchObject({ marked: 'to', to_name: 'me@shop.example' })
  expect((await marketer.get(`/api/v1/campaigns/${id}/mail-check/mails/999999`)).status).toBe(404)
  expect((await marketer.get(`/api/v1/campaigns/${id}/mail-check/mails/${audience.contacts[0]}?finding=999999`)).status).toBe(404)
  expect((await (await t.as('observer')).post(`/api/v1/campaigns/${id}/mail-check`)).status).toBe(403)
  // Warnings do not hold it up; it is fresh, so that it leaves at once.
  expect((await marketer.post(`/api/v1/campaigns/${id}/sending`)).body).toMatchObject({ state: 'planning', is_checked_first: false })
  await runUntilIdle(t, loops)
  expect(sink.accepted).toHaveLength(39)
  sink.accepted.length = 0
})

test('mails nobody should get block the sending, also when nobody has looked; a mended mail leaves', async () => {
  const { id, template } = await make(body('<p>{% if contact.city == "Tomsk" %}Offers for Tomsk, made for you{% endif %}</p>'), '{{ contact.last_name }}')
  // Sent straight away: it waits for the look, is held, and its author told.
  expect((await marketer.post(`/api/v1/campaigns/${id}/sending`)).body).toMatchObject({ state: 'planning', is_checked_first: true })
  expect((await marketer.delete(`/api/v1/campaigns/${id}/mail-check`)).body.code).toBe('waited_for')
  await runUntilIdle(t, loops)
  expect(sink.accepted).toHaveLength(0)
  expect((await marketer.get(`/api/v1/campaigns/${id}`)).body).toMatchObject({ state: 'draft', pause_reason: 'faults', pause_detail: '39', started_at: null, ledger: { planned: 0 } })
  expect(await rows(t.db, sql`select title, link from notifications where user_id = ${author}`)).toEqual([{ title: 'Рассылка «Sale» не ушла', link: `/campaigns/${id}` }])
  expect(brief(await show(id)).filter(line => line.startsWith('blocking'))).toEqual(['blocking | empty_mail |  |  | 39', 'blocking | empty_subject |  |  | 39'])
  const refused = await marketer.post(`/api/v1/campaigns/${id}/sending`)
  expect([refused.status, refused.body.errors]).toEqual([409, [{ field: 'mail_faults', message: expect.stringContaining('mails nobody should get') }]])
  expect((await marketer.get(`/api/v1/campaigns/${id}/preflight`)).body).toMatchObject({ ready: false, issues: expect.arrayContaining([{ level: 'blocking', code: 'mail_faults', detail: '39' }]) })

  await change(template, body(someText), 'News')
  expect(await show(id)).toMatchObject({ state: 'done', stale: 'mail' })
  expect(await look(id)).toMatchObject({ stale: null, findings: [] })
  await marketer.post(`/api/v1/campaigns/${id}/sending`)
  await runUntilIdle(t, loops)
  expect(sink.accepted).toHaveLength(39)
  expect((await marketer.get(`/api/v1/campaigns/${id}`)).body).toMatchObject({ state: 'sent', pause_reason: null })
  sink.accepted.length = 0
})

test('a few odd cards do not hold up the others', async () => {
  const { id } = await make(body(someText), '{{ contact.last_name }}')
  await sql`update contacts set last_name = 'Smith' where id <> ${audience.contacts[10]!}`.execute(t.db)
  expect(brief(await look(id)).filter(line => line.includes('empty_subject'))).toEqual(['warning | empty_subject |  |  | 1'])
})

test('a scheduled campaign is looked at again before its time, and held', async () => {
  const { id, template } = await make(body(someText))
  const start = Date.now() + 120_000
  t.setNow(new Date(start))
  await look(id)
  const at = new Date(start + 3_600_000)
  expect((await marketer.post(`/api/v1/campaigns/${id}/sending`, { send_at: at.toISOString() })).body.state).toBe('scheduled')
  await change(template, body(someText), '{{ contact.external_id }}')
  await runUntilIdle(t, loops)
  expect((await marketer.get(`/api/v1/campaigns/${id}`)).body.state).toBe('scheduled')
  t.setNow(new Date(at.getTime() - 10 * 60_000))
  await runUntilIdle(t, loops)
  expect((await marketer.get(`/api/v1/campaigns/${id}`)).body).toMatchObject({ state: 'draft', send_at: null, pause_reason: 'faults' })
  // Mended and scheduled anew, it leaves at its time.
  await change(template, body(someText), 'News')
  await marketer.post(`/api/v1/campaigns/${id}/sending`, { send_at: at.toISOString() })
  await runUntilIdle(t, loops)
  expect(await show(id)).toMatchObject({ state: 'done', stale: null })
  // Changed once more in the last minutes: what leaves has been looked at.
  await change(template, body(someText), 'Other news')
  t.setNow(new Date(at.getTime() + 1000))
  await runUntilIdle(t, loops)
  expect(sink.accepted).toHaveLength(39)
  expect(sink.accepted[0]!.raw).toContain('Subject: Other news')
  sink.accepted.length = 0
})

test('it goes on behind the last part after a crash, two workers do not count anybody twice, and it can be stopped', async () => {
  await named(0, { city: null })
  const { id } = await make(body(`${someText}{{ contact.city | default: "here" }}`))
  await marketer.post(`/api/v1/campaigns/${id}/mail-check`)
  await checkNextMails({ ...t.app, now: () => { throw new Error('crash') } }).catch(() => undefined)
  expect(await show(id)).toMatchObject({ state: 'running', mails: 0, findings: [] })
  for (let round = 0; round < 5; round++) await Promise.all([checkNextMails(t.app), checkNextMails(t.app)])
  expect(await show(id)).toMatchObject({ state: 'done', members_seen: 40, mails: 39, findings: [{ code: 'fallback_used', count: 1 }] })
  await marketer.post(`/api/v1/campaigns/${id}/mail-check`)
  expect((await marketer.delete(`/api/v1/campaigns/${id}/mail-check`)).body).toMatchObject({ state: 'cancelled' })
  expect(await checkNextMails(t.app)).toBe(false)
})

test('what has changed since makes it old: the audience, a card behind a finding, an hour', async () => {
  t.setNow(new Date(Date.now() + 600_000))
  const { id } = await make(body(`${someText}{{ contact.last_name }}`))
  expect(await look(id)).toMatchObject({ stale: null })
  t.setNow(new Date(t.app.now().getTime() + 1000))
  await sql`update contacts set updated_at = ${t.app.now()} where id = ${audience.contacts[10]!}`.execute(t.db)
  expect(await show(id)).toMatchObject({ stale: 'cards' })
  expect(await look(id)).toMatchObject({ stale: null })
  t.setNow(new Date(t.app.now().getTime() + 3_700_000))
  expect(await show(id)).toMatchObject({ stale: 'age' })
  await look(id)
  const [fresh] = (await sql<{ id: number }>`insert into contacts (email, updated_at) values ('fresh@example.org', '2020-01-01') returning id`.execute(t.db)).rows
  await sql`insert into segment_memberships values (${fresh!.id}, ${audience.segment}, ${new Date(t.app.now().getTime() + 1000)})`.execute(t.db)
  expect(await show(id)).toMatchObject({ stale: 'audience' })
})
