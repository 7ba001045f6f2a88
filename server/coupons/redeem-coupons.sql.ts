import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type Redemption = { code: string, at: Date, order_id: string | null }

/** Codes in, the contacts who were given them out: they are held before the coupons are marked. */
export async function ownersOfCoupons(db: Db, codes: string[]): Promise<number[]> {
  if (codes.length === 0) return []
  const found = await rows<{ contact_id: number }>(db, sql`
    select distinct contact_id
    from coupons
    where lower(code) = any(array(select lower(code) from unnest(${codes}::text[]) as used (code)))
  `)
  return found.map(row => row.contact_id)
}

/**
 * Redemptions in, contacts whose coupon is redeemed by them out. Whoever brings the code back, the coupon is marked:
 * a code given away is used up all the same. The earliest redemption counts, in whatever order they come; an order that is
 * cancelled later does not give the coupon back. A second run changes nothing. The caller holds the coupons' contacts.
 */
export async function redeemCoupons(tx: Db, redemptions: Redemption[]): Promise<number[]> {
  if (redemptions.length === 0) return []
  const marked = await rows<{ contact_id: number }>(tx, sql`
    with used as (
      select distinct on (lower(code)) lower(code) as code_key, at, order_id
      from unnest(${redemptions.map(each => each.code)}::text[], ${redemptions.map(each => each.at)}::timestamptz[], ${redemptions.map(each => each.order_id)}::text[]) as used (code, at, order_id)
      order by lower(code), at, order_id nulls last
    )
    update coupons
    set redeemed_at = least(coupons.redeemed_at, used.at),
      order_id = case when used.order_id is not null and (coupons.order_id is null or used.at < coupons.redeemed_at) then used.order_id else coupons.order_id end
    from used
    where lower(coupons.code) = used.code_key
      and (coupons.redeemed_at is null or coupons.redeemed_at > used.at or (coupons.order_id is null and used.order_id is not null))
    returning coupons.contact_id
  `)
  return [...new Set(marked.map(row => row.contact_id))]
}
