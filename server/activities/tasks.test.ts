import ICAL from 'ical.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp } from '../../test/database.ts'
import { client } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { readTask } from './read-task.ts'
import { remindOfTasks } from './remind.ts'

let t: TestApp
let api: Client
let anna: number
let userId: number
/** a Wednesday, 13:00 in Moscow */
const now = new Date('2026-11-25T10:00:00Z')

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { time_zone: 'Europe/Moscow', language: 'ru' })
  const ivan = { email: 'ivan@shop.example', password: 'a long password 1' }
  userId = (await (await t.as('administrator')).post('/api/v1/users', { name: 'Иван', role: 'manager', locale: 'ru', ...ivan })).body.id
  const signedIn = await client(t.url, { origin: t.url }).post('/api/v1/session', ivan)
  api = client(t.url, { origin: t.url, cookie: signedIn.headers.get('set-cookie')!.split(';')[0]! })
  anna = (await api.put('/api/v1/contacts', { email: 'anna@example.org', first_name: 'Анна', last_name: 'Иванова' })).body.id
}, 300_000)
beforeEach(() => t.setNow(now))
afterAll(() => t?.close())

const make = async (body: object) => {
  const { status, body: task } = await api.post('/api/v1/tasks', { title: 'Позвонить', ...body })
  expect(status, JSON.stringify(task)).toBe(201)
  return task
}

test('a task that repeats makes the next one as it is done, once, and takes it back as it is opened again', async () => {
  const task = await make({ contact_id: anna, due_at: '2027-01-31T07:00:00Z', repeats: 'FREQ=MONTHLY', remind_before: 60, minutes: 30 })
  expect(task.repeats).toBe('FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1')
  const { body: done } = await api.post(`/api/v1/tasks/${task.id}/completion`, { outcome: 'Думает' })
  expect(done).toMatchObject({ outcome: 'Думает', next: { due_at: '2027-02-28T07:00:00.000Z', done_at: null, outcome: '', minutes: 30, remind_before: 60 } })
  expect((await api.post(`/api/v1/tasks/${task.id}/completion`)).body.next).toBeNull()
  const { body: third } = await api.post(`/api/v1/tasks/${done.next.id}/completion`)
  expect(third.next.due_at, 'the last day of a month stays the last day').toBe('2027-03-31T07:00:00.000Z')
  await api.delete(`/api/v1/tasks/${done.next.id}/completion`)
  expect((await api.get(`/api/v1/tasks/${third.next.id}`)).status).toBe(404)
})

test('of what was missed only the day it is now is made; a rule has an end; what is not understood is named', async () => {
  const late = await make({ due_on: '2026-11-10', repeats: 'FREQ=DAILY;INTERVAL=2' })
  expect((await api.post(`/api/v1/tasks/${late.id}/completion`)).body.next.due_on, 'every second day, not before today').toBe('2026-11-26')
  const last = await make({ due_on: '2026-11-25', repeats: 'FREQ=WEEKLY;UNTIL=20261203' })
  const { body: { next } } = await api.post(`/api/v1/tasks/${last.id}/completion`)
  expect(next.due_on).toBe('2026-12-02')
  expect((await api.post(`/api/v1/tasks/${next.id}/completion`)).body.next).toBeNull()
  for (const [field, body] of Object.entries({ repeats: { due_on: '2026-11-25', repeats: 'FREQ=HOURLY' }, due_on: { due_on: '2026-11-25', due_at: now.toISOString() }, remind_before: { remind_before: 10 }, company_id: { company_id: 99_999 } })) {
    expect(await api.post('/api/v1/tasks', { title: 'x', ...body })).toMatchObject({ status: 422, body: { errors: [{ field }] } })
  }
  expect((await api.post('/api/v1/tasks', { title: 'x', repeats: 'FREQ=DAILY' })).body.errors[0].field).toBe('repeats')
})

