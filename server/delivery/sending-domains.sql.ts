import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import type { DomainCheck } from '../../shared/delivery.ts'

export type SendingDomainRow = { id: number, domain: string, selector: string, public_key: string, verified_at: Date | null, last_check: DomainCheck | null, created_at: Date }

const columns = sql`id, domain, selector, public_key, verified_at, last_check, created_at`

export const listSendingDomains = (db: Db): Promise<SendingDomainRow[]> => rows(db, sql`select ${columns} from sending_domains order by domain`)

export const findSendingDomain = (db: Db, id: number): Promise<SendingDomainRow | undefined> => maybeOne(db, sql`select ${columns} from sending_domains where id = ${id}::bigint`)

/** Undefined: the domain is there already. `privateKey` is encrypted. */
export async function insertSendingDomain(db: Db, domain: { domain: string, selector: string, privateKey: string, publicKey: string }, now: Date): Promise<SendingDomainRow | undefined> {
  return maybeOne(db, sql`
    insert into sending_domains (domain, selector, private_key, public_key, created_at)
    values (${domain.domain}, ${domain.selector}, ${domain.privateKey}, ${domain.publicKey}, ${now}::timestamptz)
    on conflict (domain) do nothing
    returning ${columns}`)
}

/** The result of a look at the DNS. A domain once verified stays so until a look finds another key there. */
export async function saveDomainCheck(db: Db, id: number, check: DomainCheck, now: Date): Promise<void> {
  await sql`
    update sending_domains
    set last_check = ${JSON.stringify(check)}::jsonb,
      verified_at = case ${check.dkim.state} when 'good' then coalesce(verified_at, ${now}::timestamptz) when 'unreachable' then verified_at else null end
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
