import { sql } from 'kysely'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

export type SplitStep = Extract<JourneyStep, { kind: 'split_random' }>
export type Split = { journey_id: number, step_key: string, step: SplitStep }

/** Splits in; the winners decided for those very steps out, by `journey:step key:step as JSON`. Locks nothing. */
export async function decidedWinners(db: Db, splits: Split[]): Promise<Map<string, string>> {
  const distinct = [...new Map(splits.map(split => [`${split.journey_id}:${split.step_key}:${JSON.stringify(split.step)}`, split])).entries()]
  const found = await rows<{ place: number, way: string }>(db, sql`
    select asked.place, decided.way
    from unnest(${distinct.map(([, one]) => one.journey_id)}::bigint[], ${distinct.map(([, one]) => one.step_key)}::text[], ${distinct.map(([, one]) => JSON.stringify(one.step))}::jsonb[])
      with ordinality as asked (journey_id, step_key, step, place)
    join journey_winners decided on decided.journey_id = asked.journey_id and decided.step_key = asked.step_key and decided.step = asked.step
  `)
  return new Map(found.map(({ place, way }) => [distinct[place - 1]![0], way]))
}
