import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Coupon, CouponPool, CouponState } from '../../shared/coupons.ts'
import type { Db } from '../base/db.ts'
import { changedRows, maybeOne, one, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

type FoundPool = Omit<CouponPool, 'created_at' | 'archived_at' | 'is_low'> & { created_at: Date, archived_at: Date | null }

const selectPools = (which: RawBuilder<unknown>, now: Date) => sql`
  select pools.id, pools.revision, pools.name, pools.kind, pools.pattern, pools.valid_days, pools.low_stock, pools.created_at, pools.archived_at,
    case when pools.kind = 'list' then (select count(*) from coupon_codes where coupon_codes.pool_id = pools.id) end as left,
    counted.given, counted.redeemed, counted.open, counted.run_out
  from coupon_pools pools
  cross join lateral (
    select count(*) as given,
      count(*) filter (where ${fits('redeemed', now)}) as redeemed,
      count(*) filter (where ${fits('open', now)}) as open,
      count(*) filter (where ${fits('run_out', now)}) as run_out
    from coupons
    where coupons.pool_id = pools.id
  ) as counted
  where ${which}
  order by pools.archived_at nulls first, pools.id desc`

function fits(state: CouponState, now: Date): RawBuilder<boolean> {
  switch (state) {
    case 'given': return sql`true`
    case 'redeemed': return sql`coupons.redeemed_at is not null`
    case 'open': return sql`coupons.redeemed_at is null and (coupons.valid_until is null or coupons.valid_until > ${now})`
    case 'run_out': return sql`coupons.redeemed_at is null and coupons.valid_until <= ${now}`
  }
}

/** Pools, the newest first, archived ones last, each with its numbers. */
export async function listPools(db: Db, now: Date): Promise<CouponPool[]> {
  return (await rows<FoundPool>(db, selectPools(sql`true`, now))).map(present)
}

export async function findPool(db: Db, id: number, now: Date): Promise<CouponPool | undefined> {
  const found = await maybeOne<FoundPool>(db, selectPools(sql`pools.id = ${id}`, now))
  return found && present(found)
}

const present = (found: FoundPool): CouponPool => ({
  ...found, is_low: found.left !== null && found.left <= found.low_stock, created_at: found.created_at.toISOString(), archived_at: found.archived_at?.toISOString() ?? null,
})

export type NewPool = { name: string, kind: 'list' | 'pattern', pattern: string | null, valid_days: number | null, low_stock: number, created_by: number | null }

export async function insertPool(db: Db, pool: NewPool, now: Date): Promise<number> {
  return (await one<{ id: number }>(db, sql`
    insert into coupon_pools (name, kind, pattern, valid_days, low_stock, created_by, created_at)
    values (${pool.name}, ${pool.kind}, ${pool.pattern}, ${pool.valid_days}, ${pool.low_stock}, ${pool.created_by}, ${now})
    returning id
  `)).id
}

export type PoolChange = { name?: string | undefined, pattern?: string | undefined, valid_days?: number | null | undefined, low_stock?: number | undefined, archived?: boolean | undefined }

/** What is left out stays; false: the pool is not at that revision any more. */
export async function changePool(db: Db, id: number, revision: number, change: PoolChange, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update coupon_pools
    set name = coalesce(${change.name ?? null}, name),
      pattern = coalesce(${change.pattern ?? null}, pattern),
      valid_days = ${change.valid_days === undefined ? sql`valid_days` : sql`${change.valid_days}::integer`},
      low_stock = coalesce(${change.low_stock ?? null}, low_stock),
      low_stock_told_at = ${change.low_stock === undefined ? sql`low_stock_told_at` : sql`null`},
      archived_at = ${change.archived === undefined ? sql`archived_at` : change.archived ? sql`coalesce(archived_at, ${now})` : sql`null`},
      revision = revision + 1
    where id = ${id}
      and revision = ${revision}
  `) > 0
}

export type PoolPerson = { contact_id: number, name: string, email: string | null, note: string, at: string }

/** Who was given coupons of the pool, the latest first, with the code of each. */
export async function poolPeople(db: Db, poolId: number, state: CouponState, now: Date, limit: number, before: number | undefined): Promise<{ people: PoolPerson[], next: number | null }> {
  const found = await rows<Omit<PoolPerson, 'at'> & { id: number, at: Date }>(db, sql`
    select coupons.id, coupons.contact_id, ${contactName('c')} as name, c.email, coupons.code as note, coalesce(coupons.redeemed_at, coupons.given_at) as at
    from coupons
    join contacts c on c.id = coupons.contact_id
    where coupons.pool_id = ${poolId}
      and ${fits(state, now)}
      and ${before === undefined ? sql`true` : sql`coupons.id < ${before}`}
    order by coupons.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  return { people: page.map(({ id: _, at, ...person }) => ({ ...person, at: at.toISOString() })), next: found.length > limit ? page.at(-1)!.id : null }
}

/** Coupons, the latest first: those of a contact, those with a code, or all. */
export async function listCoupons(db: Db, filter: { contact: number | undefined, code: string | undefined }, now: Date, limit: number, before: number | undefined): Promise<{ coupons: Coupon[], next: number | null }> {
  const found = await rows<Omit<Coupon, 'given_at' | 'valid_until' | 'redeemed_at'> & { given_at: Date, valid_until: Date | null, redeemed_at: Date | null }>(db, sql`
    select coupons.id, coupons.contact_id, jsonb_build_object('id', pools.id, 'name', pools.name) as pool, coupons.code,
      case when ${fits('redeemed', now)} then 'redeemed' when ${fits('run_out', now)} then 'run_out' else 'open' end as state,
      coupons.given_at, coupons.valid_until, coupons.redeemed_at, coupons.order_id, coupons.source
    from coupons
    join coupon_pools pools on pools.id = coupons.pool_id
    where ${filter.contact === undefined ? sql`true` : sql`coupons.contact_id = ${filter.contact}`}
      and ${filter.code === undefined ? sql`true` : sql`lower(coupons.code) = lower(${filter.code}::text)`}
      and ${before === undefined ? sql`true` : sql`coupons.id < ${before}`}
    order by coupons.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  return {
    coupons: page.map(({ given_at, valid_until, redeemed_at, ...coupon }) => ({ ...coupon, given_at: given_at.toISOString(), valid_until: valid_until?.toISOString() ?? null, redeemed_at: redeemed_at?.toISOString() ?? null })),
    next: found.length > limit ? page.at(-1)!.id : null,
  }
}