test('a reminder is told once, at its time; postponing tells again, what is done is not told', async () => {
  const told = async () => (await rows<{ title: string }>(t.db, sql`select title from notifications where title in ('Счёт', 'Сделано') order by id`)).map(row => row.title)
  const task = await make({ title: 'Счёт', due_on: '2026-11-26', remind_before: 0 })
  const done = await make({ title: 'Сделано', due_on: '2026-11-26', remind_before: 0 })
  await api.post(`/api/v1/tasks/${done.id}/completion`)
  t.setNow(new Date('2026-11-26T05:59:00Z'))
  await remindOfTasks(t.app)
  expect(await told()).toEqual([])
  t.setNow(new Date('2026-11-26T06:00:00Z'))
  await Promise.all([remindOfTasks(t.app), remindOfTasks(t.app)])
  expect(await told(), 'nine in the morning of its day, by the company\'s clock').toEqual(['Счёт'])
  await api.patch(`/api/v1/tasks/${task.id}`, { move_to: '2026-11-27' })
  t.setNow(new Date('2026-11-27T06:00:00Z'))
  await remindOfTasks(t.app)
  expect(await told()).toEqual(['Счёт', 'Счёт'])
})

test('the day has its parts, tasks of many are changed at once and back again', async () => {
  const ids: number[] = []
  for (const times of [{ due_at: '2026-11-25T09:59:00Z' }, { due_on: '2026-11-25' }, { due_at: '2026-11-25T20:59:00Z' }, { due_at: '2026-11-25T21:00:00Z' }, {}]) ids.push((await make({ title: 'День', kind: 'meeting', ...times })).id)
  const part = async (due: string) => (await api.get(`/api/v1/tasks?kind=meeting&due=${due}`)).body.data.map((task: { id: number }) => ids.indexOf(task.id))
  expect(await Promise.all(['overdue', 'today', 'next', 'never'].map(part))).toEqual([[0], [2, 1], [3], [4]])
  const before = (await api.get('/api/v1/tasks/counts')).body
  expect(before).toMatchObject({ today: '2026-11-25' })
  const { body: changed } = await api.post('/api/v1/tasks/changes', { tasks: [{ id: ids[0], move_to: '2026-11-27' }, { id: ids[1], move_to: '2026-11-27' }, { id: ids[2], done: true }] })
  expect(await part('next')).toEqual([3, 0, 1])
  expect((await api.get(`/api/v1/tasks/${ids[0]}`)).body.due_at, 'the time of day is kept').toBe('2026-11-27T09:59:00.000Z')
  expect((await api.get('/api/v1/tasks/counts')).body.done_today).toBe(before.done_today + 1)
  await api.post('/api/v1/tasks/changes', { tasks: changed.before })
  expect(await Promise.all(['overdue', 'today', 'next'].map(part))).toEqual([[0], [2, 1], [3]])
  expect((await api.get('/api/v1/tasks/counts')).body).toEqual(before)
  expect((await api.post('/api/v1/tasks/changes', { tasks: [{ id: ids[4], done: true }, { id: 99_999_999, done: true }] })).status, 'all or none').toBe(404)
  expect((await api.get(`/api/v1/tasks/${ids[4]}`)).body.done_at).toBeNull()
})

