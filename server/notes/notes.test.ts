import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'

let t: TestApp
let admin: Client
let anna: Client & { id: number }
let boris: Client & { id: number }
let contact: number
let company: number
let deal: number

beforeAll(async () => {
  t = await testApp()
  t.setNow(new Date('2026-11-20T12:00:00Z'))
  admin = await t.as('administrator')
  anna = await t.asPerson('Anna', 'manager')
  boris = await t.asPerson('Boris Anna', 'manager')
  const card = (await admin.put('/api/v1/contacts', { email: 'kira@example.org', company: 'Ромашка' })).body
  contact = card.id
  company = card.company.id
  deal = (await admin.post('/api/v1/deals', { contact_id: contact, title: 'Tea' })).body.id
}, 300_000)
afterAll(() => t?.close())

const upload = (who: Client, path: string, name: string, content: string | Uint8Array<ArrayBuffer>, type: string) => {
  const form = new FormData()
  form.append('file', new Blob([content], { type }), name)
  return who.post(`/api/v1${path}/files`, form)
}
const bodies = async (path: string) => ((await admin.get(`/api/v1${path}/notes`)).body.data as { body: string }[]).map(note => note.body)

test('notes of a contact, a company and a deal are kept apart; those of a deal stand on its contact, too', async () => {
  for (const [path, body] of [[`/contacts/${contact}`, 'about Kira'], [`/companies/${company}`, 'about the company'], [`/deals/${deal}`, 'about the deal']]) {
    expect(await anna.post(`/api/v1${path}/notes`, { body })).toMatchObject({ status: 201, body: { body, kind: 'note', author: { name: 'Anna' }, pinned: false } })
  }
  expect([await bodies(`/contacts/${contact}`), await bodies(`/companies/${company}`), await bodies(`/deals/${deal}`)]).toEqual([['about the deal', 'about Kira'], ['about the company'], ['about the deal']])
  expect((await anna.post(`/api/v1/contacts/${contact}/notes`, { body: '  ' })).body.errors[0].field).toBe('body')
  expect((await anna.post('/api/v1/contacts/999/notes', { body: 'x' })).status).toBe(404)
  expect((await (await t.as('observer')).post(`/api/v1/contacts/${contact}/notes`, { body: 'x' })).status).toBe(403)
})

test('a pinned note stands first, page by page; only its author and administrators change or delete it', async () => {
  const { body: note } = await anna.post(`/api/v1/contacts/${contact}/notes`, { body: 'pin me' })
  await anna.post(`/api/v1/contacts/${contact}/notes`, { body: 'later' })
  const path = `/api/v1/contacts/${contact}/notes/${note.id}`
  expect((await boris.patch(path, { pinned: true })).body.pinned).toBe(true)
  expect((await boris.patch(path, { body: 'mine now' })).status).toBe(403)
  expect((await boris.delete(path)).status).toBe(403)
  expect((await anna.patch(path, { body: 'pinned' })).body).toMatchObject({ body: 'pinned', edited_at: expect.any(String) })
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const page = (await admin.get(`/api/v1/contacts/${contact}/notes?limit=1${cursor}`)).body
    seen.push(page.data[0].body)
    if (page.next_cursor === null) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(seen).toEqual(['pinned', 'later', 'about the deal', 'about Kira'])
  expect((await admin.delete(path)).status).toBe(204)
  expect((await admin.get(`/api/v1/contacts/${contact}/timeline?kind=note`)).body.data.map((entry: { note: { body: string } }) => entry.note.body).toSorted()).toEqual(['about Kira', 'about the deal', 'later'])
})

test('whoever is named with @ is told once, the one with the longest name, never oneself', async () => {
  const { body: note } = await anna.post(`/api/v1/contacts/${contact}/notes`, { body: 'Ask @boris anna, please. @Anna' })
  await anna.patch(`/api/v1/contacts/${contact}/notes/${note.id}`, { body: 'Ask @Boris Anna today' })
  const told = await rows<{ user_id: number, link: string }>(t.db, sql`select user_id, link from notifications where source_key = ${`note:${note.id}`}`)
  expect(told).toEqual([{ user_id: boris.id, link: `/contacts/${contact}` }])
})

test('a call is logged with what came of it, stands on the timeline, and segments hear of it', async () => {
  const segment = (await admin.post('/api/v1/segments', { name: 'Called', condition: { event: 'call.logged', where: [{ property: 'outcome', operator: 'is', value: 'reached' }], count: { at_least: 1 } } })).body
  const made = await anna.post(`/api/v1/deals/${deal}/notes`, { body: 'Wants green tea', call: { direction: 'out', outcome: 'reached', minutes: 7 }, happened_at: '2026-11-20T10:00:00Z' })
  expect(made.body).toMatchObject({ kind: 'call', call: { direction: 'out', outcome: 'reached', minutes: 7 }, happened_at: '2026-11-20T10:00:00.000Z', deal_id: deal })
  await runUntilIdle(t)
  expect((await admin.get(`/api/v1/contacts/${contact}/timeline?kind=call`)).body.data).toMatchObject([{ type: 'call.logged', occurred_at: '2026-11-20T10:00:00.000Z', note: { body: 'Wants green tea' }, properties: { minutes: 7, outcome: 'reached' } }])
  expect((await admin.get(`/api/v1/segments/${segment.id}/contacts`)).body.data.map((row: { id: number }) => row.id)).toEqual([contact])
  expect((await anna.post(`/api/v1/contacts/${contact}/notes`, { call: { direction: 'out', outcome: 'reached' }, happened_at: '2026-11-21T10:00:00Z' })).body.errors[0].field).toBe('happened_at')
})

test('a file is what its bytes say, is never run as a page of ours, and goes with its note', async () => {
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
  const picture = await upload(anna, `/contacts/${contact}`, 'photo.png', png, 'image/png')
  const page = await upload(anna, `/contacts/${contact}`, '../evil.png', '<script>alert(1)</script>', 'image/png')
  expect([picture.status, page.status, picture.body.content_type, page.body.content_type, page.body.name]).toEqual([201, 201, 'image/png', 'application/octet-stream', 'evil.png'])
  const shown = await admin.get(`/api/v1/contacts/${contact}/files/${page.body.id}`)
  expect(Object.fromEntries(shown.headers)).toMatchObject({ 'content-disposition': expect.stringMatching(/^attachment/), 'x-content-type-options': 'nosniff', 'content-type': 'application/octet-stream' })
  expect((await admin.get(`/api/v1/contacts/${contact}/files/${picture.body.id}`)).headers.get('content-disposition')).toMatch(/^inline/)
  expect((await upload(anna, `/contacts/${contact}`, 'virus.exe', 'MZ', 'text/plain')).body.errors[0].field).toBe('file')
  expect((await upload(anna, `/contacts/${contact}`, 'big.bin', Buffer.alloc(20 * 1024 * 1024 + 1), 'text/plain')).status).toBe(413)
  expect((await admin.get(`/api/v1/companies/${company}/files/${picture.body.id}`)).status).toBe(404)
  expect((await boris.delete(`/api/v1/contacts/${contact}/files/${page.body.id}`)).status).toBe(403)
  const { body: note } = await anna.post(`/api/v1/contacts/${contact}/notes`, { file_ids: [picture.body.id, page.body.id] })
  expect(note.files.map((file: { name: string }) => file.name)).toEqual(['photo.png', 'evil.png'])
  expect((await anna.delete(`/api/v1/contacts/${contact}/notes/${note.id}`)).status).toBe(204)
  expect((await admin.get(`/api/v1/contacts/${contact}/files`)).body.data).toEqual([])
})
