import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { toMajor } from '../../shared/money.ts'
import type { EndedDeals, SalesReport } from '../../shared/sales-report.ts'
import { one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { stageConversion } from './stage-conversion.sql.ts'

/** Days of the company's calendar, both included. */
export type SalesQuestion = { from: string, to: string, pipeline: number | undefined, currency: string, timeZone: string, /** per cent */ committedFrom: number }
type EndedRow = { won: number, lost: number, won_value: number, lost_value: number, mean_days_to_win: number | null }

const figures = sql`
  count(*) filter (where state = 'won') as won, count(*) filter (where state = 'lost') as lost,
  coalesce(sum(amount) filter (where state = 'won'), 0)::bigint as won_value, coalesce(sum(amount) filter (where state = 'lost'), 0)::bigint as lost_value,
  avg(closed_on - created_on) filter (where state = 'won')::float8 as mean_days_to_win`

function ended({ from, to, pipeline, timeZone }: SalesQuestion, currency: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select deals.*, (deals.closed_at at time zone ${timeZone})::date as closed_on, (deals.created_at at time zone ${timeZone})::date as created_on
    from deals
    where deals.state <> 'open'
      and deals.closed_at >= ${from}::date::timestamp at time zone ${timeZone}
      and deals.closed_at < (${to}::date + 1)::timestamp at time zone ${timeZone}
      and ${pipeline === undefined ? sql`true` : sql`deals.pipeline_id = ${pipeline}`}
      and ${currency}`
}

/** All figures of the report, of deals of one currency; six passes over the deals that ended in the time, two over the moves since it began. */
export async function salesFigures(db: Db, question: SalesQuestion): Promise<SalesReport> {
  const { from, to, pipeline, currency } = question
  const own = ended(question, sql`deals.currency = ${currency}`)
  const major = (minor: number): number => toMajor(minor, currency)
  const present = ({ won, lost, won_value, lost_value, mean_days_to_win }: EndedRow): EndedDeals => ({
    won, lost, won_value: major(won_value), lost_value: major(lost_value), win_rate: won + lost === 0 ? null : won / (won + lost), mean_days_to_win,
  })
  const [totals, others, periods, owners, pipelines, reasons, forecast] = [
    await one<EndedRow>(db, sql`select ${figures} from (${own}) as ended`),
    await rows<{ currency: string, deals: number }>(db, sql`select currency, count(*) as deals from (${ended(question, sql`deals.currency <> ${currency}`)}) as ended group by currency order by count(*) desc, currency`),
    await rows<EndedRow & { period: string, from: string, to: string }>(db, sql`
      select to_char(quarter, 'YYYY"-Q"Q') as period, greatest(quarter, ${from}::date)::text as from, least((quarter + interval '3 months')::date - 1, ${to}::date)::text as to, ${figures}
      from (select ended.*, date_trunc('quarter', closed_on::timestamp)::date as quarter from (${own}) as ended) as ended
      group by quarter
      order by quarter
    `),
    await rows<EndedRow & { owner: { id: number, name: string } | null }>(db, sql`
      select case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner, ended.*
      from (select owner_id, ${figures} from (${own}) as ended group by owner_id) as ended
      left join users on users.id = ended.owner_id
      order by ended.won_value desc, ended.won desc, users.name
    `),
    await rows<EndedRow & { pipeline: { id: number, name: string } }>(db, sql`
      select jsonb_build_object('id', pipelines.id, 'name', pipelines.name) as pipeline, ended.*
      from (select pipeline_id, ${figures} from (${own}) as ended group by pipeline_id) as ended
      join pipelines on pipelines.id = ended.pipeline_id
      order by pipelines.position, pipelines.id
    `),
    await rows<{ reason: string | null, lost: number, lost_value: number }>(db, sql`
      select nullif(lost_reason, '') as reason, count(*) as lost, coalesce(sum(amount), 0)::bigint as lost_value
      from (${own}) as ended
      where state = 'lost'
      group by 1
      order by count(*) desc, 1
      limit 100
    `),
    await rows<SalesReport['forecast'][number]>(db, sql`
      select to_char(month, 'YYYY-MM') as month, month::text as from, ((month + interval '1 month')::date - 1)::text as to,
        count(*) as deals, coalesce(sum(amount), 0)::bigint as amount, round(coalesce(sum(amount * probability), 0) / 100.0)::bigint as weighted,
        count(*) filter (where probability >= ${question.committedFrom}) as committed_deals, coalesce(sum(amount) filter (where probability >= ${question.committedFrom}), 0)::bigint as committed_amount
      from (
        select date_trunc('month', deals.expected_on::timestamp)::date as month, deals.amount, stages.probability
        from deals
        join stages on stages.id = deals.stage_id
        where deals.state = 'open'
          and deals.currency = ${currency}
          and ${pipeline === undefined ? sql`true` : sql`deals.pipeline_id = ${pipeline}`}
      ) as expected
      group by month
      order by month nulls last
    `),
  ]
  return {
    from, to, currency, other_currencies: others, totals: present(totals),
    periods: periods.map(row => ({ period: row.period, from: row.from, to: row.to, ...present(row) })),
    owners: owners.map(row => ({ owner: row.owner, ...present(row) })), pipelines: pipelines.map(row => ({ pipeline: row.pipeline, ...present(row) })),
    reasons: reasons.map(row => ({ ...row, lost_value: major(row.lost_value) })),
    stages: await stageConversion(db, question), committed_from: question.committedFrom,
    forecast: forecast.map(row => ({ ...row, amount: major(row.amount), weighted: major(row.weighted), committed_amount: major(row.committed_amount) })),
  }
}
