import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { one, sql } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'
import { amongIds } from './among-ids.sql.ts'
import { compileCondition } from './compile-condition.ts'
import { explainCondition } from './explain-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'

let app: TestApp
const entered = new Date('2026-03-01T12:00:00Z')
const after = (minutes: number): Date => new Date(entered.getTime() + minutes * 60_000)
beforeAll(async () => {
  app = await testApp()
  await ensureMonths(app.app, [entered])
  await sql`truncate contacts, journeys restart identity cascade`.execute(app.db)
  await sql`insert into contacts (city) values ('Paris'), ('Rome')`.execute(app.db)
  await sql`insert into journeys (name, draft) values ('Welcome', '{}')`.execute(app.db)
  await sql`insert into journey_versions (journey_id, number, graph) values (1, 1, '{}')`.execute(app.db)
  for (const [contact, at, minutes] of [[1, entered, -1], [1, entered, 5], [2, after(10), 5]] as const) {
    await sql`insert into events (contact_id, type, occurred_at, source) values (${contact}, 'order.placed', ${after(minutes)}, 'api')`.execute(app.db)
    await sql`insert into enrolments (contact_id, journey_id, version_id, step_key, trigger_key, entered_at, arrived_at, lane) values (${contact}, 1, 1, 'a', 'x', ${at}, ${at}, 1) on conflict do nothing`.execute(app.db)
  }
})
afterAll(() => app.close())

test('since the entry into a journey only what came after it counts, for each enrolment by itself', async () => {
  const condition: Condition = { event: 'order.placed', count: { exactly: 1 }, window: { since_entry: true } }
  const options = { ...await loadConditionContext(app.db), now: after(60), enrolmentAlias: 'n', among: amongIds([1, 2]) }
  const asked = await one<{ answers: boolean[] }>(app.db, sql`
    select array_agg(${compileCondition(condition, options).predicate} order by c.id) as answers
    from enrolments n
    join contacts c on c.id = n.contact_id
    left join contact_rollups r on r.contact_id = c.id
  `)
  expect(asked.answers).toEqual([true, false])
  const { id } = await one<{ id: number }>(app.db, sql`select id from enrolments where contact_id = 1`)
  expect(await explainCondition(app.db, 1, condition, after(60), id)).toMatchObject({ holds: true, actual: { kind: 'events', count: 1 } })
  // Outside a journey there is no entry.
  expect(await explainCondition(app.db, 1, condition, after(60))).toMatchObject({ holds: false, actual: { kind: 'events', count: 0 } })
})
