import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** A number an event names; null for what is none, since anybody may send events of any name. */
const named = (property: string): RawBuilder<unknown> => sql`case when events.properties->>${sql.lit(property)} ~ '^[0-9]{1,18}$' then (events.properties->>${sql.lit(property)})::bigint end`

/**
 * A common table `stays`: each stay of a deal at a stage that began at a moment or later, as events tell it, with when it
 * ended and the furthest open stage of that pipeline the deal came to afterwards. What names no deal or stage that is
 * there does not count. One pass, whoever has how many deals.
 */
export const staysSince = (moment: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  stays as (
    select deals.contact_id, deals.id as deal_id, deals.state, deals.currency, stages.id as stage_id, stages.kind, events.occurred_at as began, events.id as event_id,
      lead(events.occurred_at) over (partition by deals.contact_id, deals.id order by events.occurred_at, events.id) as ended,
      max(stages.position) filter (where stages.kind = 'open') over (
        partition by deals.contact_id, deals.id, stages.pipeline_id
        order by events.occurred_at, events.id
        rows between 1 following and unbounded following
      ) as furthest
    from events
    join deals on deals.id = ${named('deal_id')} and deals.contact_id = events.contact_id
    join stages on stages.id = ${named('stage_id')}
    where events.type in ('deal.created', 'deal.stage_changed')
      and events.occurred_at >= ${moment}
  )`

/** A common table `passed` after `stays`: each deal and open stage it came to before a moment, the first time it did. */
export const passedBefore = (moment: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  passed as (
    select distinct on (contact_id, deal_id, stage_id) *
    from stays
    where kind = 'open'
      and began < ${moment}
    order by contact_id, deal_id, stage_id, began, event_id
  )`

export type Passage = { /** a stage they came to */ passed: number, /** on which days, of the company's calendar */ passed_from?: string | undefined, passed_to?: string | undefined, /** and went on to this one or further */ onward?: number | undefined }

/** Contact and number of the deals that came to a stage in a time, narrowed to those that went on. */
export const dealsThatPassed = ({ passed, passed_from, passed_to, onward }: Passage, timeZone: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  with ${staysSince(passed_from === undefined ? sql`'-infinity'::timestamptz` : sql`${passed_from}::date::timestamp at time zone ${timeZone}`)},
  ${passedBefore(passed_to === undefined ? sql`'infinity'::timestamptz` : sql`(${passed_to}::date + 1)::timestamp at time zone ${timeZone}`)}
  select contact_id, deal_id
  from passed
  where stage_id = ${passed}
    and ${onward === undefined ? sql`true` : sql`(state = 'won' or furthest >= (select position from stages where id = ${onward}))`}`
