import { rows, sql, type Db } from '../base/db.ts'
import { providerOfDomain } from './mail-providers.ts'

export type LaneRow = { provider: string, slow: number, held_until: Date | null, held_reason: 'rate' | 'block' | 'busy' | null, held_detail: string | null, changed_at: Date }

export const listLanes = (db: Db): Promise<LaneRow[]> => rows(db, sql`select provider, slow, held_until, held_reason, held_detail, changed_at from provider_lanes order by provider`)

/** Lanes whose limit was reached get a row, so that their queues are looked into. A second run changes nothing. */
export async function openLanes(db: Db, providers: string[], now: Date): Promise<void> {
  await sql`
    insert into provider_lanes (provider, changed_at)
    select provider, ${now}::timestamptz
    from unnest(${providers.toSorted()}::text[]) as wanted (provider)
    on conflict do nothing`.execute(db)
}

/**
 * The provider gets nothing for a while and half the pace after it. While it is held already nothing changes. True: it
 * was not held. `minutes` are doubled with each halving, up to `most`.
 */
export async function holdLane(db: Db, provider: string, reason: 'rate' | 'block' | 'busy', detail: string, minutes: { first: number, most: number }, now: Date): Promise<boolean> {
  return (await rows(db, sql`
    insert into provider_lanes as lane (provider, slow, held_until, held_reason, held_detail, changed_at)
    values (${provider}, 1, ${now}::timestamptz + make_interval(mins => ${minutes.first}), ${reason}, ${detail.slice(0, 500)}, ${now}::timestamptz)
    on conflict (provider) do update
    set slow = least(lane.slow + 1, 6), held_until = ${now}::timestamptz + make_interval(mins => least(${minutes.most}, ${minutes.first} * (1 << least(lane.slow, 6)::integer))),
      held_reason = excluded.held_reason, held_detail = excluded.held_detail, changed_at = excluded.changed_at
    where lane.held_until is null
      or lane.held_until <= ${now}::timestamptz
    returning 1`)).length > 0
}

/** A lane that had no trouble for `minutes` goes twice as fast. Out: those that go at full pace again. */
export async function quickenLanes(db: Db, minutes: number, now: Date): Promise<string[]> {
  return (await rows<{ provider: string, slow: number }>(db, sql`
    update provider_lanes
    set slow = slow - 1, changed_at = ${now}::timestamptz,
      held_until = null, held_reason = case when slow > 1 then held_reason end, held_detail = case when slow > 1 then held_detail end
    where slow > 0
      and changed_at < ${now}::timestamptz - make_interval(mins => ${minutes})
      and (held_until is null or held_until < ${now}::timestamptz - make_interval(mins => ${minutes}))
    returning provider, slow`)).filter(row => row.slow === 0).map(row => row.provider)
}

/** By hand: as if nothing had been. */
export async function releaseLane(db: Db, provider: string, now: Date): Promise<void> {
  await sql`
    update provider_lanes
    set slow = 0, held_until = null, held_reason = null, held_detail = null, changed_at = ${now}::timestamptz
    where provider = ${provider}`.execute(db)
}

/** The providers of domains: by the list, then by what their MX said; a domain not seen before is its own until that is looked up. */
export async function findProviders(db: Db, domains: string[]): Promise<Map<string, string>> {
  const found = new Map((await rows<{ domain: string, provider: string }>(db, sql`
    select domain, provider
    from receiving_domains
    where domain = any(${domains}::text[])`)).map(row => [row.domain, row.provider]))
  const unseen = domains.filter(domain => !found.has(domain) && providerOfDomain(domain) === null)
  if (unseen.length > 0) {
    await sql`
      insert into receiving_domains (domain, provider)
      select domain, domain
      from unnest(${unseen.toSorted()}::text[]) as unseen (domain)
      on conflict do nothing`.execute(db)
  }
  return new Map(domains.map(domain => [domain, providerOfDomain(domain) ?? found.get(domain) ?? domain]))
}

export const uncheckedDomains = async (db: Db, limit: number): Promise<string[]> =>
  (await rows<{ domain: string }>(db, sql`select domain from receiving_domains where checked_at is null order by domain limit ${limit}`)).map(row => row.domain)

export async function saveProviders(db: Db, found: { domain: string, provider: string }[], now: Date): Promise<void> {
  await sql`
    update receiving_domains d
    set provider = found.provider, checked_at = ${now}::timestamptz
    from unnest(${found.map(each => each.domain)}::text[], ${found.map(each => each.provider)}::text[]) as found (domain, provider)
    where d.domain = found.domain`.execute(db)
}
