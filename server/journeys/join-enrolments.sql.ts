import { rows, sql, type Db } from '../base/db.ts'

/** An enrolment as it stood before it ended because of a merge. */
export type EndedEnrolment = { contact_id: number, id: number, state: string, wake_at: string | null, waits_for: string | null, waits_message_id: number | null }

/**
 * Two cards are to become one. In a journey that takes a person once at a time, of those on their way there the one who entered first
 * stays (entered together: that of the card that stays), with its wait; the others leave. Out: how those stood.
 */
export async function endDoubledEnrolments(tx: Db, from: number, into: number, now: Date): Promise<EndedEnrolment[]> {
  return rows<EndedEnrolment>(tx, sql`
    with standing as materialized (
      select n.contact_id, n.id, n.state, n.wake_at, n.waits_for, n.waits_message_id,
        row_number() over (partition by n.journey_id order by n.entered_at, n.contact_id <> ${into}::bigint, n.id) as turn
      from enrolments n
      join journey_versions v on v.id = n.version_id
      where n.contact_id = any(${[from, into]}::bigint[])
        and n.state in ('active', 'waiting')
        and n.test_wait_seconds is null
        and v.graph ->> 'reentry' <> 'always'
    ), ended as (
      update enrolments n
      set state = 'left', state_reason = 'merged', wake_at = null, waits_for = null, waits_message_id = null, ended_at = ${now}::timestamptz
      from standing
      where n.contact_id = standing.contact_id and n.id = standing.id and standing.turn > 1
      returning n.contact_id, n.id
    )
    select standing.contact_id, standing.id, standing.state, to_jsonb(standing.wake_at) #>> '{}' as wake_at, standing.waits_for, standing.waits_message_id
    from standing
    join ended using (contact_id, id)`)
}

/** They go on where they stood, unless the journey is at an end for them by something else. */
export async function reviveEnrolments(tx: Db, ended: EndedEnrolment[]): Promise<void> {
  await sql`
    update enrolments n
    set state = given.state, state_reason = '', wake_at = given.wake_at, waits_for = given.waits_for, waits_message_id = given.waits_message_id, ended_at = null
    from jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) as given (contact_id bigint, id bigint, state text, wake_at timestamptz, waits_for text, waits_message_id bigint)
    where n.contact_id = given.contact_id
      and n.id = given.id
      and n.state = 'left'
      and n.state_reason = 'merged'`.execute(tx)
}

/** The journeys these contacts were ever in. */
export async function journeysOf(tx: Db, contactIds: number[]): Promise<number[]> {
  return (await rows<{ journey_id: number }>(tx, sql`select distinct journey_id from enrolments where contact_id = any(${contactIds}::bigint[])`)).map(row => row.journey_id)
}
