import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import type { KeyAlgorithm, KeyLook } from '../../shared/key-rotations.ts'
import type { NewKey } from './sending-domains.sql.ts'

export type KeyRotationRow = {
  id: number, sending_domain_id: number, domain: string, algorithm: KeyAlgorithm, started_at: Date, started_by_itself: boolean
  new_selector: string, new_public_key: string, seen_at: Date | null, signs_since: Date | null, given_up_at: Date | null
  old_selector: string | null, old_public_key: string | null, remove_after: Date | null, gone_at: Date | null
  checked_at: Date | null, last_seen: KeyLook | null, next_check_at: Date | null
}

const columns = sql`r.id, r.sending_domain_id, d.domain, r.algorithm, r.started_at, r.started_by_itself, r.new_selector, r.new_public_key, r.seen_at, r.signs_since, r.given_up_at,
  r.old_selector, r.old_public_key, r.remove_after, r.gone_at, r.checked_at, r.last_seen, r.next_check_at`

/** Those of a domain, the latest first, at most `limit`. */
export const listKeyRotations = (db: Db, domainId: number, limit: number): Promise<KeyRotationRow[]> => rows(db, sql`
  select ${columns}
  from key_rotations r
  join sending_domains d on d.id = r.sending_domain_id
  where r.sending_domain_id = ${domainId}::bigint
  order by r.id desc
  limit ${limit}`)

export const findKeyRotation = (db: Db, id: number): Promise<KeyRotationRow | undefined> => maybeOne(db, sql`
  select ${columns}
  from key_rotations r
  join sending_domains d on d.id = r.sending_domain_id
  where r.id = ${id}::bigint`)

/** Its id; undefined where one of this kind waits already. The new key signs nothing yet. */
export async function insertKeyRotation(db: Db, rotation: { domainId: number, algorithm: KeyAlgorithm, byItself: boolean, key: NewKey }, now: Date): Promise<number | undefined> {
  const made = await maybeOne<{ id: number }>(db, sql`
    insert into key_rotations (sending_domain_id, algorithm, started_at, started_by_itself, new_selector, new_private_key, new_public_key, next_check_at)
    values (${rotation.domainId}::bigint, ${rotation.algorithm}, ${now}::timestamptz, ${rotation.byItself}, ${rotation.key.selector}, ${rotation.key.privateKey}, ${rotation.key.publicKey}, ${now}::timestamptz + interval '10 minutes')
    on conflict (sending_domain_id, algorithm) where signs_since is null and given_up_at is null do nothing
    returning id`)
  await touch(db, 'sending-domains')
  return made?.id
}

/** Rotations with something to look for, at most `limit`, put off by a minute: another worker that asks gets others, and one that dies leaves them for later. */
export const takeDueRotations = (db: Db, limit: number, now: Date): Promise<KeyRotationRow[]> => rows(db, sql`
  with due as (
    select id
    from key_rotations
    where next_check_at <= ${now}::timestamptz
    order by next_check_at
    limit ${limit}
    for update skip locked
  )
  update key_rotations r
  set next_check_at = ${now}::timestamptz + interval '1 minute'
  from due, sending_domains d
  where r.id = due.id
    and d.id = r.sending_domain_id
  returning ${columns}`)

/**
 * What a look found: of the new key, or, once that signs, of the old one (`signs`: how it was when the look began; a look at
 * the other one says nothing any more). `seen_at` is kept while the new key is found, forgotten when it is not.
 */
export async function noteKeyLook(db: Db, id: number, signs: boolean, look: KeyLook, nextCheckAt: Date | null, now: Date): Promise<void> {
  await sql`
    update key_rotations
    set checked_at = ${now}::timestamptz,
      last_seen = ${look},
      seen_at = case when signs_since is not null or ${look} = 'unknown' then seen_at when ${look} = 'seen' then coalesce(seen_at, ${now}::timestamptz) else null end,
      gone_at = case when signs_since is not null and ${look} = 'not_seen' then coalesce(gone_at, ${now}::timestamptz) else gone_at end,
      next_check_at = ${nextCheckAt}::timestamptz
    where id = ${id}::bigint
      and given_up_at is null
      and (signs_since is not null) = ${signs}`.execute(db)
  await touch(db, 'sending-domains')
}

/**
 * From here on mails are signed with the new key: it takes the place of the old one, whose private half is forgotten, in
 * one statement. False: it signs already, or was given up meanwhile. Locks the domain and the rotation.
 */
export async function switchKeys(db: Db, id: number, removeAfter: Date, nextCheckAt: Date, now: Date): Promise<boolean> {
  const switched = await changedRows(db, sql`
    with turned as (
      select r.id, r.sending_domain_id, r.algorithm, r.new_selector, r.new_public_key, r.new_private_key,
        case r.algorithm when 'rsa' then d.selector else d.second_selector end as old_selector,
        case r.algorithm when 'rsa' then d.public_key else d.second_public_key end as old_public_key
      from key_rotations r
      join sending_domains d on d.id = r.sending_domain_id
      where r.id = ${id}::bigint
        and r.signs_since is null
        and r.given_up_at is null
      for update
    ), first as (
      update sending_domains d
      set selector = turned.new_selector, private_key = turned.new_private_key, public_key = turned.new_public_key, verified_at = ${now}::timestamptz, next_check_at = ${now}::timestamptz
      from turned
      where d.id = turned.sending_domain_id
        and turned.algorithm = 'rsa'
    ), second as (
      update sending_domains d
      set second_selector = turned.new_selector, second_private_key = turned.new_private_key, second_public_key = turned.new_public_key, second_seen_at = ${now}::timestamptz, next_check_at = ${now}::timestamptz
      from turned
      where d.id = turned.sending_domain_id
        and turned.algorithm = 'ed25519'
    )
    update key_rotations r
    set signs_since = ${now}::timestamptz, new_private_key = null, old_selector = turned.old_selector, old_public_key = turned.old_public_key,
      remove_after = ${removeAfter}::timestamptz, checked_at = ${now}::timestamptz, last_seen = 'seen', next_check_at = ${nextCheckAt}::timestamptz
    from turned
    where r.id = turned.id`)
  if (switched > 0) await touch(db, 'sending-domains')
  return switched > 0
}

/** False: it signs already, or was given up before. */
export async function giveUpRotation(db: Db, id: number, now: Date): Promise<boolean> {
  const changed = await changedRows(db, sql`
    update key_rotations
    set given_up_at = ${now}::timestamptz, new_private_key = null, next_check_at = null
    where id = ${id}::bigint
      and signs_since is null
      and given_up_at is null`)
  await touch(db, 'sending-domains')
  return changed > 0
}

/** Keys that receivers know and that have signed for so many months, none of their kind waiting. A change that was given up counts as one. */
export const findOldKeys = (db: Db, months: number, now: Date): Promise<{ id: number, domain: string, algorithm: KeyAlgorithm }[]> => rows(db, sql`
  select d.id, d.domain, a.algorithm
  from sending_domains d
  cross join lateral (values ('rsa', d.verified_at), ('ed25519', d.second_seen_at)) a (algorithm, seen_at)
  where a.seen_at is not null
    and d.created_at <= ${now}::timestamptz - make_interval(months => ${months}::integer)
    and not exists (
      select
      from key_rotations r
      where r.sending_domain_id = d.id
        and r.algorithm = a.algorithm
        and coalesce(r.signs_since, r.given_up_at, 'infinity') > ${now}::timestamptz - make_interval(months => ${months}::integer)
    )
  order by d.id, a.algorithm desc`)
