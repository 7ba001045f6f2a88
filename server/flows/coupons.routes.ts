import { z } from 'zod'
import { changeCouponPoolBody, coupon as couponShape, couponCodesBody, couponCodesResult, couponList, couponPool, couponPoolBody, couponPoolList, couponState, giveCouponBody, poolPeoplePage } from '../../shared/coupons.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { findContacts, lockContacts } from '../contacts/find-contacts.sql.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import { readCompany } from '../company/company.sql.ts'
import { addCodes } from '../coupons/codes.sql.ts'
import { couponEvent, giveCoupons } from '../coupons/give-coupons.ts'
import { changePool, findPool, insertPool, listCoupons, listPools, poolPeople } from '../coupons/pools.sql.ts'
import { readCodes } from '../coupons/read-codes.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const page = { limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() }

export const pools = route({
  summary: 'Pools of coupon codes with their numbers, the newest first, archived ones last',
  response: couponPoolList,
  handler: async ({ app }) => ({ data: await listPools(app.db, app.now()), next_cursor: null }),
})

export const readPool = route({
  summary: 'One pool of coupon codes',
  params, response: couponPool,
  handler: ({ app, params: { id } }) => present(app, id),
})

export const addPool = route({
  summary: 'Make a pool: a list of codes, which are added to it, or a pattern that makes them',
  body: couponPoolBody, response: couponPool, status: 201,
  async handler({ app, body, actor }) {
    const id = await insertPool(app.db, {
      name: body.name, kind: body.kind, valid_days: body.valid_days, created_by: actor.kind === 'user' ? actor.id : null,
      pattern: body.kind === 'pattern' ? body.pattern : null, low_stock: body.kind === 'list' ? body.low_stock : 0,
    }, app.now())
    return present(app, id)
  },
})

export const editPool = route({
  summary: 'Change a pool, or archive it; coupons given already stay as they are',
  description: '409 `changed_meanwhile` for another revision, `in_use` for archiving a pool that a segment or journey names: they are named in `errors` as `kind:number`.',
  params, body: changeCouponPoolBody, response: couponPool,
  async handler({ app, params: { id }, body: { revision, ...change } }) {
    const pool = await present(app, id)
    if (change.pattern !== undefined && pool.kind !== 'pattern') throw invalid([{ field: 'pattern', message: 'this pool is a list of codes' }])
    if (change.archived === true) assertUnused('pool', (await findUses(app.db, 'coupon_pool', [id])).get(id) ?? [])
    if (!await changePool(app.db, id, revision, change, app.now())) throw changedMeanwhile()
    await touchAll(app.db, ['coupon-pools'])
    return present(app, id)
  },
})

export const addPoolCodes = route({
  summary: 'Add codes to a list',
  description: 'One code a line, or the first column of a CSV. A code means one coupon in the whole installation, capitals or not: what is there already is counted as a duplicate and left out.',
  params, body: couponCodesBody, response: couponCodesResult, bodyLimit: 16 * 1024 * 1024,
  async handler({ app, params: { id }, body }) {
    const pool = await present(app, id)
    if (pool.kind !== 'list') throw invalid([{ field: 'text', message: 'this pool makes its codes itself' }])
    if (pool.archived_at !== null) throw conflict('archived', 'The pool is archived. Restore it first.')
    const { codes, refused } = readCodes(body.text)
    if (codes.length === 0) throw invalid(refused.length > 0 ? refused.slice(0, 5).map(each => ({ field: 'text', message: `line ${each.line} ${each.message}` })) : [{ field: 'text', message: 'there is no code in it' }])
    const { added, duplicates } = await withTransaction(app.db, async tx => {
      const outcome = await addCodes(tx, id, codes)
      await touchAll(tx, ['coupon-pools'])
      return outcome
    })
    return { added, duplicates: duplicates.length, refused: refused.length, duplicate_examples: duplicates.slice(0, 20), refused_examples: refused.slice(0, 20), pool: await present(app, id) }
  },
})

export const people = route({
  summary: 'Who was given coupons of a pool, or has redeemed them, has one open, or let it run out; the code of each is in `note`',
  params, query: z.object({ state: couponState.default('given'), ...page }), response: poolPeoplePage,
  async handler({ app, params: { id }, query }) {
    const { people: found, next } = await poolPeople(app.db, id, query.state, app.now(), query.limit, readIdCursor(query.cursor))
    return { data: found, next_cursor: next === null ? null : writeCursor([next]) }
  },
})

export const list = route({
  summary: 'Coupons given, the latest first: of a contact, or the one with a code',
  query: z.object({ contact: z.coerce.number().int().positive().optional(), code: z.string().max(100).optional(), ...page }), response: couponList,
  async handler({ app, query: { limit, cursor, ...filter } }) {
    const { coupons, next } = await listCoupons(app.db, { contact: filter.contact, code: filter.code }, app.now(), limit, readIdCursor(cursor))
    return { data: coupons, next_cursor: next === null ? null : writeCursor([next]) }
  },
})

export const give = route({
  summary: 'Give somebody a coupon',
  description: 'With `key` a repeat gives the same coupon. 409 `pool_empty` when the list has no code left.',
  body: giveCouponBody, response: couponShape, status: 201,
  async handler({ app, body, actor }) {
    const now = app.now()
    await ensureMonths(app, [now])
    const contactId = await contactOf(app, body.contact)
    const by = actor.kind === 'user' ? `user:${actor.id}` : 'api'
    return withTransaction(app.db, async tx => {
      if (!(await lockContacts(tx, [contactId])).has(contactId)) throw invalid([{ field: 'contact', message: 'there is no such contact' }])
      const [outcome] = await giveCoupons(tx, [{ contact_id: contactId, pool_id: body.pool_id, source: actor.kind === 'user' ? 'staff' : 'api', source_key: body.key === undefined ? null : `api:${body.pool_id}:${body.key}` }], now)
      if (outcome === undefined || 'fault' in outcome) {
        if (outcome?.fault === 'pool_gone') throw invalid([{ field: 'pool_id', message: 'there is no such pool of coupons' }])
        throw conflict(outcome?.fault === 'codes_held' ? 'codes_held' : 'pool_empty', outcome?.fault === 'codes_held' ? 'The last codes are being given to others at this moment. Try again.' : 'No code is left in this pool. Add codes to it.')
      }
      if (outcome.fresh) {
        const events = await insertEvents(tx, [{ ...couponEvent(outcome, by), occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null }], now)
        await applyChanges(tx, app, [{ contact_id: contactId, keys: ['coupon', 'event:coupon.given'], events }], now)
      }
      const { coupons } = await listCoupons(tx, { contact: contactId, code: outcome.coupon.code }, now, 1, undefined)
      return coupons[0]
    })
  },
})

async function contactOf(app: App, reference: z.output<typeof giveCouponBody>['contact']): Promise<number> {
  const { phone_country } = await readCompany(app.db)
  const [found] = await findContacts(app.db, [{
    id: reference.id ?? null, email: normalised(reference.email, normaliseEmail), phone: normalised(reference.phone, text => normalisePhone(text, phone_country)), external_id: normalised(reference.external_id, normaliseExternalId),
  }])
  if (found === null || found === undefined) throw invalid([{ field: 'contact', message: 'there is no such contact' }])
  return found
}

const normalised = (text: string | undefined, normalise: (text: string) => string | null): string | null => text === undefined || text.trim() === '' ? null : normalise(text)

async function present(app: App, id: number) {
  const found = await findPool(app.db, id, app.now())
  if (found === undefined) throw notFound('pool of coupons')
  return found
}
