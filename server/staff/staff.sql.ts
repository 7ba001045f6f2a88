import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../../shared/staff.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'

export type UserRow = { id: number, name: string, email: string, role: Role, locale: 'en' | 'ru', disabled_at: Date | null, created_at: Date }

export async function hasUsers(db: Db): Promise<boolean> {
  return (await one<{ any: boolean }>(db, sql`select exists (select from users) as any`)).any
}

/** Until the transaction ends, no other can make the first user. */
export async function holdSetUp(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(814003)`.execute(tx)
}

export async function findUsers(db: Db): Promise<UserRow[]> {
  return rows(db, sql`
    select id, name, email, role, locale, disabled_at, created_at
    from users
    order by disabled_at is not null, name, id`)
}

export async function findUser(db: Db, id: number): Promise<UserRow | undefined> {
  return maybeOne(db, sql`select id, name, email, role, locale, disabled_at, created_at from users where id = ${id}`)
}

/** Inserts a user with their password record. Throws 23505 (users_email_key) when somebody has the address. */
export async function insertUser(db: Db, user: { name: string, email: string, role: Role, locale: string, passwordHash: string }): Promise<number> {
  const { id } = await one<{ id: number }>(db, sql`
    with made as (
      insert into users (name, email, email_verified, role, locale)
      values (${user.name}, ${user.email}, true, ${user.role}, ${user.locale})
      returning id
    ), account as (
      insert into accounts (user_id, account_id, provider_id, password)
      select id, id::text, 'credential', ${user.passwordHash}
      from made
    )
    select id from made`)
  return id
}

/** Changes what is given. Locks the administrators, so that two changes at once cannot remove the last one. */
export async function updateUser(db: Db, id: number, changes: { name?: string, role?: Role, locale?: string, disabled?: boolean }, now: Date): Promise<'changed' | 'missing' | 'last_administrator'> {
  await sql`select from users where role = 'administrator' order by id for update`.execute(db)
  const before = await findUser(db, id)
  if (!before) return 'missing'
  const loses = before.role === 'administrator' && before.disabled_at === null
    && ((changes.role !== undefined && changes.role !== 'administrator') || changes.disabled === true)
  if (loses) {
    const { others } = await one<{ others: boolean }>(db, sql`
      select exists (select from users where role = 'administrator' and disabled_at is null and id <> ${id}) as others`)
    if (!others) return 'last_administrator'
  }
  await sql`
    update users
    set name = coalesce(${changes.name ?? null}, name),
        role = coalesce(${changes.role ?? null}, role),
        locale = coalesce(${changes.locale ?? null}, locale),
        disabled_at = case ${changes.disabled ?? null}::boolean when true then coalesce(disabled_at, ${now}::timestamptz) when false then null else disabled_at end,
        updated_at = ${now}
    where id = ${id}`.execute(db)
  if (changes.disabled === true) await sql`delete from sessions where user_id = ${id}`.execute(db)
  return 'changed'
}

export async function readPasswordHash(db: Db, userId: number): Promise<string | undefined> {
  return (await maybeOne<{ password: string }>(db, sql`select password from accounts where user_id = ${userId} and provider_id = 'credential'`))?.password
}

/** Sets the password and ends the user's other sessions. */
export async function writePasswordHash(db: Db, userId: number, passwordHash: string, now: Date, keepSession: string | null): Promise<void> {
  await sql`update accounts set password = ${passwordHash}, updated_at = ${now} where user_id = ${userId} and provider_id = 'credential'`.execute(db)
  await sql`delete from sessions where user_id = ${userId} and token is distinct from ${keepSession}`.execute(db)
}

export type ApiKeyRow = { id: number, name: string, prefix: string, role: Role, created_by: string | null, created_at: Date, last_used_at: Date | null, revoked_at: Date | null }

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest()

/** The key itself is returned this once; only its SHA-256 is kept. It is random, so no slow hash is needed. */
export async function insertApiKey(db: Db, key: { name: string, role: Role, createdBy: number | null }): Promise<{ id: number, key: string }> {
  const text = `otk_${randomBytes(30).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  const { id } = await one<{ id: number }>(db, sql`
    insert into api_keys (name, prefix, hash, role, created_by)
    values (${key.name}, ${text.slice(0, 10)}, ${hashOf(text)}, ${key.role}, ${key.createdBy})
    returning id`)
  return { id, key: text }
}

export async function findApiKeys(db: Db, id?: number): Promise<ApiKeyRow[]> {
  return rows(db, sql`
    select k.id, k.name, k.prefix, k.role, u.name as created_by, k.created_at, k.last_used_at, k.revoked_at
    from api_keys k
    left join users u on u.id = k.created_by
    where ${id ?? null}::bigint is null or k.id = ${id ?? null}
    order by k.revoked_at is not null, k.id desc`)
}

/** The valid key, its use noted at most once a minute so that a busy shop does not write a row a request. */
export async function findApiKey(db: Db, key: string, now: Date): Promise<{ id: number, name: string, role: Role } | undefined> {
  const found = await maybeOne<{ id: number, name: string, role: Role, stale: boolean }>(db, sql`
    select id, name, role, last_used_at is null or last_used_at < ${now}::timestamptz - interval '1 minute' as stale
    from api_keys
    where hash = ${hashOf(key)} and revoked_at is null`)
  if (found?.stale) await sql`update api_keys set last_used_at = ${now} where id = ${found.id}`.execute(db)
  return found
}

/** false: no such key. A second run changes nothing. */
export async function revokeApiKeyRow(db: Db, id: number, now: Date): Promise<boolean> {
  return (await changedRows(db, sql`update api_keys set revoked_at = coalesce(revoked_at, ${now}) where id = ${id}`)) > 0
}
