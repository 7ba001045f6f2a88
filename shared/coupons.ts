import { z } from 'zod'
import { contactReference } from './events.ts'

const when = z.iso.datetime()
const id = z.number().int().positive()

/** In a pattern each of these becomes a random letter or digit; look-alikes (0 O, 1 I L) are not used. */
export const couponLetters = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
/** So that nobody guesses one: 31 to the power of 8 are 850 thousand million. */
export const leastRandom = 8
export const couponPattern = z.string().trim().max(60)
  .regex(/^[A-Za-z0-9_*-]+$/, 'Latin letters, digits, - and _; * stands for a random letter or digit')
  .refine(pattern => pattern.split('*').length - 1 >= leastRandom, `at least ${leastRandom} of * so that nobody guesses a code`)

const name = z.string().trim().min(1, 'give the pool a name').max(200)
const valid_days = z.number().int().min(1).max(3650).nullable().describe('days a coupon is valid after being given; null: without end')
const low_stock = z.number().int().min(0).max(1_000_000).describe('of a list: staff are told once when no more codes than this are left; 0: when none is')

export const couponPoolBody = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), name, valid_days: valid_days.default(null), low_stock: low_stock.default(0) }),
  z.object({ kind: z.literal('pattern'), name, pattern: couponPattern.describe('SPRING-********'), valid_days: valid_days.default(null) }),
])
export const changeCouponPoolBody = z.object({
  revision: z.number().int().describe('the revision you saw'),
  name: name.optional(), pattern: couponPattern.optional().describe('for codes given from now on'), valid_days: valid_days.optional().describe('of coupons given from now on'), low_stock: low_stock.optional(),
  archived: z.boolean().optional(),
})

export const couponPool = z.object({
  id: z.number().int(), revision: z.number().int(), name: z.string(), kind: z.enum(['list', 'pattern']), pattern: z.string().nullable(), valid_days: z.number().int().nullable(), low_stock: z.number().int(),
  left: z.number().int().nullable().describe('codes of a list nobody has been given yet; null: of a pattern there is no end'),
  is_low: z.boolean(),
  given: z.number().int(), redeemed: z.number().int(), open: z.number().int().describe('given, not redeemed, still valid'), run_out: z.number().int().describe('given and not redeemed in time'),
  created_at: when, archived_at: when.nullable(),
})
export type CouponPool = z.infer<typeof couponPool>
export const couponPoolList = z.object({ data: z.array(couponPool), next_cursor: z.null() })

export const couponCodesBody = z.object({ text: z.string().min(1).max(12_000_000).describe('one code a line; of a table (CSV) its first column; or one line of codes parted by commas or spaces') })
export const couponCodesResult = z.object({
  added: z.number().int(),
  duplicates: z.number().int().describe('there already, here or in another pool, given or not; or twice in the text'),
  refused: z.number().int(),
  duplicate_examples: z.array(z.string()).describe('at most 20'),
  refused_examples: z.array(z.object({ line: z.number().int(), code: z.string(), message: z.string() })).describe('at most 20'),
  pool: couponPool,
})
export type CouponCodesResult = z.infer<typeof couponCodesResult>

export const couponState = z.enum(['given', 'redeemed', 'open', 'run_out'])
export type CouponState = z.infer<typeof couponState>

export const coupon = z.object({
  id: z.number().int(), contact_id: z.number().int(), pool: z.object({ id: z.number().int(), name: z.string() }), code: z.string(),
  state: z.enum(['redeemed', 'open', 'run_out']), given_at: when, valid_until: when.nullable(), redeemed_at: when.nullable(), order_id: z.string().nullable(),
  source: z.string().describe('journey:4, staff, api'),
})
export type Coupon = z.infer<typeof coupon>
export const couponList = z.object({ data: z.array(coupon), next_cursor: z.string().nullable() })

/** POST /api/v1/coupons */
export const giveCouponBody = z.object({
  pool_id: id,
  contact: contactReference.describe('somebody who has a card already'),
  key: z.string().min(1).max(200).optional().describe('yours: the same key again for the same person gives the same coupon'),
})

export const poolPerson = z.object({ contact_id: z.number().int(), name: z.string(), email: z.string().nullable(), note: z.string().describe('the code'), at: when })
export const poolPeoplePage = z.object({ data: z.array(poolPerson), next_cursor: z.string().nullable() })
