import { sql } from 'kysely'
import type { CouponLeaf } from '../../shared/conditions.ts'
import type { CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { ofContact } from './other-leaves.sql.ts'

/** A coupon is open until the moment it runs out; a redeemed one never runs out. */
export function compileCouponLeaf(leaf: CouponLeaf, options: CompileOptions): CompiledLeaf {
  const given = sql`from coupons k where ${ofContact('k.contact_id', options)} ${leaf.pool === null ? sql`` : sql`and k.pool_id = ${leaf.pool}::bigint`}`
  const states = {
    given: sql``,
    redeemed: sql`and k.redeemed_at is not null`,
    open: sql`and k.redeemed_at is null and (k.valid_until is null or k.valid_until > ${options.now}::timestamptz)`,
    run_out: sql`and k.redeemed_at is null and k.valid_until <= ${options.now}::timestamptz`,
  }
  const found = sql`exists (select ${given} ${states[leaf.coupon]})`
  return {
    predicate: leaf.happened ? sql`${found}` : sql`(not ${found})`,
    actual: sql`(
      select coalesce(jsonb_agg(jsonb_build_object('code', code, 'given_at', given_at, 'valid_until', valid_until, 'redeemed_at', redeemed_at) order by given_at desc, id desc), '[]')
      from (select k.code, k.given_at, k.valid_until, k.redeemed_at, k.id ${given} order by k.given_at desc, k.id desc limit 3) as latest
    )`,
    dependsOn: ['coupon'],
    clockEdges: leaf.coupon === 'open' || leaf.coupon === 'run_out' ? [{ kind: 'coupon', pool: leaf.pool }] : [],
  }
}
