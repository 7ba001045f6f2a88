import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'

const manyAtOnce = 10_000

/**
 * Codes in; which were new to the whole installation out: those are in the pool now. Codes are compared without regard to
 * capitals. A second run adds none. The same codes added by two at once end up with one of them.
 */
export async function addCodes(tx: Db, poolId: number, codes: string[]): Promise<{ added: number, duplicates: string[] }> {
  const distinct = new Map<string, string>()
  const duplicates: string[] = []
  for (const code of codes) {
    const key = code.toLowerCase()
    if (distinct.has(key)) duplicates.push(code)
    else distinct.set(key, code)
  }
  // In one order, so that two who add the same codes wait for one another and never in a circle.
  const ordered = [...distinct].toSorted(([one], [other]) => one < other ? -1 : 1)
  let added = 0
  for (let from = 0; from < ordered.length; from += manyAtOnce) {
    const some = ordered.slice(from, from + manyAtOnce)
    const fresh = new Set((await rows<{ code_key: string }>(tx, sql`
      with given as (
        select *
        from unnest(${some.map(([key]) => key)}::text[], ${some.map(([, code]) => code)}::text[]) as given (code_key, code)
      ),
      fresh as (
        insert into coupon_keys (code_key, pool_id)
        select code_key, ${poolId}::bigint
        from given
        order by code_key
        on conflict do nothing
        returning code_key
      ),
      added as (
        insert into coupon_codes (pool_id, code)
        select ${poolId}::bigint, given.code
        from fresh
        join given using (code_key)
      )
      select code_key
      from fresh
    `)).map(row => row.code_key))
    added += fresh.size
    for (const [key, code] of some) if (!fresh.has(key)) duplicates.push(code)
  }
  if (added > 0) await sql`update coupon_pools set low_stock_told_at = null where id = ${poolId}`.execute(tx)
  return { added, duplicates }
}

/** Takes codes out of a list, which are nobody else's from then on. What others hold at this moment is passed over, so nobody waits. */
export async function takeCodes(tx: Db, poolId: number, count: number): Promise<string[]> {
  const taken = await rows<{ code: string }>(tx, sql`
    with free as (
      select code
      from coupon_codes
      where pool_id = ${poolId}
      order by code
      limit ${count}
      for update skip locked
    )
    delete from coupon_codes
    using free
    where coupon_codes.pool_id = ${poolId}
      and coupon_codes.code = free.code
    returning coupon_codes.code
  `)
  return taken.map(row => row.code).toSorted()
}

/** Whether somebody else is taking codes at this moment, which come back if they fail. */
export async function hasCodes(db: Db, poolId: number): Promise<boolean> {
  return await maybeOne(db, sql`select from coupon_codes where pool_id = ${poolId} limit 1`) !== undefined
}

/** Made-up codes in, those nobody has ever had out: they are taken from then on. */
export async function claimNewCodes(tx: Db, poolId: number, codes: string[]): Promise<string[]> {
  const byKey = new Map(codes.map(code => [code.toLowerCase(), code]))
  const fresh = await rows<{ code_key: string }>(tx, sql`
    insert into coupon_keys (code_key, pool_id)
    select code_key, ${poolId}::bigint
    from unnest(${[...byKey.keys()].toSorted()}::text[]) as given (code_key)
    on conflict do nothing
    returning code_key
  `)
  return fresh.map(row => byKey.get(row.code_key)!)
}

/** A pool of which no more codes are left than its warning says and of which nobody was told yet; from then on somebody was. */
export async function noteLowStock(tx: Db, poolId: number, now: Date): Promise<{ name: string, created_by: number | null, left: number } | undefined> {
  return maybeOne(tx, sql`
    with counted as (
      select pools.id, (select count(*) from (select from coupon_codes where pool_id = pools.id limit pools.low_stock + 1) as codes) as left
      from coupon_pools pools
      where pools.id = ${poolId}
        and pools.low_stock_told_at is null
    )
    update coupon_pools
    set low_stock_told_at = ${now}
    from counted
    where coupon_pools.id = counted.id
      and coupon_pools.low_stock_told_at is null
      and counted.left <= coupon_pools.low_stock
    returning coupon_pools.name, coupon_pools.created_by, counted.left
  `)
}
