import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows } from '../base/db.ts'
import { closeSegmentDays } from './close-days.ts'
import { findOverlaps } from './overlap.sql.ts'

let app: TestApp
let marketer: Client

beforeAll(async () => {
  app = await testApp()
  marketer = await app.as('marketer')
})
afterAll(() => app.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, custom_fields, imports, templates restart identity cascade').execute(app.db)
  app.setNow(new Date('2026-11-20T09:00:00Z'))
})

const people = async (count: number, city = 'Paris'): Promise<number[]> => {
  const { body } = await marketer.post('/api/v1/contacts/batch', { contacts: Array.from({ length: count }, (_, index) => ({ email: `${city}${index}@example.com`, city })) })
  return body.data.map((row: { id: number }) => row.id)
}
const make = async (body: object): Promise<number> => {
  const made = await marketer.post('/api/v1/segments', body)
  expect(made.status, made.text).toBe(201)
  return made.body.id
}
const put = (segment: number, contacts: number[]) => marketer.put(`/api/v1/segments/${segment}/members`, { contacts })
const out = (segment: number, contacts: number[]) => marketer.delete(`/api/v1/segments/${segment}/members`, { contacts })
const days = async (segment: number) => (await marketer.get(`/api/v1/segments/${segment}/days`)).body.data

describe('how a segment grew', () => {
  test('each day keeps its members and who entered and left; today is as far as it has come', async () => {
    const ids = await people(5)
    const id = await make({ name: 'S', kind: 'static' })
    await put(id, ids.slice(0, 3))
    expect(await days(id)).toEqual([{ day: '2026-11-20', members: 3, entered: 3, left: 0 }])
    app.setNow(new Date('2026-11-21T09:00:00Z'))
    await closeSegmentDays(app.app)
    await put(id, ids.slice(3))
    await out(id, ids.slice(0, 1))
    expect(await days(id)).toEqual([{ day: '2026-11-20', members: 3, entered: 3, left: 0 }, { day: '2026-11-21', members: 4, entered: 2, left: 1 }])
  })

  test('days the program did not run are made up for, counted back from today; a second run changes nothing, nor do two at once', async () => {
    const ids = await people(4)
    const id = await make({ name: 'S', kind: 'static' })
    await put(id, ids.slice(0, 2))
    app.setNow(new Date('2026-11-22T09:00:00Z'))
    await put(id, ids.slice(2))
    app.setNow(new Date('2026-11-24T09:00:00Z'))
    await out(id, ids.slice(0, 1))
    await Promise.all([closeSegmentDays(app.app), closeSegmentDays(app.app)])
    await closeSegmentDays(app.app)
    expect(await days(id)).toEqual([
      { day: '2026-11-20', members: 2, entered: 2, left: 0 }, { day: '2026-11-21', members: 2, entered: 0, left: 0 }, { day: '2026-11-22', members: 4, entered: 2, left: 0 },
      { day: '2026-11-23', members: 4, entered: 0, left: 0 }, { day: '2026-11-24', members: 3, entered: 0, left: 1 },
    ])
  })

  test('a day ends when it ends for the company', async () => {
    const administrator = await app.as('administrator')
    await administrator.patch('/api/v1/company', { time_zone: 'Asia/Tokyo' })
    app.setNow(new Date('2026-11-20T16:00:00Z'))
    const ids = await people(1)
    const id = await make({ name: 'S', kind: 'static' })
    await put(id, ids)
    expect((await days(id)).at(-1)).toMatchObject({ day: '2026-11-21', entered: 1 })
    await administrator.patch('/api/v1/company', { time_zone: 'UTC' })
  })
})

