import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import type { DomainCheck } from '../../shared/delivery.ts'

export type SendingDomainRow = { id: number, domain: string, selector: string, public_key: string, verified_at: Date | null, /** the Ed25519 key beside it; all null: there is none */ second_selector: string | null, second_public_key: string | null, second_seen_at: Date | null, last_check: DomainCheck | null, created_at: Date }

const columns = sql`id, domain, selector, public_key, verified_at, second_selector, second_public_key, second_seen_at, last_check, created_at`

export const listSendingDomains = (db: Db): Promise<SendingDomainRow[]> => rows(db, sql`select ${columns} from sending_domains order by domain`)

export const findSendingDomain = (db: Db, id: number): Promise<SendingDomainRow | undefined> => maybeOne(db, sql`select ${columns} from sending_domains where id = ${id}::bigint`)

export type NewKey = { selector: string, /** encrypted */ privateKey: string, publicKey: string }

/** Undefined: the domain is there already. */
export async function insertSendingDomain(db: Db, domain: { domain: string, second: NewKey | null } & NewKey, now: Date): Promise<SendingDomainRow | undefined> {
  return maybeOne(db, sql`
    insert into sending_domains (domain, selector, private_key, public_key, second_selector, second_private_key, second_public_key, created_at, next_check_at)
    values (${domain.domain}, ${domain.selector}, ${domain.privateKey}, ${domain.publicKey}, ${domain.second?.selector}, ${domain.second?.privateKey}, ${domain.second?.publicKey}, ${now}::timestamptz, ${now}::timestamptz)
    on conflict (domain) do nothing
    returning ${columns}`)
}

/**
 * Domains whose look is due, at most `limit`, with the next one in an hour or so: spread, so that many do not ask at
 * once. Another worker that asks at the same time gets others.
 */
export const takeDueDomains = (db: Db, limit: number, now: Date): Promise<SendingDomainRow[]> => rows(db, sql`
  with due as (
    select id
    from sending_domains
    where next_check_at <= ${now}::timestamptz
    order by next_check_at
    limit ${limit}
    for update skip locked
  )
  update sending_domains d
  set next_check_at = ${now}::timestamptz + interval '50 minutes' + random() * interval '20 minutes'
  from due
  where d.id = due.id
  returning d.id, domain, selector, public_key, verified_at, second_selector, second_public_key, second_seen_at, last_check, created_at`)

/** What the DNS says of a key: ours, not ours, or nothing at this time. */
export type KeySeen = 'seen' | 'not_seen' | 'unknown'

/**
 * The result of a look at the DNS. A key once seen there stays so until a look finds another, or none. Keys that were
 * changed while it was looked are left as they are: `domain` is how it was before.
 */
export async function saveDomainCheck(db: Db, domain: SendingDomainRow, check: DomainCheck, seen: { key: KeySeen, second: KeySeen }, now: Date): Promise<void> {
  await sql`
    update sending_domains
    set last_check = ${JSON.stringify(check)}::jsonb,
      verified_at = case when selector <> ${domain.selector} or ${seen.key} = 'unknown' then verified_at when ${seen.key} = 'seen' then coalesce(verified_at, ${now}::timestamptz) end,
      second_seen_at = case when second_selector is distinct from ${domain.second_selector} or ${seen.second} = 'unknown' then second_seen_at when ${seen.second} = 'seen' then coalesce(second_seen_at, ${now}::timestamptz) end
    where id = ${domain.id}::bigint`.execute(db)
}

/** Gives a domain its second key; one that is there stays. */
export async function addSecondKey(db: Db, id: number, key: NewKey): Promise<void> {
  await sql`
    update sending_domains
    set second_selector = ${key.selector}, second_private_key = ${key.privateKey}, second_public_key = ${key.publicKey}, second_seen_at = null
    where id = ${id}::bigint
      and second_selector is null`.execute(db)
}

export async function deleteSendingDomain(db: Db, id: number): Promise<boolean> {
  return await changedRows(db, sql`delete from sending_domains where id = ${id}::bigint`) > 0
}

/** The keys that sign for a domain, encrypted as they are kept. A second one signs only once receivers can find it. */
export const findSigningKeys = (db: Db, domain: string): Promise<{ selector: string, private_key: string }[]> => rows(db, sql`
  select selector, private_key
  from sending_domains
  where domain = ${domain}
  union all
  select second_selector, second_private_key
  from sending_domains
  where domain = ${domain}
    and second_seen_at is not null`)
