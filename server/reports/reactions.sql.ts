import type { LeadSource } from '../../shared/leads.ts'
import type { ReactionFigures, ReactionReport } from '../../shared/reactions.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { cameIn, reactionIs } from '../leads/reaction.sql.ts'

type Row = Omit<ReactionFigures, 'share_within'> & { of: 'all' | 'owner' | 'source' | 'hour', owner: { id: number, name: string } | null, source: LeadSource, hour: number }

/** One pass over the leads of the time; those with the most leads first, hours in their order. */
export async function reactionFigures(db: Db, question: { from: string, to: string, timeZone: string }, now: Date): Promise<ReactionReport> {
  const found = await rows<Row>(db, sql`
    select case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner, figures.*
    from (
      select
        case grouping(owner_id, kind, hour) when 3 then 'owner' when 5 then 'source' when 6 then 'hour' else 'all' end as of, owner_id, kind as source, hour,
        count(*) as leads, count(*) filter (where answered) as answered, count(*) filter (where within) as within, count(*) filter (where late) as late,
        count(*) filter (where waiting) as waiting, count(*) filter (where overdue) as overdue,
        percentile_cont(0.5) within group (order by answer_seconds) as median_seconds
      from (
        select owner_id, split_part(source, ':', 1) as kind, extract(hour from created_at at time zone ${question.timeZone})::int as hour, answer_seconds,
          ${sql.join((['answered', 'within', 'late', 'waiting', 'overdue'] as const).map(state => sql`${reactionIs(state, now)} as ${sql.ref(state)}`))}
        from leads
        where ${cameIn(question, question.timeZone)}
      ) as leads
      group by grouping sets ((), (owner_id), (kind), (hour))
    ) as figures
    left join users on users.id = figures.owner_id
    order by figures.hour, figures.leads desc, users.name, figures.source`)
  const figures = (row: Row): ReactionFigures => {
    const { leads, answered, within, late, waiting, overdue, median_seconds } = row
    const judged = within + late + overdue
    return { leads, answered, within, late, waiting, overdue, share_within: judged === 0 ? null : within / judged, median_seconds }
  }
  const of = (kind: Row['of']) => found.filter(row => row.of === kind)
  return {
    from: question.from, to: question.to, totals: figures(of('all')[0]!),
    owners: of('owner').map(row => ({ owner: row.owner, ...figures(row) })),
    sources: of('source').map(row => ({ source: row.source, ...figures(row) })),
    hours: of('hour').map(row => ({ hour: row.hour, ...figures(row) })),
  }
}
