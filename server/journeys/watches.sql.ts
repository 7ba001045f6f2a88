import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

/** Versions whose people have to be looked at when something about them changes: the published ones, test ones and those people are still on. Locks nothing. */
export async function watchingVersions(db: Db): Promise<{ id: number, journey_id: number, clock_at: Date | null }[]> {
  return await rows<{ id: number, journey_id: number, clock_at: Date | null }>(db, sql`
    select v.id, v.journey_id, v.clock_at
    from journey_versions v
    join journeys j on j.id = v.journey_id
    where v.watches
      and j.archived_at is null
  `)
}

export type Watched = { contact_id: number, id: number, version_id: number, step_key: string, waits_for: string | null }

/** Contacts in; their enrolments on those versions that nothing else has woken yet out. Locks nothing: the caller holds the contacts' rows. */
export async function watchedEnrolments(db: Db, contactIds: number[], versionIds: number[], now: Date): Promise<Watched[]> {
  return await rows<Watched>(db, sql`
    select contact_id, id, version_id, step_key, waits_for
    from enrolments
    where contact_id = any(${contactIds}::bigint[])
      and version_id = any(${versionIds}::bigint[])
      and state in ('active', 'waiting')
      and wake_at > ${now}
  `)
}

export type Waking = { contact_id: number, id: number, context: object }

/**
 * Enrolments in, made due at once with what woke them in their context; moving on is left to advanceEnrolments (a paused
 * journey moves on when it is resumed). A second run wakes nobody. The caller holds the contacts' rows.
 */
export async function wakeWatched(db: Db, waking: Waking[], now: Date): Promise<void> {
  await sql`
    update enrolments
    set state = 'active',
      wake_at = ${now},
      waits_for = null,
      waits_message_id = null,
      context = enrolments.context || woken.context
    from unnest(${waking.map(one => one.contact_id)}::bigint[], ${waking.map(one => one.id)}::bigint[], ${waking.map(one => JSON.stringify(one.context))}::jsonb[]) as woken (contact_id, id, context)
    where enrolments.contact_id = woken.contact_id
      and enrolments.id = woken.id
      and enrolments.state in ('active', 'waiting')
  `.execute(db)
}

/** The clocks of versions set to that moment; where a version has none yet it begins. A second run changes nothing. */
export async function setVersionClocks(db: Db, versionIds: number[], upTo: Date): Promise<void> {
  await sql`
    update journey_versions
    set clock_at = greatest(clock_at, ${upTo}::timestamptz)
    where id = any(${versionIds}::bigint[])
  `.execute(db)
}