describe('who entered and left lately', () => {
  test('is listed with what caused it, the last one first, by pages, by kind and by day', async () => {
    const ids = await people(3)
    const buyers = await make({ name: 'Buyers', condition: { event: 'order.placed' } })
    await runUntilIdle(app)
    await marketer.post('/api/v1/events', { events: ids.map((id, index) => ({ id: `o${index}`, type: 'order.placed', contact: { id }, occurred_at: '2026-11-20T08:00:00Z', properties: { order_id: `A${index}`, amount: 100 + index, currency: 'USD' } })) })
    await runUntilIdle(app)
    const first = (await marketer.get(`/api/v1/segments/${buyers}/moves?limit=2`)).body
    expect(first.data).toHaveLength(2)
    expect(first.data[0]).toMatchObject({ what: 'entered', because: ['event:order.placed'], cause: { type: 'order.placed', occurred_at: '2026-11-20T08:00:00.000Z', amount: expect.any(Number), currency: 'USD' } })
    const second = (await marketer.get(`/api/v1/segments/${buyers}/moves?limit=2&cursor=${first.next_cursor}`)).body
    expect(second).toMatchObject({ data: [{ what: 'entered' }], next_cursor: null })
    expect(new Set([...first.data, ...second.data].map((move: { contact_id: number }) => move.contact_id))).toEqual(new Set(ids))
    const byField = await make({ name: 'Twice', condition: { field: 'orders_count', operator: 'at_least', value: 2 } })
    await runUntilIdle(app)
    await marketer.post('/api/v1/events', { events: [{ id: 'again', type: 'order.placed', contact: { id: ids[0] }, occurred_at: '2026-11-20T08:30:00Z', properties: { order_id: 'B', amount: 50, currency: 'USD' } }] })
    await runUntilIdle(app)
    expect((await marketer.get(`/api/v1/segments/${byField}/moves`)).body.data).toMatchObject([{ because: ['field:orders_count'], cause: { type: 'order.placed', amount: 50 } }])
    expect((await marketer.get(`/api/v1/segments/${buyers}/moves?what=left`)).body.data).toEqual([])
    expect((await marketer.get(`/api/v1/segments/${buyers}/moves?day=2026-11-20`)).body.data).toHaveLength(3)
    expect((await marketer.get(`/api/v1/segments/${buyers}/moves?day=2026-11-19`)).body.data).toEqual([])
    expect((await marketer.get(`/api/v1/segments/${buyers}/moves?day=yesterday`)).status).toBe(422)
    expect((await marketer.get('/api/v1/segments/999/moves')).status).toBe(404)
  })
})

describe('overlap', () => {
  test('counts the people in both and their shares, most first; archived segments are not among them', async () => {
    const ids = await people(4)
    const [a, b, c, d] = [await make({ name: 'A', kind: 'static' }), await make({ name: 'B', kind: 'static' }), await make({ name: 'C', kind: 'static' }), await make({ name: 'D', kind: 'static' })]
    await put(a, ids)
    await put(b, ids.slice(0, 1))
    await put(c, ids.slice(0, 3))
    await put(d, ids)
    await marketer.delete(`/api/v1/segments/${d}`)
    await runUntilIdle(app)
    expect((await marketer.get(`/api/v1/segments/${a}/overlaps`)).body).toMatchObject({ members: 4, exact: true, data: [
      { id: c, both: 3, members: 3, share_of_this: 0.75, share_of_other: 1 }, { id: b, both: 1, share_of_this: 0.25, share_of_other: 1 },
    ] })
    const people_ = (await marketer.get(`/api/v1/contacts?filter=${encodeURIComponent(JSON.stringify({ all: [{ segment: a, in: true }, { segment: c, in: true }] }))}`)).body
    expect(people_.data).toHaveLength(3)
  })

  test('of a large segment is projected from a part of it, and near the truth', async () => {
    const id = await make({ name: 'Large', kind: 'static' })
    const half = await make({ name: 'Half', kind: 'static' })
    await sql`insert into contacts (city) select 'X' from generate_series(1, 120000)`.execute(app.db)
    await sql`insert into segment_memberships (contact_id, segment_id, entered_at) select id, ${id}::bigint, now() from contacts`.execute(app.db)
    await sql`insert into segment_memberships (contact_id, segment_id, entered_at) select id, ${half}::bigint, now() from contacts where id % 2 = 0`.execute(app.db)
    await sql`update segments set members_count = (select count(*) from segment_memberships where segment_id = segments.id)`.execute(app.db)
    const { oneIn, overlaps } = await findOverlaps(app.db, id, 120_000)
    expect(oneIn).toBe(8)
    expect(overlaps[0]!.both).toBeGreaterThan(56_000)
    expect(overlaps[0]!.both).toBeLessThanOrEqual(60_000)

    // The same people again as a file: every one of them, streamed.
    const file = await marketer.get(`/api/v1/segments/${id}/export?columns=id&language=en`)
    expect(file.text.split('\r\n')).toHaveLength(120_002)
  }, 60_000)
})

