import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rows, sql, withTransaction } from '../../server/base/db.ts'
import { writeCompany } from '../../server/company/company.sql.ts'
import { seedTopics } from '../../server/consent/seed-topics.ts'
import { appendEvents } from '../../server/events/append-events.sql.ts'
import type { NewEvent } from '../../server/events/append-events.sql.ts'
import { changeConsents } from '../../server/flows/change-consents.ts'
import { seedSegments } from '../../server/segments/seed-segments.ts'
import { runUntilIdle, testApp } from '../database.ts'
import type { TestApp } from '../database.ts'

/**
 * The ready-made segments on real purchases (a CD shop, 2,357 customers, 1997–98), counted here in another way.
 * Segments are there first and live through it all: purchases, subscriptions, clicks, and two months of the clock.
 */
const file = path.resolve(import.meta.dirname, '../../../shared/corpora/purchases-cdnow/transactions.csv')
const isThere = existsSync(file)
if (!isThere) console.log('skipped: corpora not present')

const day = 86_400_000
type Purchase = { customer: string, at: number, amount: number, order: string }
const purchases: Purchase[] = !isThere ? [] : readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line, index) => {
  const [customer = '', date = '', , amount = ''] = line.split(',')
  return { customer, at: Date.parse(`${date}T12:00:00Z`), amount: Number(amount), order: `${customer}-${index}` }
})
const customers = [...new Set(purchases.map(purchase => purchase.customer))]
const of = Map.groupBy(purchases, purchase => purchase.customer)
const last = (customer: string): number => Math.max(...(of.get(customer) ?? []).map(purchase => purchase.at))
const spent = (customer: string): number => (of.get(customer) ?? []).reduce((sum, purchase) => sum + Math.round(purchase.amount * 100), 0)

const now = Date.parse('1998-07-01T12:00:00Z')
// Every third customer subscribes some weeks before "now"; every fifth clicks a promo code, every tenth then uses it.
const subscribedAt = (index: number): number | null => index % 3 === 0 ? now - (index % 60) * day : null
const openedAt = (index: number): number | null => index % 4 === 0 ? now - (index % 200) * day : null
const clicks = (index: number): boolean => index % 5 === 0
const usesCoupon = (index: number): boolean => index % 10 === 0

let app: TestApp
beforeAll(async () => {
  if (!isThere) return
  app = await testApp()
  app.setNow(new Date(now))
  await writeCompany(app.db, { currency: 'USD', time_zone: 'UTC' })
  await withTransaction(app.db, async tx => {
    await seedTopics(tx, new Date(now))
    await seedSegments(tx, { language: 'en', currency: 'USD' }, new Date(now))
  })
  await runUntilIdle(app)
}, 300_000)
afterAll(() => app?.close())

async function counts(): Promise<Record<string, number>> {
  const found = await rows<{ example_key: string, members: number }>(app.db, sql`
    select example_key, (select count(*) from segment_memberships where segment_id = segments.id) as members
    from segments
  `)
  return Object.fromEntries(found.map(row => [row.example_key, row.members]))
}

function expected(at: number): Record<string, number> {
  const count = (holds: (customer: string, index: number) => boolean) => customers.filter(holds).length
  return {
    buyers: customers.length,
    subscribers: count((_, index) => subscribedAt(index) !== null),
    lost_buyers: count((customer, index) => (usesCoupon(index) ? now : last(customer)) <= at - 180 * day),
    new_without_purchase: count((customer, index) => {
      const subscribed = subscribedAt(index)
      if (subscribed === null || subscribed > at - 7 * day || subscribed <= at - 30 * day) return false
      const bought = [...(of.get(customer) ?? []).map(purchase => purchase.at), ...(usesCoupon(index) ? [now] : [])]
      return !bought.some(time => time >= subscribed && time < subscribed + 7 * day)
    }),
    small_buyers_asleep: count((customer, index) => {
      const opened = openedAt(index)
      return spent(customer) + (usesCoupon(index) ? 500 : 0) < 2000 && (opened === null || opened <= at - 90 * day)
    }),
    promo_clicked_not_used: count((_, index) => clicks(index) && !usesCoupon(index)),
  }
}

test.skipIf(!isThere)('the ready-made segments are right, event by event and day by day', async () => {
  const events: NewEvent[] = purchases.map(purchase => ({
    type: 'order.placed', contact: { external_id: purchase.customer }, occurred_at: new Date(purchase.at), source: 'api',
    properties: { order_id: purchase.order, amount: purchase.amount, currency: 'USD', items: [] },
  }))
  for (const [index, customer] of customers.entries()) {
    const contact = { external_id: customer }
    const opened = openedAt(index)
    if (opened !== null) events.push({ type: 'email.opened', contact, occurred_at: new Date(opened), source: 'api' })
    if (clicks(index)) events.push({ type: 'email.clicked', contact, occurred_at: new Date(now - day), source: 'api', properties: { url: 'https://shop.example/?coupon=BACK10', coupon: 'BACK10' } })
    if (usesCoupon(index)) events.push({ type: 'order.placed', contact, occurred_at: new Date(now), source: 'api', properties: { order_id: `coupon-${customer}`, amount: 5, currency: 'USD', items: [], coupon: 'back10' } })
  }
  await withTransaction(app.db, tx => appendEvents(tx, events, new Date(now)))
  await runUntilIdle(app, ['process-events'])
  const ids = new Map((await rows<{ value: string, contact_id: number }>(app.db, sql`select value, contact_id from contact_identities where kind = 'external_id'`)).map(row => [row.value, row.contact_id]))
  await changeConsents(app.app, app.db, customers.flatMap((customer, index) => {
    const at = subscribedAt(index)
    return at === null ? [] : [{ contact_id: ids.get(customer) ?? 0, topic_id: 1, action: 'granted' as const, wording: 'yes', source: 'api', occurred_at: new Date(at) }]
  }), new Date(now))
  expect(await counts()).toEqual(expected(now))
  for (const daysLater of [1, 2, 9, 30, 60]) {
    app.setNow(new Date(now + daysLater * day))
    await runUntilIdle(app, ['segments.clock'])
    expect({ daysLater, ...await counts() }).toEqual({ daysLater, ...expected(now + daysLater * day) })
  }
}, 300_000)
