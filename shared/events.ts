import { z } from 'zod'
import { isCurrency } from './money.ts'

/**
 * Event types the program knows. Others (`[a-z0-9_]+.[a-z0-9_]+`) are custom: kept and usable in conditions.
 * `person`: an act of the person, so it moves "last seen".
 */
export const knownEvents = {
  'email.sent': { person: false },
  'email.bounced': { person: false },
  'email.delayed': { person: false },           // the receiving server is still trying
  'email.failed': { person: false },
  'email.opened': { person: true },
  'email.clicked': { person: true },
  'email.replied': { person: true },
  'email.auto_replied': { person: false },      // out of office and the like
  'email.complained': { person: true },
  'email.unsubscribed': { person: true },       // asked by mail or through the provider to be left alone; subscription.withdrawn follows
  'subscription.requested': { person: true },   // signed up, not confirmed yet
  'subscription.confirmed': { person: true },   // consent granted (double opt-in confirmed, import, staff, API)
  'subscription.withdrawn': { person: true },   // unsubscribed from one topic or all
  'form.submitted': { person: true },
  'page.viewed': { person: true },
  'cart.updated': { person: true },
  'order.placed': { person: true },
  'order.cancelled': { person: false },
  'coupon.redeemed': { person: true },
  'contact.created': { person: false },
  'contact.updated': { person: false },         // properties.changes: {field: [old, new]}, properties.by
  'field.refused': { person: false },           // a rule of the data map could not take a value: properties {rule_id, event, property, field, value, message}
  'contact.merged': { person: false },          // properties: {merge_id, from_id, by}
  'contact.unmerged': { person: false },        // properties: {merge_id, from_id or into_id, by}
  'tag.added': { person: false },
  'tag.removed': { person: false },
  'segment.entered': { person: false },         // properties: {segment_id, because}
  'segment.left': { person: false },
  'journey.entered': { person: false },         // properties: {journey_id, because}
  'journey.ended': { person: false },
  'lead.created': { person: false },
  'lead.assigned': { person: false },           // properties: {lead_id, owner_id, from_owner_id, source_label, because, by}
  'lead.status_changed': { person: false },     // properties: {lead_id, from, to, source_label, by, reason}
  'deal.created': { person: false },            // properties: {deal_id, pipeline_id, stage_id, title, amount, by}
  'deal.stage_changed': { person: false },      // properties: {deal_id, pipeline_id, from_stage_id, stage_id, by}
  'deal.won': { person: false },
  'deal.stale': { person: false },              // stands at its stage too long: properties: {…, days}
  'deal.lost': { person: false },               // properties: {…, reason}
  'coupon.given': { person: false },            // properties: {coupon, pool_id}
  'webhook.answered': { person: false },        // properties: {call_id, status, outcome}
  'journey.goal_reached': { person: false },    // properties: {journey_id, enrolment_id, goal}
  'hygiene.done': { person: false },            // list hygiene: properties: {action_id, action, group}
  'hygiene.undone': { person: false },
  'call.logged': { person: false },             // properties: {note_id, direction, outcome, minutes, by, deal_id}
  'task.created': { person: false },
  'task.done': { person: false },
} as const
export type KnownEventType = keyof typeof knownEvents

export const eventType = z.string().max(80).regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/, 'a type looks like "order.placed": lower case words joined by dots')

/** Who an event is about: at least one of these. `email`, `phone`, `external_id` create the contact when nobody has them. */
export const contactReference = z.object({
  id: z.number().int().positive().optional(),
  email: z.string().max(320).optional(),
  phone: z.string().max(40).optional(),
  external_id: z.string().max(200).optional(),
}).refine(reference => Object.values(reference).some(value => value !== undefined && value !== ''), 'give one of id, email, phone, external_id')
export type ContactReference = z.infer<typeof contactReference>

export const orderItem = z.object({
  sku: z.string().max(200).optional(),
  name: z.string().max(500).optional(),
  category: z.string().max(200).optional(),
  price: z.number().finite().optional().describe('of one piece, major units'),
  quantity: z.number().positive().max(1e9).default(1),
})

/** Properties of `order.placed`. The same `order_id` again with another event id corrects the order. */
export const orderProperties = z.looseObject({
  order_id: z.string().min(1).max(200),
  amount: z.number().finite().min(-1e12).max(1e12).describe('the whole order, major units'),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').optional().describe("left out: the company's currency"),
  items: z.array(orderItem).max(1000).default([]),
  coupon: z.string().max(200).optional(),
})
export type OrderProperties = z.infer<typeof orderProperties>

export const incomingEvent = z.object({
  id: z.string().min(1).max(200).optional().describe('yours; the same id again changes nothing. Left out: every call is a new event'),
  type: eventType,
  contact: contactReference,
  occurred_at: z.iso.datetime({ offset: true }).optional().describe('left out: now'),
  properties: z.record(z.string().max(200), z.unknown()).default({}),
})
export type IncomingEvent = z.infer<typeof incomingEvent>

export const eventsBody = z.object({ events: z.array(incomingEvent).min(1).max(5000) })