describe('the file of a segment', () => {
  test('holds the columns chosen in the reader’s language, and no formula', async () => {
    const id = await make({ name: 'S', kind: 'static' })
    await marketer.post('/api/v1/custom-fields', { key: 'size', label: 'Размер; см', kind: 'number', options: [] })
    const { body } = await marketer.put('/api/v1/contacts', { email: 'anna@example.com', first_name: '=HYPERLINK("http://x")', city: 'Нижний; Новгород', fields: { size: 12.5 } })
    await people(1, 'Rome')
    await put(id, [body.id])
    const russian = await marketer.get(`/api/v1/segments/${id}/export?columns=email,first_name,city,fields.size,entered_at&language=ru`)
    expect(russian.headers.get('content-type')).toContain('text/csv')
    expect(russian.headers.get('content-disposition')).toContain(`segment-${id}-2026-11-20.csv`)
    expect(russian.text.replace('\uFEFF', '').split('\r\n')).toEqual([
      'Email;Имя;Город;"Размер; см";В сегменте с',
      `anna@example.com;"'=HYPERLINK(""http://x"")";"Нижний; Новгород";12,5;20.11.2026 09:00`, '',
    ])
    const english = await marketer.get(`/api/v1/segments/${id}/export?columns=email,fields.size,entered_at&language=en`)
    expect(english.text.split('\r\n')[1]).toBe('anna@example.com,12.5,2026-11-20 09:00')
    expect((await marketer.get(`/api/v1/segments/${id}/export`)).text.split('\r\n')[0]!.split(',').length).toBeGreaterThan(15)
    expect(await marketer.get(`/api/v1/segments/${id}/export?columns=email,nothing`)).toMatchObject({ status: 422, body: { errors: [{ field: 'columns', message: 'there is no column nothing' }] } })
    expect((await (await app.as('observer')).get(`/api/v1/segments/${id}/export`)).status).toBe(403)
  })
})

test('lag is told as numbers, and to whoever watches the program', async () => {
  const id = await make({ name: 'S', condition: { field: 'city', operator: 'is', value: 'Paris' } })
  expect((await marketer.get('/api/v1/segments/lag')).body).toMatchObject({ changes_seconds: 0, changes_waiting: 0, clock_seconds: 0, computing: 1, failed: 0 })
  await runUntilIdle(app)
  await sql`update segments set clock_at = ${new Date('2026-11-20T08:58:00Z')} where id = ${id}`.execute(app.db)
  expect((await marketer.get('/api/v1/segments/lag')).body).toMatchObject({ clock_seconds: 120, computing: 0 })
  await runUntilIdle(app, ['segments.watch'])
  expect(await (await fetch(`${app.url}/metrics`)).text()).toContain('otklik_segments_clock_lag_seconds 120')
})

