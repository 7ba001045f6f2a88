import type { IncomingEvent } from '../../shared/events.ts'
import { orderProperties } from '../../shared/events.ts'
import type { FieldError } from '../base/errors.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import { allowedSkewMilliseconds } from './append-events.sql.ts'
import type { NewEvent } from './append-events.sql.ts'

const largestProperties = 262_144
const deepestProperties = 32
const earliest = Date.UTC(1970, 0, 1)

/** Events as somebody outside sent them in; the same ready to be appended out, or everything that is wrong, by index. Pure. */
export function checkEvents(events: IncomingEvent[], { source, phoneCountry, now }: { source: string, phoneCountry: string, now: Date }): { events: NewEvent[] } | { errors: FieldError[] } {
  const errors: FieldError[] = []
  const checked = events.map((event, index) => {
    const fault = (field: string, message: string): void => {
      errors.push({ field: `events.${index}.${field}`, message })
    }
    return checkEvent(event, fault, { source, phoneCountry, now })
  })
  return errors.length > 0 ? { errors: errors.slice(0, 100) } : { events: checked }
}

function checkEvent(event: IncomingEvent, fault: (field: string, message: string) => void, { source, phoneCountry, now }: { source: string, phoneCountry: string, now: Date }): NewEvent {
  const contact: NewEvent['contact'] = {}
  const { id, email, phone, external_id } = event.contact
  if (id !== undefined) contact.id = id
  if (email !== undefined && email.trim() !== '') {
    const normalised = normaliseEmail(email)
    if (normalised === null) fault('contact.email', 'is not an email address')
    else contact.email = normalised
  }
  if (phone !== undefined && phone.trim() !== '') {
    const normalised = normalisePhone(phone, phoneCountry)
    if (normalised === null) fault('contact.phone', 'is not a phone number')
    else contact.phone = normalised
  }
  if (external_id !== undefined && normaliseExternalId(external_id) !== '') contact.external_id = normaliseExternalId(external_id)
  if (Object.keys(contact).length === 0 && !email?.trim() && !phone?.trim()) fault('contact', 'give one of id, email, phone, external_id')

  let occurredAt: Date | undefined
  if (event.occurred_at !== undefined) {
    occurredAt = new Date(event.occurred_at)
    if (Number.isNaN(occurredAt.getTime())) fault('occurred_at', 'is no moment such as 2026-11-24T10:00:00Z')
    else if (occurredAt.getTime() < earliest) fault('occurred_at', 'is before 1970')
    else if (occurredAt.getTime() > now.getTime() + allowedSkewMilliseconds) fault('occurred_at', 'is more than a day ahead')
  }

  let properties: Record<string, unknown> = event.properties
  if (isDeeper(properties, deepestProperties)) fault('properties', `are nested deeper than ${deepestProperties} levels`)
  else if (JSON.stringify(properties).length > largestProperties) fault('properties', 'are larger than 256 KB')
  else if (event.type === 'order.placed') {
    const order = orderProperties.safeParse(properties)
    if (order.success) properties = order.data
    else for (const issue of order.error.issues) fault(['properties', ...issue.path].join('.'), issue.message)
  } else if (event.type === 'order.cancelled' && (typeof properties['order_id'] !== 'string' || properties['order_id'] === '')) {
    fault('properties.order_id', 'say which order was cancelled')
  }
  return { key: event.id === undefined ? undefined : `${source}:${event.id}`, type: event.type, contact, occurred_at: occurredAt, properties, source }
}

/** Without recursion, so that what is far too deep cannot exhaust the stack. */
function isDeeper(value: unknown, deepest: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true
    level = level.flatMap(one => one !== null && typeof one === 'object' ? Object.values(one) : []).filter(one => one !== null && typeof one === 'object')
  }
  return false
}
