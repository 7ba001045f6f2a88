import { one, rows, sql, type Db } from '../base/db.ts'
import type { DomainFacts } from './judge-domain.ts'

/** The domains of these contacts' addresses of which nothing is known yet. */
export async function unknownDomains(db: Db, span: { from: number, to: number }): Promise<string[]> {
  return (await rows<{ domain: string }>(db, sql`
    select distinct split_part(i.value, '@', -1) as domain
    from contact_identities i
    where i.contact_id > ${span.from}
      and i.contact_id <= ${span.to}
      and i.kind = 'email'
      and not exists (select from checked_domains d where d.domain = split_part(i.value, '@', -1))`)).map(row => row.domain)
}

/** The domains of leads of the last hour of which nothing is known yet: somebody is about to write to them. */
export async function unknownDomainsOfLeads(db: Db, now: Date): Promise<string[]> {
  return (await rows<{ domain: string }>(db, sql`
    select distinct split_part(lower(c.email), '@', -1) as domain
    from leads
    join contacts c on c.id = leads.contact_id
    where leads.created_at > ${now}::timestamptz - interval '1 hour'
      and c.email is not null
      and not exists (select from checked_domains d where d.domain = split_part(lower(c.email), '@', -1))
    limit 200`)).map(row => row.domain)
}

/** Domains in, those of which is known whether anybody takes mail out. */
export async function domainsKnown(db: Db, domains: string[]): Promise<Map<string, boolean>> {
  if (domains.length === 0) return new Map()
  const found = await rows<{ domain: string, takes_mail: boolean }>(db, sql`select domain, takes_mail from checked_domains where domain = any(${domains}::text[]) and takes_mail is not null`)
  return new Map(found.map(row => [row.domain, row.takes_mail]))
}

/** A second run changes nothing. */
export async function insertDomains(db: Db, domains: DomainFacts[], now: Date): Promise<void> {
  if (domains.length === 0) return
  const ordered = domains.toSorted((one, other) => one.domain < other.domain ? -1 : 1)
  await sql`
    insert into checked_domains (domain, is_disposable, meant, meant_is_sure, ask_after)
    select domain, is_disposable, meant, meant_is_sure, case when ask then ${now}::timestamptz end
    from unnest(${ordered.map(each => each.domain)}::text[], ${ordered.map(each => each.is_disposable)}::boolean[], ${ordered.map(each => each.meant)}::text[], ${ordered.map(each => each.meant_is_sure)}::boolean[], ${ordered.map(each => each.ask)}::boolean[])
      as given (domain, is_disposable, meant, meant_is_sure, ask)
    on conflict do nothing`.execute(db)
}

/** Domains whose time to be asked about has come; nobody else gets them for an hour. */
export async function takeDomainsToAsk(db: Db, limit: number, now: Date): Promise<string[]> {
  return (await rows<{ domain: string }>(db, sql`
    update checked_domains
    set ask_after = ${now}::timestamptz + interval '1 hour'
    where domain in (select domain from checked_domains where ask_after <= ${now}::timestamptz order by ask_after, domain limit ${limit} for update skip locked)
    returning domain`)).map(row => row.domain)
}

const againDays = { yes: 60, no: 3 }

/** Answers in; who takes mail is asked about again in two months, who does not in three days, what is not known in an hour. */
export async function saveAnswers(db: Db, answers: { domain: string, takes_mail: boolean | null }[], now: Date): Promise<void> {
  await sql`
    update checked_domains d
    set takes_mail = given.takes_mail,
      changed_at = case when d.takes_mail is distinct from given.takes_mail then ${now}::timestamptz else d.changed_at end,
      ask_after = ${now}::timestamptz + make_interval(days => case when given.takes_mail then ${againDays.yes}::integer else ${againDays.no}::integer end)
    from unnest(${answers.map(each => each.domain)}::text[], ${answers.map(each => each.takes_mail)}::boolean[]) as given (domain, takes_mail)
    where d.domain = given.domain
      and given.takes_mail is not null`.execute(db)
}

/** When a domain last turned out to take no mail; null: none has. */
export const latestDenied = async (db: Db): Promise<Date | null> =>
  (await one<{ at: Date | null }>(db, sql`select max(changed_at) as at from checked_domains where takes_mail = false`)).at

export const countDomainsToAsk = async (db: Db): Promise<number> =>
  (await one<{ count: number }>(db, sql`select count(*) as count from checked_domains where ask_after is not null and takes_mail is null`)).count
