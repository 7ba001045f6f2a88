import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { compileCondition } from './compile-condition.ts'
import { readCondition } from './check-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'

let app: TestApp
const now = new Date('2026-03-01T12:00:00Z')
beforeAll(async () => {
  app = await testApp()
  await sql`insert into contacts (fields) values ('{"gone": "1990-03-01"}')`.execute(app.db)
})
afterAll(() => app.close())

const days = { amount: 3, unit: 'days' as const }
/** Each names something that is not there, and what is said about it. */
const gone: [Condition, string][] = [
  [{ field: 'fields.gone', operator: 'known' }, 'condition.field: there is no field "fields.gone"'],
  [{ field: 'fields.gone', operator: 'anniversary_today' }, 'condition.field: there is no field "fields.gone"'],
  [{ field: 'fields.gone', operator: 'more_than_ago', value: days }, 'condition.field: there is no field "fields.gone"'],
  [{ event: 'order.placed', window: { within: days, after_field: 'fields.gone' } }, 'condition.window.after_field: "fields.gone" is not a date of the card'],
  [{ tag: 99, has: true }, 'condition.tag: there is no tag 99'],
  [{ segment: 99, in: true, since: { operator: 'in_last', value: days } }, 'condition.segment: there is no segment 99'],
  [{ consent: 'granted', topic: 99 }, 'condition.topic: there is no topic 99'],
  [{ mail: 'opened', of: { campaign: 99 }, happened: true }, 'condition.of.campaign: there is no campaign 99'],
  [{ mail: 'sent', of: { journey: 99, step: 'a' }, happened: true }, 'condition.of.journey: there is no journey 99'],
  [{ mail: 'clicked', of: { template: 99 }, happened: true }, 'condition.of.template: there is no template 99'],
  [{ coupon: 'open', pool: 99, happened: true }, 'condition.pool: there is no coupon pool 99'],
  [{ journey: 99, state: 'in', happened: true, step: 'a' }, 'condition.journey: there is no journey 99'],
  [{ related: 'deal', where: [{ field: 'pipeline_id', operator: 'is', value: 99 }] }, 'condition.where[0].value: there is no pipeline 99'],
  [{ related: 'deal', where: [{ field: 'state', operator: 'is', value: 'open' }, { field: 'stage_id', operator: 'is', value: 99 }] }, 'condition.where[1].value: there is no stage 99'],
]

test.each(gone)('%j is refused when saved; a stored one reads as nobody', async (condition, said) => {
  const { errors } = await readCondition(app.db, condition)
  expect(errors.map(error => `${error.field}: ${error.message}`)).toEqual([expect.stringContaining(said)])
  const context = { ...await loadConditionContext(app.db), now }
  for (const options of [context, { ...context, among: () => sql<boolean>`true` }]) {
    expect(await rows(app.db, sql`select c.id from contacts c left join contact_rollups r on r.contact_id = c.id where ${compileCondition(condition, options).predicate}`)).toEqual([])
  }
})

test('a step of a journey is known as long as its draft or a version has it', async () => {
  await sql`truncate journeys restart identity cascade`.execute(app.db)
  await sql`insert into journeys (name, draft) values ('Welcome', '{"steps": {"new": {}}}')`.execute(app.db)
  await sql`insert into journey_versions (journey_id, number, graph) values (1, 1, '{"steps": {"old": {}}}')`.execute(app.db)
  const errorsOf = async (step: string) => (await readCondition(app.db, { journey: 1, state: 'in', happened: true, step })).errors
  expect(await errorsOf('new')).toEqual([])
  expect(await errorsOf('old')).toEqual([])
  expect(await errorsOf('none')).toEqual([{ field: 'condition.step', message: 'journey 1 has no step "none"' }])
})

test('a field that was put away goes on with its values where it is stored', async () => {
  await sql`insert into custom_fields (key, label, kind, archived_at) values ('gone', 'Gone', 'date', now())`.execute(app.db)
  const context = { ...await loadConditionContext(app.db), now }
  expect(await rows(app.db, sql`select c.id from contacts c left join contact_rollups r on r.contact_id = c.id where ${compileCondition({ field: 'fields.gone', operator: 'anniversary_today' }, context).predicate}`)).toHaveLength(1)
  expect((await readCondition(app.db, { field: 'fields.gone', operator: 'known' })).errors).toEqual([{ field: 'condition.field', message: 'the field "fields.gone" has been put away' }])
})
