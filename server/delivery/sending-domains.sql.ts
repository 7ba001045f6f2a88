import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import type { DomainCheck } from '../../shared/delivery.ts'

export type SendingDomainRow = { id: number, domain: string, selector: string, public_key: string, verified_at: Date | null, last_check: DomainCheck | null, created_at: Date }

const columns = sql`id, domain, selector, public_key, verified_at, last_check, created_at`

export const listSendingDomains = (db: Db): Promise<SendingDomainRow[]> => rows(db, sql`select ${columns} from sending_domains order by domain`)

export const findSendingDomain = (db: Db, id: number): Promise<SendingDomainRow | undefined> => maybeOne(db, sql`select ${columns} from sending_domains where id = ${id}::bigint`)

/** Undefined: the domain is there already. `privateKey` is encrypted. */
export async function insertSendingDomain(db: Db, domain: { domain: string, selector: string, privateKey: string, publicKey: string }, now: Date): Promise<SendingDomainRow | undefined> {
  return maybeOne(db, sql`
    insert into sending_domains (domain, selector, private_key, public_key, created_at, next_check_at)
    values (${domain.domain}, ${domain.selector}, ${domain.privateKey}, ${domain.publicKey}, ${now}::timestamptz, ${now}::timestamptz)
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
  returning d.id, domain, selector, public_key, verified_at, last_check, created_at`)

/** The result of a look at the DNS. A domain once verified stays so until a look finds another key there, or none. */
export async function saveDomainCheck(db: Db, id: number, check: DomainCheck, key: 'seen' | 'not_seen' | 'unknown', now: Date): Promise<void> {
  await sql`
    update sending_domains
    set last_check = ${JSON.stringify(check)}::jsonb,
      verified_at = case ${key} when 'seen' then coalesce(verified_at, ${now}::timestamptz) when 'unknown' then verified_at else null end
    where id = ${id}::bigint`.execute(db)
}

export async function deleteSendingDomain(db: Db, id: number): Promise<boolean> {
  return await changedRows(db, sql`delete from sending_domains where id = ${id}::bigint`) > 0
}

/** The key that signs for a domain, encrypted as it is kept. */
export const findSigningKey = (db: Db, domain: string): Promise<{ selector: string, private_key: string } | undefined> => maybeOne(db, sql`
  select selector, private_key
  from sending_domains
  where domain = ${domain}`)
