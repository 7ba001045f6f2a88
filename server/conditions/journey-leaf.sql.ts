import { sql } from 'kysely'
import type { JourneyLeaf } from '../../shared/conditions.ts'
import type { CompiledLeaf, CompileOptions, JourneyDate } from './compile-condition.ts'
import { ofContact } from './other-leaves.sql.ts'
import { sinceFilter, sinceOffset } from './since.sql.ts'

const states = {
  in: sql`and j.state in ('active', 'waiting')`,
  ever: sql``,
  finished: sql`and j.state = 'done' and j.state_reason not like 'goal:%'`,
  goal: sql`and j.state in ('done', 'left') and j.state_reason like 'goal:%'`,
  left: sql`and j.state = 'left' and j.state_reason not like 'goal:%'`,
  failed: sql`and j.state = 'failed'`,
}

/** Since when: how long at the step when one is named, else since the entry; of what is over, since its end. */
function dateOf({ state, step }: JourneyLeaf): JourneyDate {
  if (state === 'in' && step !== undefined) return 'arrived_at'
  return state === 'in' || state === 'ever' ? 'entered_at' : 'ended_at'
}

/** Any way of the contact through the journey, whatever version; test runs are none. */
export function compileJourneyLeaf(leaf: JourneyLeaf, options: CompileOptions): CompiledLeaf {
  const step = leaf.state === 'in' ? leaf.step : undefined
  const date = dateOf(leaf)
  const ways = sql`from enrolments j where ${ofContact('j.contact_id', options)} and j.journey_id = ${leaf.journey}::bigint and j.test_wait_seconds is null`
  const found = sql`exists (select ${ways} ${states[leaf.state]} ${step === undefined ? sql`` : sql`and j.step_key = ${step}::text`} ${sinceFilter(leaf.since, `j.${date}`, options)})`
  return {
    predicate: leaf.happened ? sql`${found}` : sql`(not ${found})`,
    actual: sql`(
      select coalesce(jsonb_agg(to_jsonb(latest) order by entered_at desc, id desc), '[]')
      from (select j.id, j.state, j.state_reason, j.step_key as step, j.entered_at, j.arrived_at, j.ended_at ${ways} order by j.entered_at desc, j.id desc limit 3) as latest
    )`,
    dependsOn: [`journey:${leaf.journey}`],
    clockEdges: leaf.since ? [{ kind: 'journey', journey: leaf.journey, date, ...(step === undefined ? {} : { step }), offset: sinceOffset(leaf.since) }] : [],
  }
}
