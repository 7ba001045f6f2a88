import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../base/db.ts'
import { saveContactsAndFollow } from '../flows/save-contacts.ts'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { inTurn } from './preview-turns.ts'
import { previewCondition } from './preview-condition.sql.ts'

let app: TestApp
let observer: Client

beforeAll(async () => {
  app = await testApp()
  observer = await app.as('observer')
})
afterAll(() => app?.close())
beforeEach(async () => {
  await sql`truncate contacts, tags restart identity cascade`.execute(app.db)
})

const people = (...cards: Record<string, unknown>[]) => saveContactsAndFollow(app.app, app.db, cards.map((card, index) => ({ email: `person${index}@example.com`, ...card })), { now: app.app.now(), by: 'api', mode: 'overwrite' })
const is = (field: string, value: string) => ({ field, operator: 'is', value })
const preview = (condition: unknown) => observer.post('/api/v1/conditions/preview', { condition })

describe('while a condition is being built', () => {
  test('each part says how many it leaves or adds, and the last agrees with the whole', async () => {
    await people({ city: 'Paris', locale: 'fr' }, { city: 'Paris', locale: 'en' }, { city: 'Rome', locale: 'fr' }, { city: 'Rome', locale: 'it' }, {})
    const { status, body } = await preview({ all: [{ any: [is('city', 'Paris'), is('locale', 'fr')] }, { not: is('locale', 'en') }] })
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 2, total: 5, exact: true, steps_exact: true })
    expect(body.steps).toEqual([
      { path: 'condition.all[0]', count: 3 }, { path: 'condition.all[0].any[0]', count: 2 }, { path: 'condition.all[0].any[1]', count: 1 }, { path: 'condition.all[1]', count: 2 },
    ])
    expect(body.sample).toHaveLength(2)
  })

  test('an empty group of which all must be true is everyone, one of which any is enough nobody', async () => {
    await people({}, {})
    expect((await preview({ all: [] })).body).toMatchObject({ count: 2, total: 2, steps: [] })
    expect((await preview({ any: [] })).body).toMatchObject({ count: 0, sample: [], steps: [] })
    expect((await preview({ all: [{ any: [] }, is('city', 'Rome')] })).body.steps).toEqual([{ path: 'condition.all[0]', count: 0 }, { path: 'condition.all[1]', count: 0 }])
  })

  test('of one line the number beside it follows from the whole, also turned round', async () => {
    await people({ city: 'Paris' }, { city: 'Rome' }, { city: 'Rome' })
    const inRome = is('city', 'Rome')
    const stepsOf = async (condition: unknown) => (await preview(condition)).body
    expect(await stepsOf({ all: [inRome] })).toMatchObject({ count: 2, steps: [{ path: 'condition.all[0]', count: 2 }], steps_exact: true })
    expect(await stepsOf({ all: [{ not: inRome }] })).toMatchObject({ count: 1, steps: [{ path: 'condition.all[0]', count: 1 }], steps_exact: true })
    expect(await stepsOf({ not: { any: [inRome] } })).toMatchObject({ count: 1, steps: [{ path: 'condition.not.any[0]', count: 1 }], steps_exact: true })
    expect(await stepsOf({ any: [{ all: [] }, inRome] })).toMatchObject({ count: 3, steps: [{ path: 'condition.any[0]', count: 3 }, { path: 'condition.any[1]', count: 0 }], steps_exact: true })
  })

  test('a mistake is named with its place', async () => {
    expect(await preview({ all: [is('city', 'Paris'), { field: 'cty', operator: 'is', value: 'x' }] })).toMatchObject({ status: 422, body: { errors: [{ field: 'condition.all[1].field' }] } })
  })

  test('nothing is counted for somebody who left', async () => {
    await expect(previewCondition(app.db, { all: [] }, app.app.now(), AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
  })

  test('whoever leaves takes the running statement with him and gives the turn to the next', async () => {
    await people({ city: 'Paris' })
    const left = new AbortController()
    // A lock makes the count wait for ever, so that leaving is what ends it.
    await app.db.transaction().execute(async tx => {
      await sql`lock table contact_rollups in access exclusive mode`.execute(tx)
      const counting = inTurn(left.signal, () => previewCondition(app.db, is('city', 'Paris'), app.app.now(), left.signal))
      const ended = expect(counting).rejects.toBeDefined()
      await expect.poll(async () => (await sql<{ waiting: number }>`select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(app.db)).rows[0]?.waiting).toBe(1)
      left.abort(new Error('left'))
      await ended
    })
    expect((await preview(is('city', 'Paris'))).body.count).toBe(1)
  })

  test('two are counted at once, the others wait, and one who stops waiting is forgotten', async () => {
    const signal = new AbortController().signal
    const ends: (() => void)[] = []
    const begun: number[] = []
    const begin = (number: number, of: AbortSignal) => inTurn(of, async () => {
      begun.push(number)
      await new Promise<void>(resolve => { ends.push(resolve) })
    })
    const stops = new AbortController()
    const first = begin(1, signal)
    const second = begin(2, signal)
    const third = begin(3, stops.signal)
    const fourth = begin(4, signal)
    expect(begun).toEqual([1, 2])
    stops.abort(new Error('left'))
    await expect(third).rejects.toThrow('left')
    ends[0]?.()
    await first
    await expect.poll(() => begun).toEqual([1, 2, 4])
    ends[1]?.()
    ends[2]?.()
    await Promise.all([second, fourth])
  })

  test('in a base too large to look at everybody the parts are estimated and the whole is still exact', async () => {
    await people(...Array.from({ length: 40 }, (_, index) => ({ city: index % 2 === 0 ? 'Paris' : 'Rome' })))
    await sql`analyze contacts`.execute(app.db)
    // What the planner believes of the size decides; two leaves are then more than is looked at one by one.
    await sql`update pg_class set reltuples = 600000 where oid = 'contacts'::regclass`.execute(app.db)
    const { body } = await preview({ all: [is('city', 'Paris'), is('city', 'Rome')] })
    expect(body).toMatchObject({ count: 0, total: 40, exact: true, steps_exact: false })
    expect(body.steps[0].count).toBeGreaterThan(100_000)
    expect(body.steps[1].count).toBe(0)
    await sql`analyze contacts`.execute(app.db)
  })
})

describe('why', () => {
  test('any condition is explained for any contact', async () => {
    await people({ city: 'Paris' })
    const anna = (await observer.get('/api/v1/contacts')).body.data[0].id
    const { status, body } = await observer.post('/api/v1/conditions/explanation', { contact_id: anna, condition: { any: [is('city', 'Rome'), is('city', 'Paris')] } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ holds: true, contact: { id: anna }, tree: { kind: 'any', parts: [{ holds: false, actual: { value: 'Paris' } }, { holds: true }] } })
    expect((await observer.post('/api/v1/conditions/explanation', { contact_id: 99, condition: { all: [] } })).status).toBe(404)
    expect((await observer.post('/api/v1/conditions/explanation', { contact_id: anna, condition: { all: 3 } })).status).toBe(422)
  })
})

describe('what can be chosen', () => {
  test('names of journeys with their steps, of mails, pools and pipelines, and what was seen lately', async () => {
    await people({ city: 'Paris', source: 'shop' }, { city: 'Paris' }, { city: 'Rome' })
    await sql`insert into templates (name) values ('Hello')`.execute(app.db)
    await sql`insert into journeys (name, draft) values ('Welcome', jsonb_build_object('steps', jsonb_build_object(
      'mail_1', jsonb_build_object('kind', 'mail', 'template_id', (select id from templates where name = 'Hello')), 'wait_1', '{"kind": "wait", "name": "A day"}'::jsonb, 'end', '{"kind": "end"}'::jsonb)))`.execute(app.db)
    await sql`insert into coupon_pools (name, kind, pattern) values ('Spring', 'pattern', 'S-****')`.execute(app.db)
    await sql`with made as (insert into pipelines (name) values ('Sales') returning id) insert into stages (pipeline_id, name, position) select id, name, place from made, (values ('New', 1), ('Won', 2)) as given (name, place)`.execute(app.db)
    await sql`insert into products (sku, name, category) values ('t1', 'Green tea', 'Tea'), ('t2', 'Black tea', 'Tea'), ('c1', 'Cup', 'Dishes')`.execute(app.db)
    await sql`insert into events (contact_id, type, occurred_at, source, properties) select id, 'page.viewed', now(), 'api', '{"url": "/tea", "depth": 3}' from contacts`.execute(app.db)
    const { body } = await observer.get('/api/v1/conditions/vocabulary')
    expect(body.journeys).toMatchObject([{ name: 'Welcome', steps: [{ key: 'mail_1', kind: 'mail', name: 'Hello' }, { key: 'wait_1', kind: 'wait', name: 'A day' }] }])
    expect(body.templates.map((template: { name: string }) => template.name)).toContain('Hello')
    expect(body.coupon_pools).toMatchObject([{ name: 'Spring' }])
    expect(body.pipelines.find((pipeline: { name: string }) => pipeline.name === 'Sales')).toMatchObject({ stages: [{ name: 'New' }, { name: 'Won' }] })
    expect(body.item_values).toMatchObject({ category: ['Tea', 'Dishes'] })
    expect(body.field_values).toMatchObject({ city: ['Paris', 'Rome'], source: ['shop'] })
    expect(body.events.find((event: { type: string }) => event.type === 'page.viewed')).toEqual({ type: 'page.viewed', properties: ['url', 'depth'], values: { url: ['/tea'] } })
  })
})