describe('the list', () => {
  const names = async (query: string): Promise<string[]> => (await marketer.get(`/api/v1/segments?${query}`)).body.data.map((row: { name: string }) => row.name)

  test('is filtered by kind and state and sorted, by pages', async () => {
    await people(100)
    const a = await make({ name: 'A', condition: { field: 'city', operator: 'is', value: 'Paris' } })
    await make({ name: 'B', condition: { segment: a, in: false } })
    await make({ name: 'C', kind: 'static' })
    const d = await make({ name: 'D', kind: 'static' })
    await runUntilIdle(app)
    expect(await names('kind=static')).toEqual(['C', 'D'])
    expect(await names('state=unused')).toEqual(['B', 'C', 'D'])
    expect(await names('state=empty')).toEqual(['B', 'C', 'D'])
    expect(await names('sort=-members')).toEqual(['A', 'D', 'C', 'B'])
    const page = (await marketer.get('/api/v1/segments?sort=-members&limit=3')).body
    expect((await marketer.get(`/api/v1/segments?sort=-members&limit=3&cursor=${page.next_cursor}`)).body).toMatchObject({ data: [{ name: 'B', never_matched: true }], next_cursor: null })
    expect((await marketer.get('/api/v1/segments?state=nonsense')).status).toBe(422)
    await marketer.delete(`/api/v1/segments/${d}`)
    expect(await names('state=archived')).toEqual(['D'])
  })

  test('whoever was in a segment once keeps it from counting as one that never matched', async () => {
    const [anna] = await people(1)
    // In so small a base it says nothing of a condition that nobody fits it.
    const tooFew = await make({ name: 'Greeks', condition: { field: 'city', operator: 'is', value: 'Athens' } })
    await runUntilIdle(app)
    expect((await marketer.get(`/api/v1/segments/${tooFew}`)).body.never_matched).toBe(false)
    await sql`insert into contacts (email) select 'more' || n || '@example.com' from generate_series(1, 99) as n`.execute(app.db)
    const id = await make({ name: 'Romans', condition: { field: 'city', operator: 'is', value: 'Rome' } })
    await runUntilIdle(app)
    const never = async () => (await marketer.get(`/api/v1/segments/${id}`)).body.never_matched
    expect(await never()).toBe(true)
    for (const city of ['Rome', 'Oslo']) await marketer.put('/api/v1/contacts', { email: 'Paris0@example.com', city })
    await runUntilIdle(app)
    expect(anna).toBeDefined()
    expect(await never()).toBe(false)
  })

  test('archived ones are brought back: a live one computed anew, a static one with its people', async () => {
    const ids = await people(2)
    const live = await make({ name: 'Live', condition: { field: 'city', operator: 'is', value: 'Paris' } })
    const fixed = await make({ name: 'Fixed', kind: 'static' })
    await put(fixed, ids.slice(0, 1))
    await runUntilIdle(app)
    for (const id of [live, fixed]) expect((await marketer.delete(`/api/v1/segments/${id}`)).status).toBe(204)
    expect((await marketer.get(`/api/v1/segments/${live}`)).body.archived_at).not.toBeNull()
    expect((await put(fixed, ids)).status).toBe(404)
    expect((await marketer.delete(`/api/v1/segments/${live}/archiving`)).body).toMatchObject({ archived_at: null, state: 'computing' })
    expect((await marketer.delete(`/api/v1/segments/${fixed}/archiving`)).body).toMatchObject({ archived_at: null, state: 'live' })
    await runUntilIdle(app)
    expect((await marketer.get(`/api/v1/segments/${live}/contacts`)).body.data).toHaveLength(2)
    expect((await marketer.get(`/api/v1/segments/${fixed}/contacts`)).body.data).toHaveLength(1)
  })

  test('a segment whose condition names what is gone says so, and stops saying so once it is mended', async () => {
    await marketer.post('/api/v1/custom-fields', { key: 'size', label: 'Size', kind: 'number', options: [] })
    const id = await make({ name: 'Large', condition: { all: [{ field: 'fields.size', operator: 'at_least', value: 10 }] } })
    await runUntilIdle(app)
    expect(await names('state=broken')).toEqual([])
    // The program itself archives fields only; somebody at the database may do more.
    await sql`delete from custom_fields`.execute(app.db)
    await runUntilIdle(app, ['segments.check'])
    expect((await marketer.get(`/api/v1/segments/${id}`)).body.problems).toMatchObject([{ field: 'condition.all[0].field' }])
    expect(await names('state=broken')).toEqual(['Large'])
    await marketer.post('/api/v1/custom-fields', { key: 'size', label: 'Size', kind: 'number', options: [] })
    await runUntilIdle(app, ['segments.check'])
    expect(await names('state=broken')).toEqual([])
  })
})

