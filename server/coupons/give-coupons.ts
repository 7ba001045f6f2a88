import { notifyUsers } from '../activities/notify-users.sql.ts'
import { touchAll } from '../base/live.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { administrators } from '../staff/administrators.sql.ts'
import { claimNewCodes, hasCodes, noteLowStock, takeCodes } from './codes.sql.ts'
import { givenBefore, insertCoupons, poolsInUse } from './give-coupons.sql.ts'
import type { GivenCoupon, PoolInUse } from './give-coupons.sql.ts'
import { makeCodes } from './make-codes.ts'

export type WantedCoupon = { contact_id: number, pool_id: number, source: string, /** a second run with the same key gives the same coupon */ source_key: string | null }
export type CouponOutcome =
  | { coupon: GivenCoupon, pool: PoolInUse, fresh: boolean }
  /** codes_held: the last codes are being given to others at this moment; worth asking again */
  | { fault: 'pool_gone' | 'pool_empty' | 'codes_held' }

/**
 * Wishes in, a coupon or why not for each out, in their order. Two who give at once never give one code twice.
 * The caller holds the contacts' rows, in whose transaction all of it happens. Staff are told once when a list runs low.
 */
export async function giveCoupons(tx: Db, wanted: WantedCoupon[], now: Date): Promise<CouponOutcome[]> {
  const pools = await poolsInUse(tx, wanted.map(each => each.pool_id))
  const before = await givenBefore(tx, wanted)
  const keyOf = (each: { contact_id: number, source_key: string | null }) => `${each.contact_id}:${each.source_key}`
  const codes = new Map<WantedCoupon, string>()
  const faults = new Map<WantedCoupon, 'pool_gone' | 'pool_empty' | 'codes_held'>()
  for (const [poolId, group] of Map.groupBy(wanted.filter(each => !before.has(keyOf(each))), each => each.pool_id)) {
    const pool = pools.get(poolId)
    const found = pool === undefined ? [] : pool.kind === 'list' ? await takeCodes(tx, poolId, group.length) : await newCodes(tx, pool, group.length)
    const fault = pool === undefined ? 'pool_gone' as const : found.length < group.length && pool.kind === 'list' && await hasCodes(tx, poolId) ? 'codes_held' as const : 'pool_empty' as const
    for (const [index, each] of group.entries()) {
      const code = found[index]
      if (code === undefined) faults.set(each, fault)
      else codes.set(each, code)
    }
    if (pool?.kind === 'list' && found.length > 0) await warnOfLowStock(tx, poolId, now)
  }
  const fresh = wanted.filter(each => codes.has(each))
  const made = await insertCoupons(tx, fresh.map(each => {
    const days = pools.get(each.pool_id)!.valid_days
    return { ...each, code: codes.get(each)!, valid_until: days === null ? null : new Date(now.getTime() + days * 86_400_000) }
  }), now)
  const couponOf = new Map(fresh.map((each, index) => [each, made[index]!]))
  if (made.length > 0) await touchAll(tx, ['coupon-pools'])
  return wanted.map((each): CouponOutcome => {
    const coupon = couponOf.get(each) ?? before.get(keyOf(each))
    if (coupon === undefined) return { fault: faults.get(each) ?? 'pool_gone' }
    return { coupon, pool: pools.get(coupon.pool_id) ?? { id: coupon.pool_id, name: '', kind: 'list', pattern: null, valid_days: null }, fresh: couponOf.has(each) }
  })
}

/** New codes of a pattern; fewer only when nearly all it can give are gone. */
async function newCodes(tx: Db, pool: PoolInUse, count: number): Promise<string[]> {
  const codes: string[] = []
  for (let attempt = 0; codes.length < count && attempt < 10; attempt++) codes.push(...await claimNewCodes(tx, pool.id, makeCodes(pool.pattern ?? '', count - codes.length)))
  return codes
}

async function warnOfLowStock(tx: Db, poolId: number, now: Date): Promise<void> {
  const low = await noteLowStock(tx, poolId, now)
  if (low === undefined) return
  const { language } = await readCompany(tx)
  const title = language === 'ru' ? `Промокоды заканчиваются: ${low.name}` : `Coupons are running out: ${low.name}`
  const body = language === 'ru' ? `Осталось: ${low.left}` : `Left: ${low.left}`
  await notifyUsers(tx, [...new Set([...await administrators(tx), ...low.created_by === null ? [] : [low.created_by]])].map(user_id => ({ user_id, title, body, link: `/coupons/${poolId}` })), now)
}

/** What a coupon tells the timeline: `coupon.given`. */
export const couponEvent = ({ coupon, pool }: { coupon: GivenCoupon, pool: PoolInUse }, by: string) => ({
  type: 'coupon.given', contact_id: coupon.contact_id,
  properties: { coupon: coupon.code, pool_id: coupon.pool_id, pool: pool.name, valid_until: coupon.valid_until?.toISOString() ?? null, by },
})
