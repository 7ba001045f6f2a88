import { sql } from 'kysely'
import type { CompanyCard, CompanyDeal, CompanyPerson } from '../../shared/companies.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'

type Sum = { state: 'open' | 'won', currency: string, amount: number, count: number }
type Found = Omit<CompanyCard, 'revenue' | 'open_deals' | 'won_deals' | 'created_at' | 'updated_at' | 'last_event_at'> & { revenue: number, deals: Sum[], created_at: Date, updated_at: Date, last_event_at: Date | null }

/** What is known of a company, in one round trip; `currency`: of orders. */
export async function readCompanyCard(db: Db, id: number, currency: string): Promise<CompanyCard | undefined> {
  const found = await maybeOne<Found>(db, sql`
    select c.id, c.revision, c.name, c.domain, c.phone, c.address, c.fields, c.created_at, c.updated_at,
      case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner,
      people.contacts_count, people.revenue, people.orders_count, people.last_event_at,
      (select coalesce(jsonb_agg(sums order by sums.currency), '[]')
        from (
          select deals.state, deals.currency, sum(coalesce(deals.amount, 0)) as amount, count(*) as count
          from contacts
          join deals on deals.contact_id = contacts.id
          where contacts.company_id = c.id
            and deals.state in ('open', 'won')
          group by deals.state, deals.currency
        ) as sums) as deals
    from companies c
    left join users on users.id = c.owner_id
    cross join lateral (
      select count(*) as contacts_count, coalesce(sum(r.revenue), 0)::bigint as revenue, coalesce(sum(r.orders_count), 0)::bigint as orders_count, max(r.last_event_at) as last_event_at
      from contacts
      left join contact_rollups r on r.contact_id = contacts.id
      where contacts.company_id = c.id
    ) as people
    where c.id = ${id}::bigint
  `)
  if (found === undefined) return undefined
  const { deals, revenue, ...card } = found
  const of = (state: Sum['state']) => {
    const own = deals.filter(sum => sum.state === state)
    return { count: own.reduce((count, sum) => count + sum.count, 0), sums: own.map(sum => ({ currency: sum.currency, amount: toMajor(sum.amount, sum.currency) })) }
  }
  return {
    ...card, revenue: { currency, amount: toMajor(revenue, currency) }, open_deals: of('open'), won_deals: of('won'),
    last_event_at: card.last_event_at?.toISOString() ?? null, created_at: card.created_at.toISOString(), updated_at: card.updated_at.toISOString(),
  }
}

/** Who works there, whoever came first first, after a number. */
export async function listPeople(db: Db, companyId: number, limit: number, after: number): Promise<CompanyPerson[]> {
  const found = await rows<Omit<CompanyPerson, 'last_event_at'> & { last_event_at: Date | null }>(db, sql`
    select c.id, coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.email, c.phone, c.external_id, '#' || c.id) as name, c.job_title, c.email, c.phone, r.last_event_at
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.company_id = ${companyId}::bigint
      and c.id > ${after}::bigint
    order by c.id
    limit ${limit}
  `)
  return found.map(person => ({ ...person, last_event_at: person.last_event_at?.toISOString() ?? null }))
}

/** Deals of everybody who works there, the latest first, before a number. */
export async function listCompanyDeals(db: Db, companyId: number, limit: number, before: number | undefined): Promise<CompanyDeal[]> {
  const found = await rows<Omit<CompanyDeal, 'stage_since'> & { stage_since: Date }>(db, sql`
    select d.id, d.title, d.state, stages.name as stage, d.amount, d.currency, d.stage_since,
      jsonb_build_object('id', c.id, 'name', coalesce(nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.email, c.phone, c.external_id, '#' || c.id)) as contact,
      case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner
    from contacts c
    join deals d on d.contact_id = c.id
    join stages on stages.id = d.stage_id
    left join users on users.id = d.owner_id
    where c.company_id = ${companyId}::bigint
      and ${before === undefined ? sql`true` : sql`d.id < ${before}::bigint`}
    order by d.id desc
    limit ${limit}
  `)
  return found.map(deal => ({ ...deal, amount: deal.amount === null ? null : toMajor(deal.amount, deal.currency), stage_since: deal.stage_since.toISOString() }))
}

/** Those who work there and to whom something happened last. */
export async function latestPeople(db: Db, companyId: number): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`
    select c.id
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.company_id = ${companyId}::bigint
    order by r.last_event_at desc nulls last, c.id desc
    limit 200
  `)).map(row => row.id)
}

export async function companyNames(db: Db, ids: number[]): Promise<Map<number, string>> {
  return new Map((await rows<{ id: number, name: string }>(db, sql`select id, name from companies where id = any(${ids}::bigint[])`)).map(company => [company.id, company.name]))
}
