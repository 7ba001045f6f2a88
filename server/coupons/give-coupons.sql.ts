import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type PoolInUse = { id: number, name: string, kind: 'list' | 'pattern', pattern: string | null, valid_days: number | null }

/** Pool ids in, those in use out. Locks nothing: giving and archiving at the same moment come to one before the other. */
export async function poolsInUse(db: Db, ids: number[]): Promise<Map<number, PoolInUse>> {
  const found = await rows<PoolInUse>(db, sql`
    select id, name, kind, pattern, valid_days
    from coupon_pools
    where id = any(${[...new Set(ids)]}::bigint[])
      and archived_at is null
  `)
  return new Map(found.map(pool => [pool.id, pool]))
}

export type GivenCoupon = { contact_id: number, id: number, pool_id: number, code: string, valid_until: Date | null, source: string, source_key: string | null }

/** Contacts and keys in, the coupons given under them before out, as `contact:key`. */
export async function givenBefore(db: Db, asked: { contact_id: number, source_key: string | null }[]): Promise<Map<string, GivenCoupon>> {
  const keyed = asked.filter(each => each.source_key !== null)
  if (keyed.length === 0) return new Map()
  const found = await rows<GivenCoupon>(db, sql`
    select coupons.contact_id, coupons.id, coupons.pool_id, coupons.code, coupons.valid_until, coupons.source, coupons.source_key
    from unnest(${keyed.map(each => each.contact_id)}::bigint[], ${keyed.map(each => each.source_key)}::text[]) as asked (contact_id, source_key)
    join coupons on coupons.contact_id = asked.contact_id and coupons.source_key = asked.source_key
  `)
  return new Map(found.map(coupon => [`${coupon.contact_id}:${coupon.source_key}`, coupon]))
}

/** Coupons in, the same with their numbers out, in their order. The caller holds the contacts' rows and knows that they are new. */
export async function insertCoupons(tx: Db, coupons: Omit<GivenCoupon, 'id'>[], now: Date): Promise<GivenCoupon[]> {
  if (coupons.length === 0) return []
  const made = await rows<{ id: number }>(tx, sql`
    insert into coupons (contact_id, pool_id, code, valid_until, source, source_key, given_at)
    select contact_id, pool_id, code, valid_until, source, source_key, ${now}::timestamptz
    from unnest(
      ${coupons.map(one => one.contact_id)}::bigint[], ${coupons.map(one => one.pool_id)}::bigint[], ${coupons.map(one => one.code)}::text[], ${coupons.map(one => one.valid_until)}::timestamptz[],
      ${coupons.map(one => one.source)}::text[], ${coupons.map(one => one.source_key)}::text[]
    ) with ordinality as given (contact_id, pool_id, code, valid_until, source, source_key, place)
    order by place
    returning id
  `)
  return coupons.map((coupon, index) => ({ ...coupon, id: made[index]!.id }))
}
