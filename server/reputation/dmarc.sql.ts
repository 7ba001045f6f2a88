import type { DmarcAddress, DmarcReport, DmarcSource } from '../../shared/reputation.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import type { ReadReport } from './read-dmarc-report.ts'
import type { NamedRow } from './take-dmarc-report.ts'

type Counts = { mails: number, passed: number, dkim: number, spf: number, put_aside: number }
export type Within = { domain: string | null, from: Date, to: Date }

/** One statement for the report and all its rows; its id, or null when it is there already (then nothing changes). */
export async function insertDmarcReport(tx: Db, report: Omit<ReadReport, 'rows'> & { rows: NamedRow[], source: string, mails: number, passed: number }, now: Date): Promise<number | null> {
  const inserted = await maybeOne<{ id: number }>(tx, sql`
    with report as (
      insert into dmarc_reports (org_name, org_report_id, domain, begins_at, ends_at, policy, mails, passed, source, received_at)
      values (${report.org_name}, ${report.org_report_id}, ${report.domain}, ${report.begins_at}::timestamptz, ${report.ends_at}::timestamptz, ${report.policy}, ${report.mails}::bigint, ${report.passed}::bigint, ${report.source}, ${now}::timestamptz)
      on conflict (org_name, org_report_id, domain) do nothing
      returning id
    ), written as (
      insert into dmarc_rows (report_id, number, address, host, who, mails, disposition, dkim_aligned, spf_aligned, header_from, dkim_domain, spf_domain)
      select report.id, entry.number, entry.address, entry.host, entry.who, entry.mails, entry.disposition, entry.dkim_aligned, entry.spf_aligned, entry.header_from, entry.dkim_domain, entry.spf_domain
      from report, rows from (
        jsonb_to_recordset(${JSON.stringify(report.rows)}::jsonb) as (address text, host text, who text, mails bigint, disposition text, dkim_aligned boolean, spf_aligned boolean, header_from text, dkim_domain text, spf_domain text)
      ) with ordinality as entry (address, host, who, mails, disposition, dkim_aligned, spf_aligned, header_from, dkim_domain, spf_domain, number)
    )
    select id from report`)
  return inserted?.id ?? null
}

const within = ({ domain, from, to }: Within) => sql`r.begins_at >= ${from}::timestamptz and r.begins_at < ${to}::timestamptz and (${domain}::text is null or r.domain = ${domain})`
const counts = sql`
  coalesce(sum(e.mails), 0)::bigint as mails,
  coalesce(sum(e.mails) filter (where e.dkim_aligned or e.spf_aligned), 0)::bigint as passed,
  coalesce(sum(e.mails) filter (where e.dkim_aligned), 0)::bigint as dkim,
  coalesce(sum(e.mails) filter (where e.spf_aligned), 0)::bigint as spf,
  coalesce(sum(e.mails) filter (where e.disposition <> 'none'), 0)::bigint as put_aside`

export const sumDmarc = (db: Db, of: Within): Promise<Counts & { reports: number }> => one(db, sql`
  select count(distinct r.id) as reports, ${counts}
  from dmarc_reports r
  left join dmarc_rows e on e.report_id = r.id
  where ${within(of)}`)

export const dmarcDays = (db: Db, of: Within): Promise<{ day: string, mails: number, passed: number }[]> => rows(db, sql`
  select to_char(r.begins_at at time zone 'UTC', 'YYYY-MM-DD') as day, sum(r.mails)::bigint as mails, sum(r.passed)::bigint as passed
  from dmarc_reports r
  where ${within(of)}
  group by 1
  order by 1`)

export const dmarcSources = (db: Db, of: Within): Promise<Omit<DmarcSource, 'ours'>[]> => rows(db, sql`
  select e.who, count(distinct e.address) as addresses, ${counts}
  from dmarc_reports r
  join dmarc_rows e on e.report_id = r.id
  where ${within(of)}
  group by e.who
  order by mails desc, e.who
  limit 200`)

export const dmarcAddresses = (db: Db, of: Within, who: string): Promise<DmarcAddress[]> => rows(db, sql`
  select e.address, max(e.host) as host, ${counts}
  from dmarc_reports r
  join dmarc_rows e on e.report_id = r.id
  where ${within(of)} and e.who = ${who}
  group by e.address
  order by mails desc, e.address
  limit 200`)

export const dmarcDomains = async (db: Db): Promise<string[]> => (await rows<{ domain: string }>(db, sql`select distinct domain from dmarc_reports order by domain`)).map(row => row.domain)

export const latestDmarcPolicy = async (db: Db, of: Within): Promise<string | null> => (await maybeOne<{ policy: string }>(db, sql`select policy from dmarc_reports r where ${within(of)} order by begins_at desc, id desc limit 1`))?.policy ?? null

/** The latest received first, before an id. */
export const listDmarcReports = (db: Db, before: number | null, limit: number): Promise<(Omit<DmarcReport, 'begins_at' | 'ends_at' | 'received_at'> & { begins_at: Date, ends_at: Date, received_at: Date })[]> => rows(db, sql`
  select id, org_name, domain, begins_at, ends_at, policy, mails, passed, source, received_at
  from dmarc_reports
  where ${before}::bigint is null or id < ${before}::bigint
  order by id desc
  limit ${limit}`)

export const deleteDmarcReport = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`delete from dmarc_reports where id = ${id}::bigint`) > 0

const fewMails = 5

/** Of a report those who send in our name without passing, at least a handful of mails, and whom no other report has named. */
export const unknownSources = (db: Db, reportId: number): Promise<{ who: string, mails: number }[]> => rows(db, sql`
  select r.who, sum(r.mails) as mails
  from dmarc_rows r
  join dmarc_reports report on report.id = r.report_id
  where r.report_id = ${reportId}::bigint
    and r.who <> 'own'
    and not r.dkim_aligned
    and not r.spf_aligned
    and not exists (
      select from dmarc_rows other
      join dmarc_reports of on of.id = other.report_id
      where other.who = r.who
        and other.report_id <> r.report_id
        and of.domain = report.domain)
  group by r.who
  having sum(r.mails) >= ${fewMails}
  order by sum(r.mails) desc
  limit 5`)
