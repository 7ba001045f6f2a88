import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Days further back than this are not made up for, when the program was not running. */
const mostDaysBack = 400

/** Segments whose yesterday has no row yet; those being computed wait until they are. */
export async function findOpenDays(db: Db, timeZone: string, now: Date): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`
    select id
    from segments
    where archived_at is null
      and state <> 'computing'
      and (created_at at time zone ${timeZone}::text)::date < ${today(timeZone, now)}
      and not exists (
        select
        from segment_days
        where segment_id = segments.id
          and day = ${today(timeZone, now)} - 1
      )
    order by id
  `)).map(row => row.id)
}

/**
 * A row for each day of the segment that is over and has none: how many entered and left, from the events, and the members
 * at its end, counted back from those of now. By two at once, or a second time, the first rows stay.
 */
export async function closeDays(db: Db, segmentId: number, timeZone: string, now: Date): Promise<void> {
  await sql`
    with span as (
      select greatest(
        coalesce((select max(day) + 1 from segment_days where segment_id = segments.id), (created_at at time zone ${timeZone}::text)::date),
        ${today(timeZone, now)} - ${mostDaysBack}::integer
      ) as first
      from segments
      where id = ${segmentId}::bigint
    ), moves as (
      select (occurred_at at time zone ${timeZone}::text)::date as day,
        count(*) filter (where type = 'segment.entered') as entered,
        count(*) filter (where type = 'segment.left') as gone
      from events
      where source = ${`segment:${segmentId}`}::text
        and type in ('segment.entered', 'segment.left')
        and occurred_at >= (select first from span) at time zone ${timeZone}::text
      group by 1
    ), present as (
      select count(*) as members
      from segment_memberships
      where segment_id = ${segmentId}::bigint
    )
    insert into segment_days (segment_id, day, members, entered, gone)
    select ${segmentId}::bigint, days.day::date,
      greatest(0, present.members - coalesce((select sum(entered - gone) from moves where moves.day > days.day::date), 0)),
      coalesce(moves.entered, 0), coalesce(moves.gone, 0)
    from span
    cross join present
    cross join generate_series(span.first::timestamp, (${today(timeZone, now)} - 1)::timestamp, interval '1 day') as days (day)
    left join moves on moves.day = days.day::date
    on conflict do nothing
  `.execute(db)
}

export type SegmentDay = { day: string, members: number, entered: number, left: number }

/** The last days, oldest first, today at the end: as far as it has come. */
export async function readDays(db: Db, segmentId: number, timeZone: string, days: number, now: Date): Promise<SegmentDay[]> {
  return rows<SegmentDay>(db, sql`
    select day::text, members, entered, gone as left
    from segment_days
    where segment_id = ${segmentId}::bigint
      and day > ${today(timeZone, now)} - ${days}::integer
      and day < ${today(timeZone, now)}
    union all
    select ${today(timeZone, now)}::text,
      (select count(*) from segment_memberships where segment_id = ${segmentId}::bigint),
      count(*) filter (where type = 'segment.entered'),
      count(*) filter (where type = 'segment.left')
    from events
    where source = ${`segment:${segmentId}`}::text
      and type in ('segment.entered', 'segment.left')
      and occurred_at >= ${today(timeZone, now)}::timestamp at time zone ${timeZone}::text
    order by 1
  `)
}

const today = (timeZone: string, now: Date) => sql`(${now}::timestamptz at time zone ${timeZone}::text)::date`