test('two thousand open tasks are read page by page, each once', async () => {
  await sql`insert into tasks (title, owner_id, source, due_at) select 'many', ${userId}, 'many', case when n % 3 > 0 then ${now}::timestamptz + n / 7 * interval '1 minute' end from generate_series(1, 2000) n`.execute(t.db)
  const seen: number[] = []
  for (let cursor = ''; ;) {
    const { body } = await api.get(`/api/v1/tasks?owner=me&limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    seen.push(...body.data.filter((task: { source: string }) => task.source === 'many').map((task: { id: number }) => task.id))
    if (body.next_cursor === null) break
    cursor = body.next_cursor
  }
  expect(seen.length).toBe(2000)
  expect(new Set(seen).size).toBe(2000)
  const plan = (await rows<{ 'QUERY PLAN': string }>(t.db, sql`explain select id from tasks where done_at is null and owner_id = ${userId} order by coalesce(due_at, 'infinity'::timestamptz), id limit 51`)).map(row => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('tasks_open')
})

test('a line is read in Russian and English: what, how, when and about whom', async () => {
  const read = (text: string) => {
    const { due_at, due_on, kind, title } = readTask(text, now, 'Europe/Moscow')
    return [kind, title, due_on ?? (due_at && new Date(Date.parse(due_at) + 3 * 3_600_000).toISOString().slice(0, 16))]
  }
  expect(['позвонить Анне завтра в 15:00', 'позвонить Анне завтра в 3', 'встреча с Ивановым в пятницу в 10', 'через 2 дня написать Петру', 'Отправить счёт 25.12', 'в 12:30 созвон', 'завтра утром подготовить отчёт', 'купить бумагу', 'call Anna tomorrow 3pm', 'meet Bob on friday at 10', 'send the invoice Dec 5', 'Buy paper'].map(read)).toEqual([
    ['call', 'позвонить Анне', '2026-11-26T15:00'], ['call', 'позвонить Анне', '2026-11-26T15:00'], ['meeting', 'встреча с Ивановым', '2026-11-27T10:00'], ['mail', 'написать Петру', '2026-11-27'],
    ['mail', 'Отправить счёт', '2026-12-25'], ['call', 'созвон', '2026-11-26T12:30'], ['todo', 'подготовить отчёт', '2026-11-26T09:00'], ['todo', 'купить бумагу', null],
    ['call', 'call Anna', '2026-11-26T15:00'], ['meeting', 'meet Bob', '2026-11-27T10:00'], ['mail', 'send the invoice', '2026-12-05'], ['todo', 'Buy paper', null],
  ])
  await api.put('/api/v1/contacts', { email: 'annabel@example.org', first_name: 'Аннабель' })
  for (const text of ['позвонить Анне завтра', 'позвонить анне завтра', 'встреча с Ивановой в 10', 'call Anna tomorrow', 'письмо anna@example.org']) {
    expect((await api.post('/api/v1/tasks/readings', { text })).body.contacts[0]?.id, text).toBe(anna)
  }
  expect((await api.post('/api/v1/tasks/readings', { text: 'Сдать отчёт' })).body.contacts).toEqual([])
})

test('the calendar feed is read by another program: moments, days, alarms, changes; another address stops the one before', async () => {
  const visitor = client(t.url)
  const { body: first } = await api.post('/api/v1/calendar-feed')
  const long = 'Обсудить поставку улуна; договор, счёт и акт '.repeat(4).trim()
  const meeting = await make({ title: long, kind: 'meeting', contact_id: anna, due_at: '2026-12-01T12:00:00Z', minutes: 90, remind_before: 30, note: 'Взять образцы\nи прайс' })
  const day = await make({ title: 'Отчёт', due_on: '2026-12-02', remind_before: 0, priority: 'high' })
  const pathOf = (url: string) => url.slice(t.url.length)
  const read = async () => {
    const answer = await visitor.get(pathOf(first.url))
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
    for (const line of answer.text.split('\r\n')) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75)
    const events = new ICAL.Component(ICAL.parse(answer.text)).getAllSubcomponents('vevent').map(each => new ICAL.Event(each))
    return (id: number) => events.find(event => event.uid.startsWith(`task-${id}@`))
  }
  const before = await read()
  const shown = before(meeting.id)!
  expect([shown.summary, shown.description, shown.startDate.toJSDate().toISOString(), shown.endDate.toJSDate().toISOString(), shown.sequence]).toEqual([`${long} · Анна Иванова`, 'Взять образцы\nи прайс', '2026-12-01T12:00:00.000Z', '2026-12-01T13:30:00.000Z', 0])
  expect(shown.component.getFirstSubcomponent('valarm')!.getFirstPropertyValue('trigger')!.toString()).toBe('2026-12-01T11:30:00Z')
  expect([before(day.id)!.startDate.isDate, before(day.id)!.startDate.toString()]).toEqual([true, '2026-12-02'])
  expect(before(day.id)!.component.getFirstSubcomponent('valarm')!.getFirstPropertyValue('trigger')!.toString(), 'nine in Moscow').toBe('2026-12-02T06:00:00Z')
  await api.patch(`/api/v1/tasks/${meeting.id}`, { move_to: '2026-12-03' })
  await api.post(`/api/v1/tasks/${day.id}/completion`)
  const after = await read()
  expect([after(meeting.id)!.startDate.toJSDate().toISOString(), after(meeting.id)!.sequence]).toEqual(['2026-12-03T12:00:00.000Z', 1])
  expect([after(day.id)!.summary, after(day.id)!.component.getFirstSubcomponent('valarm')]).toEqual(['✓ Отчёт', null])
  expect((await api.get('/api/v1/calendar-feed')).body.asked_at).toBe(now.toISOString())
  const { body: second } = await api.post('/api/v1/calendar-feed')
  expect((await visitor.get(pathOf(first.url))).status).toBe(404)
  expect((await visitor.get(pathOf(second.url))).status).toBe(200)
  await (await t.as('administrator')).patch(`/api/v1/users/${userId}`, { disabled: true })
  expect((await visitor.get(pathOf(second.url))).status, 'whoever may not sign in has no calendar').toBe(404)
})
