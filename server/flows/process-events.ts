import { isCurrency, toMinor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { counter, gauge } from '../base/metrics.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts, lockContacts } from '../contacts/find-contacts.sql.ts'
import { standingContacts } from '../contacts/merged-contacts.sql.ts'
import type { CompanySettings } from '../../shared/company.ts'
import { ownersOfCoupons, redeemCoupons } from '../coupons/redeem-coupons.sql.ts'
import type { Redemption } from '../coupons/redeem-coupons.sql.ts'
import { claimEvents, countFailure, findBusyLanes, lockLanes, peekTimes, readLag, rejectEvent } from '../events/claim-events.sql.ts'
import type { ClaimedEvent } from '../events/claim-events.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { EventRow } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { followOrders } from '../events/orders.sql.ts'
import type { OrdersChanged } from '../events/orders.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { rollupFieldsOf } from '../events/rollup-fields.ts'
import { countOrders, markMessages } from '../messages/mark-messages.sql.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'
import { fillFields } from './fill-fields.ts'
import { handleReturns } from './handle-returns.ts'
import { handleSubmissions } from './handle-submissions.ts'
import { saveCards } from './save-contacts.ts'

const mostAtOnce = 2000
const mostAttempts = 3
const processed = counter('events_processed_total', 'Events processed')
const rejected = counter('events_rejected_total', 'Events that could not be processed and were put aside')
const lagGauge = gauge('events_lag_seconds', 'How long the oldest unprocessed event has been waiting')

/**
 * The way of an event. One transaction takes a batch out of the queue and does everything that follows from it: crash
 * anywhere and nothing of it has happened, or all of it. Several workers share the lanes. True: more is waiting.
 */
export async function processEvents(app: App): Promise<boolean> {
  const { lanes, limit } = await findBusyLanes(app.db, mostAtOnce)
  if (lanes.length === 0) {
    lagGauge.set(0)
    return false
  }
  try {
    return await processBatch(app, lanes, limit) > 0
  } catch (error) {
    if (isTroubleOfTheDatabase(error)) throw error
    app.log.warn({ err: error, lanes }, 'a batch of events failed, its events are tried apart')
    for (const lane of lanes) await processApart(app, lane)
    return true
  }
}

async function processBatch(app: App, lanes: number[], limit: number): Promise<number> {
  const now = app.now()
  await ensureMonths(app, [now, ...await peekTimes(app.db, lanes, limit)])
  const claimed = await withTransaction(app.db, async tx => {
    const ours = await lockLanes(tx, lanes)
    const events = ours.length === 0 ? [] : await claimEvents(tx, ours, limit)
    await processClaimed(tx, app, events, now)
    return events
  })
  processed.inc(claimed.length)
  if (claimed[0]) lagGauge.set((app.now().getTime() - claimed[0].received_at.getTime()) / 1000)
  return claimed.length
}

/** Everything an event causes, in order. */
async function processClaimed(tx: Db, app: App, claimed: ClaimedEvent[], now: Date): Promise<void> {
  if (claimed.length === 0) return
  const company = await readCompany(tx)
  const { known, created } = await resolveContacts(tx, claimed, now)
  const events = await insertEvents(tx, known.map(event => toEventRow(event, company)), now)
  const orders = await keepOrders(tx, events, company)
  const attributed = events.map(event => withAttribution(event, orders))
  await markMessages(tx, attributed)
  await countOrders(tx, [...new Set(orders.messages.map(message => message.contact_id))])
  const redeemed = await redeemCoupons(tx, events.flatMap(redemptionOf))
  const submitted = await handleSubmissions(tx, app, attributed, now)
  const returned = await handleReturns(tx, attributed, now)
  const filled = await fillFields(tx, attributed, now)
  await applyChanges(tx, app, [...created, ...returned, ...filled, ...changesOf(attributed, orders), ...redeemed.map((contact_id): Change => ({ contact_id, keys: ['coupon'], events: [] })), ...submitted], now)
}

/** Finds whose events these are, makes contacts for people nobody has seen, and holds all their rows. */
async function resolveContacts(tx: Db, claimed: ClaimedEvent[], now: Date): Promise<{ known: (ClaimedEvent & { contact_id: number })[], created: Change[] }> {
  const unknown = claimed.filter(event => event.contact_id === null)
  const found = await findContacts(tx, unknown.map(event => event.identities ?? {}))
  const strangers = new Map<string, ClaimedEvent>()
  for (const [index, event] of unknown.entries()) {
    event.contact_id = found[index] ?? null
    if (event.contact_id === null) strangers.set(JSON.stringify(event.identities), strangers.get(JSON.stringify(event.identities)) ?? event)
  }
  // A person who is there already is held before anything is written, in the one order everybody keeps.
  const owners = await ownersOfCoupons(tx, claimed.flatMap(event => redemptionOf(event).map(redemption => redemption.code)))
  const locked = await lockContacts(tx, [...claimed.flatMap(event => event.contact_id ?? []), ...owners])
  let created: Change[] = []
  if (strangers.size > 0) {
    const inputs = [...strangers.values()].map(event => ({ ...event.identities, source: event.source }))
    created = (await saveCards(tx, inputs, { now, by: 'event', mode: 'only_empty' })).changes
    const nowFound = await findContacts(tx, unknown.map(event => event.identities ?? {}))
    for (const [index, event] of unknown.entries()) event.contact_id ??= nowFound[index] ?? null
    const added = await lockContacts(tx, unknown.flatMap(event => event.contact_id ?? []))
    for (const id of added) locked.add(id)
  }
  await followMerged(tx, claimed, locked)
  // An event of somebody who has been erased since is about nobody.
  return { known: claimed.filter((event): event is ClaimedEvent & { contact_id: number } => event.contact_id !== null && locked.has(event.contact_id)), created }
}

/** Cards merged since their events were accepted, perhaps while we waited for their rows: the events are of the card that is left. */
async function followMerged(tx: Db, claimed: ClaimedEvent[], locked: Set<number>): Promise<void> {
  for (;;) {
    const gone = claimed.filter(event => event.contact_id !== null && !locked.has(event.contact_id))
    const standing = await standingContacts(tx, gone.map(event => event.contact_id!))
    if (standing.size === 0) return
    for (const event of gone) event.contact_id = standing.get(event.contact_id!) ?? event.contact_id
    for (const id of await lockContacts(tx, [...standing.values()])) locked.add(id)
  }
}

/** The coupon an order or `coupon.redeemed` brings back, whoever it was given to. */
function redemptionOf({ type, occurred_at, properties }: { type: string, occurred_at: Date, properties: Record<string, unknown> }): Redemption[] {
  if (type !== 'order.placed' && type !== 'coupon.redeemed') return []
  const { coupon, code = coupon, order_id } = properties
  const given = type === 'coupon.redeemed' ? code : coupon
  if (typeof given !== 'string' || given.trim() === '') return []
  return [{ code: given.trim(), at: occurred_at, order_id: typeof order_id === 'string' ? order_id : null }]
}

function toEventRow(event: ClaimedEvent & { contact_id: number }, company: CompanySettings): EventRow {
  const { machine_reason, ...properties } = event.properties
  const order = event.type.startsWith('order.') ? amountOf(properties, company.currency) : { amount: null, currency: null }
  const importId = /^import:(\d+)$/.exec(event.source)?.[1]
  return {
    id: event.id, contact_id: event.contact_id, type: event.type, occurred_at: event.occurred_at, received_at: event.received_at,
    source: event.source, message_id: event.message_id, campaign_id: event.campaign_id, journey_id: event.journey_id,
    import_id: importId === undefined ? null : Number(importId),
    is_machine: typeof machine_reason === 'string', machine_reason: typeof machine_reason === 'string' ? machine_reason : null,
    ...order, properties,
  }
}

function amountOf(properties: Record<string, unknown>, companyCurrency: string): { amount: number | null, currency: string | null } {
  const { amount, currency } = properties
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return { amount: null, currency: null }
  const known = typeof currency === 'string' && isCurrency(currency) ? currency : companyCurrency
  return { amount: toMinor(amount, known), currency: known }
}

async function keepOrders(tx: Db, events: ProcessedEvent[], company: CompanySettings): Promise<OrdersChanged> {
  const orders = events.filter(event => event.type === 'order.placed' || event.type === 'order.cancelled')
  const clicks = events.filter(event => event.type === 'email.clicked' && !event.is_machine && event.message_id !== null)
  const importOf = (source: string): number | null => Number(/^import:(\d+)$/.exec(source)?.[1]) || null
  return followOrders(tx, orders.map(event => ({ ...event, import_id: importOf(event.source) })), clicks, { currency: company.currency, attributionDays: company.attribution_window_days })
}

/** What journeys and marks are told of an order: the mail it is credited to. */
function withAttribution(event: ProcessedEvent, orders: OrdersChanged): ProcessedEvent {
  if (event.type !== 'order.placed') return event
  const attribution = orders.attributions.get(`${event.contact_id}:${String(event.properties['order_id'])}`)
  return attribution === undefined ? event : { ...event, ...attribution }
}

function changesOf(events: ProcessedEvent[], orders: OrdersChanged): Change[] {
  const changes = new Map<number, { keys: Set<string>, events: ProcessedEvent[] }>()
  for (const event of events) {
    const change = changes.get(event.contact_id) ?? { keys: new Set<string>(), events: [] }
    changes.set(event.contact_id, change)
    change.keys.add(`event:${event.type}`)
    for (const field of rollupFieldsOf(event)) change.keys.add(`field:${field}`)
    change.events.push(event)
  }
  for (const [contactId, keys] of orders.changed) for (const key of keys) changes.get(contactId)?.keys.add(key)
  return [...changes].map(([contact_id, change]) => ({ contact_id, keys: [...change.keys], events: change.events }))
}

/** One lane, in ever smaller batches, until what fails is alone: that is put aside after a few tries, the others go on. */
async function processApart(app: App, lane: number): Promise<void> {
  let limit = mostAtOnce
  for (;;) {
    try {
      if (await processBatch(app, [lane], limit) < limit) return
    } catch (error) {
      if (isTroubleOfTheDatabase(error)) throw error
      if (limit > 1) {
        limit = Math.floor(limit / 4) || 1
        continue
      }
      const failed = await countFailure(app.db, lane)
      if (failed === undefined) return
      if (failed.attempts < mostAttempts) continue
      app.log.error({ err: error, event: failed.id }, 'an event could not be processed and was put aside')
      await withTransaction(app.db, tx => rejectEvent(tx, lane, failed.id, String((error as Error).message).slice(0, 2000), app.now()))
      rejected.inc()
      // What comes after it is most likely sound.
      limit = mostAtOnce
    }
  }
}

/** Lost connections, deadlocks, full disks, a server stopping: nothing to do with the events. */
function isTroubleOfTheDatabase(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && (/^(08|40|53|55|57|58|XX)/.test(code) || /^E[A-Z]+$/.test(code))
    || /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(String((error as Error).message))
}

/** Keeps the gauge true while nothing is being processed. */
export async function watchLag(app: App): Promise<boolean> {
  lagGauge.set((await readLag(app.db, app.now())).oldest_event_seconds)
  return false
}
