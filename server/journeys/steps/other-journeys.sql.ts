import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import { loadGraphs } from '../versions.sql.ts'
import type { ActiveJourney } from '../versions.sql.ts'

/** Journey ids in; those that are there, with the version to enter where one takes people in, out. Locks nothing. */
export async function journeyStates(db: Db, journeyIds: number[]): Promise<Map<number, { active?: ActiveJourney }>> {
  const found = await rows<{ id: number, version_id: number | null, is_active: boolean }>(db, sql`
    select id, version_id, state = 'active' as is_active
    from journeys
    where id = any(${[...new Set(journeyIds)]}::bigint[])
      and archived_at is null
  `)
  const graphs = await loadGraphs(db, found.flatMap(journey => journey.version_id ?? []))
  return new Map(found.map(({ id, version_id, is_active }) => {
    const graph = version_id === null ? undefined : graphs.get(version_id)
    return [id, is_active && version_id !== null && graph ? { active: { journey_id: id, version_id, graph } } : {}]
  }))
}

export type Leaving = { contact_id: number, journey_id: number, because: number, except: number }

/** Who is on their way through those journeys leaves them; the enrolments ended out. A second run changes nothing. The caller holds the contacts' rows. */
export async function leaveJourneys(db: Db, leaving: Leaving[], now: Date): Promise<{ contact_id: number, id: number, journey_id: number }[]> {
  if (leaving.length === 0) return []
  return await rows(db, sql`
    with leaving as (
      select distinct on (contact_id, journey_id) *
      from unnest(
        ${leaving.map(one => one.contact_id)}::bigint[], ${leaving.map(one => one.journey_id)}::bigint[],
        ${leaving.map(one => one.because)}::bigint[], ${leaving.map(one => one.except)}::bigint[]
      ) as leaving (contact_id, journey_id, because, other_than)
    )
    update enrolments
    set state = 'left',
      state_reason = 'journey:' || leaving.because,
      wake_at = null,
      waits_for = null,
      waits_message_id = null,
      ended_at = ${now}
    from leaving
    where enrolments.contact_id = leaving.contact_id
      and enrolments.journey_id = leaving.journey_id
      and enrolments.id <> leaving.other_than
      and enrolments.state in ('active', 'waiting', 'failed')
      and enrolments.test_wait_seconds is null
    returning enrolments.contact_id, enrolments.id, enrolments.journey_id
  `)
}
