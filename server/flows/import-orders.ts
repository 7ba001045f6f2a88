import type { ContactInput } from '../../shared/contacts.ts'
import { toMinor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import type { AssembledOrder } from '../imports/assemble-orders.ts'
import { insertChanges, insertRejections, knownOrders, type Rejection } from '../imports/imports.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { cardChange, type Done, type Importing } from './import-contacts.ts'
import { putIntoSegment } from './import-into-segment.ts'
import { saveCards } from './save-contacts.ts'

/**
 * Orders in; their customers are found or made, and the orders enter as `order.placed` events, as those of the shop
 * do. Orders that are there just like this already are left alone.
 */
export async function importOrders(tx: Db, app: App, importing: Importing, orders: AssembledOrder[], now: Date): Promise<Done> {
  const source = `import:${importing.id}`
  const rejections: Rejection[] = []
  const sound = orders.filter(order => {
    const bad = order.lines.find(line => line.errors.length > 0)
    if (bad === undefined) return true
    for (const line of order.lines) {
      const error = line.errors[0] ?? { field: 'order_id', message: `another line of this order (line ${bad.row.line}) could not be read` }
      rejections.push({ line: line.row.line, field: error.field, reason: error.message, kept: false, row: line.row.cells })
    }
    return false
  })

  const customers = new Map<string, ContactInput>()
  for (const order of sound) customers.set(keyOf(order), { ...order.line.customer, tags: importing.options.tags, source: importing.options.source || source, import_id: importing.id })
  const { outcomes, changes } = await saveCards(tx, [...customers.values()], { now, by: source, mode: 'only_empty' })
  const outcomeOf = new Map([...customers.keys()].map((key, index) => [key, outcomes[index]!]))
  const recognised = sound.flatMap(order => {
    const outcome = outcomeOf.get(keyOf(order))!
    if (!('error' in outcome)) return [{ order, contact_id: outcome.contact_id }]
    for (const line of order.lines) rejections.push({ line: line.row.line, field: outcome.error.field, reason: outcome.error.message, kept: false, row: line.row.cells })
    return []
  })
  const there = new Map((await knownOrders(tx, recognised.map(({ order, contact_id }) => ({ contact_id, order_id: order.order_id })))).map(order => [`${order.contact_id}:${order.order_id}`, order]))
  const isThere = ({ order, contact_id }: typeof recognised[number]): boolean => {
    const known = there.get(`${contact_id}:${order.order_id}`)
    return known !== undefined && known.currency === order.line.currency && known.amount === toMinor(order.amount, order.line.currency) && known.placed_at.getTime() === order.line.occurred_at!.getTime()
  }
  const fresh = recognised.filter(each => !isThere(each))
  await appendEvents(tx, fresh.map(({ order, contact_id }): NewEvent => ({
    key: `${source}:${contact_id}:${order.order_id}`,
    type: 'order.placed', contact: { id: contact_id }, occurred_at: order.line.occurred_at!, source,
    properties: {
      order_id: order.order_id, amount: order.amount, currency: order.line.currency, items: order.items.map(item => ({ quantity: 1, ...item })),
      ...(order.line.coupon === null ? {} : { coupon: order.line.coupon }),
    },
  })), now)

  const saved = outcomes.flatMap(outcome => 'error' in outcome ? [] : [outcome])
  const segment = await putIntoSegment(tx, importing, saved.map(outcome => outcome.contact_id), now)
  await insertChanges(tx, importing.id, saved.map(outcome => cardChange(outcome, segment.put.get(outcome.contact_id))))
  await insertRejections(tx, importing.id, rejections)
  if (importing.dry !== true) await applyChanges(tx, app, [...changes, ...segment.changes], now)
  return {
    contacts_created: saved.filter(outcome => outcome.created).length,
    contacts_updated: 0,
    events_created: fresh.length,
    records_updated: 0, rows_rejected: rejections.length,
    records_known: recognised.filter(isThere).length,
    rows_unchanged: recognised.filter(isThere).reduce((count, { order }) => count + order.lines.length, 0),
  }
}

const keyOf = ({ line: { customer } }: AssembledOrder): string => JSON.stringify([customer.external_id, customer.email, customer.phone])