describe('what others are built on is not taken away', () => {
  const refused = { status: 409, body: { code: 'in_use' } }
  const graph = (trigger: object, steps: object = {}) => ({ format: 1, trigger, entry_condition: null, reentry: 'once', first: null, steps })

  test('a segment: by journeys (trigger, conditions, steps), imports and segments being filled', async () => {
    const used = await make({ name: 'Used', kind: 'static' })
    const journeys = [
      graph({ kind: 'segment_left', segment_id: used }),
      { ...graph({ kind: 'manual' }), exit_condition: { segment: used, in: false } },
      { ...graph({ kind: 'manual' }), goals: [{ key: 'g', name: 'G', condition: { all: [{ not: { segment: used, in: true } }] }, to: null }] },
      graph({ kind: 'manual' }, { a: { kind: 'change_segment', segment_id: used, action: 'add', next: null } }),
    ]
    for (const [index, draft] of journeys.entries()) {
      const { body } = await marketer.post('/api/v1/journeys', { name: `J${index}`, draft })
      const answer = await marketer.delete(`/api/v1/segments/${used}`)
      expect(answer).toMatchObject(refused)
      expect(answer.body.errors).toEqual([{ field: `journey:${body.id}`, message: `J${index}` }])
      expect((await marketer.delete(`/api/v1/journeys/${body.id}`)).status).toBe(204)
    }
    const filling = await make({ name: 'Filling', kind: 'static', condition: { segment: used, in: true } })
    expect((await marketer.delete(`/api/v1/segments/${used}`)).body.errors).toEqual([{ field: `segment:${filling}`, message: 'Filling' }])
    await runUntilIdle(app)
    const form = new FormData()
    form.append('file', new Blob(['email\na@example.com\n']), 'people.csv')
    const { body } = await marketer.post('/api/v1/imports', form)
    await marketer.put(`/api/v1/imports/${body.id}`, { options: { ...body.options, segment_id: used } })
    expect((await marketer.delete(`/api/v1/segments/${used}`)).body.errors).toEqual([{ field: `import:${body.id}`, message: 'people' }])
    await marketer.delete(`/api/v1/imports/${body.id}`)
    expect((await marketer.delete(`/api/v1/segments/${used}`)).status).toBe(204)
  })

  test('a custom field, a topic, a template, a form and a journey: by segments and journeys', async () => {
    const field = (await marketer.post('/api/v1/custom-fields', { key: 'size', label: 'Size', kind: 'number', options: [] })).body.id
    const topic = (await marketer.post('/api/v1/topics', { name_en: 'Unheard of', name_ru: 'Небывалая' })).body.id
    const template = (await rows<{ template_id: number }>(app.db, sql`
      with made as (insert into templates (name) values ('Mail') returning id), version as (insert into template_versions (template_id, number, document) select id, 1, '{}' from made returning id, template_id)
      select template_id from version`))[0]!.template_id
    await sql`update templates set version_id = (select id from template_versions where template_id = templates.id)`.execute(app.db)
    const form = (await marketer.post('/api/v1/forms', { name: 'Form' })).body.id
    const journey = (await marketer.post('/api/v1/journeys', { name: 'Journey', draft: graph({ kind: 'manual' }) })).body.id
    const condition = { any: [
      { field: 'fields.size', operator: 'known' }, { consent: 'granted', topic }, { journey, state: 'ever', happened: true },
      { event: 'form.submitted', where: [{ property: 'form_id', operator: 'is', value: form }] },
    ] }
    const segment = (await rows<{ id: number }>(app.db, sql`insert into segments (name, condition) values ('On all', ${JSON.stringify(condition)}) returning id`))[0]!.id
    const starter = (await marketer.post('/api/v1/journeys', { name: 'Starter', draft: graph({ kind: 'form', form_id: form }, { a: { kind: 'mail', template_id: template, topic_id: null, next: null } }) })).body.id
    const bySegment = { field: `segment:${segment}`, message: 'On all' }
    const byJourney = { field: `journey:${starter}`, message: 'Starter' }
    const attempts = [
      [() => marketer.patch(`/api/v1/custom-fields/${field}`, { archived: true }), [bySegment]],
      [() => marketer.put(`/api/v1/templates/${template}/archiving`), [byJourney]],
      [() => marketer.delete(`/api/v1/forms/${form}`), [bySegment, byJourney]],
      [() => marketer.delete(`/api/v1/journeys/${journey}`), [bySegment]],
      // A new form offers every topic.
      [() => marketer.patch(`/api/v1/topics/${topic}`, { archived: true }), [bySegment, { field: `form:${form}`, message: 'Form' }]],
    ] as const
    for (const [attempt, errors] of attempts) {
      const answer = await attempt()
      expect(answer).toMatchObject(refused)
      expect(answer.body.errors).toEqual(errors)
    }
    await marketer.delete(`/api/v1/segments/${segment}`)
    await marketer.delete(`/api/v1/journeys/${starter}`)
    for (const [attempt] of attempts) expect((await attempt()).status).toBeLessThan(300)
  })
})
