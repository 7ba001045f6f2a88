import { conditionFields, fieldOperators, recordFields, rfmClasses } from '../../shared/conditions.ts'
import type { ConditionFieldKind, ConditionLeaf, EventLeaf, FieldLeaf, MeasureTest, PropertyFilter, RelatedLeaf } from '../../shared/conditions.ts'
import { eventType } from '../../shared/events.ts'
import { fieldKind } from './card-fields.sql.ts'
import type { ConditionContext } from './compile-condition.ts'
import type { FieldError } from './check-condition.ts'
import { isDayOrMoment } from './moments.ts'
import { recordFieldKind } from './related-leaf.sql.ts'

const badCharacters = 'holds characters that cannot be stored'

export type LeafReading = { context: Pick<ConditionContext, 'customFields'>, journey: boolean }

/** What the schema of a leaf cannot say: fields, operators and values that fit each other. Places are relative to the leaf. */
export function errorsOfLeaf(leaf: ConditionLeaf, reading: LeafReading): FieldError[] {
  if ('field' in leaf) return errorsOfField(leaf, reading)
  if ('event' in leaf) return errorsOfEvent(leaf, reading)
  if ('related' in leaf) return errorsOfRelated(leaf)
  if ('mail' in leaf) {
    return [
      ...(leaf.link !== undefined && leaf.mail !== 'clicked' ? [{ field: 'link', message: 'a link can be named with "clicked" only' }] : []),
      ...(leaf.link !== undefined && unstorable(leaf.link) ? [{ field: 'link', message: badCharacters }] : []),
    ]
  }
  if ('tag' in leaf) return leaf.since && !leaf.has ? [{ field: 'since', message: 'how long can be asked only of what is there' }] : []
  if ('segment' in leaf) return leaf.since && !leaf.in ? [{ field: 'since', message: 'how long can be asked only of what is there' }] : []
  if ('consent' in leaf) return leaf.since && leaf.consent === 'none' ? [{ field: 'since', message: 'how long can be asked only of what is there' }] : []
  if ('topic_reaction' in leaf && (leaf.value === undefined) !== (leaf.operator === 'known' || leaf.operator === 'unknown')) {
    return [{ field: 'value', message: leaf.value === undefined ? `"${leaf.operator}" takes a value` : `"${leaf.operator}" takes no value` }]
  }
  if ('journey' in leaf) return leaf.step !== undefined && leaf.state !== 'in' ? [{ field: 'step', message: 'a step can be named with "in" only' }] : []
  if ('mail_step' in leaf && !reading.journey) return [{ field: 'mail_step', message: 'mails of a journey can be asked about inside that journey only' }]
  return []
}

// ── fields of the card and of records ────────────────────────────────────────────────────────────────
const relative = new Set(['in_last', 'more_than_ago', 'not_in_last', 'in_next'])

function errorsOfField(leaf: FieldLeaf, reading: LeafReading): FieldError[] {
  const kind = fieldKind(leaf.field, reading.context)
  if (kind === undefined) {
    return [{ field: 'field', message: `there is no field "${leaf.field}"; known: ${Object.keys(conditionFields).join(', ')}, and custom ones as fields.<key>` }]
  }
  if (isArchived(leaf.field, reading)) return [{ field: 'field', message: `the field "${leaf.field}" has been put away` }]
  const errors = errorsOfValue(leaf, kind)
  const message = errors.length > 0 ? undefined : wrongClass(leaf)
  return message === undefined ? errors : [{ field: 'value', message }]
}

function wrongClass({ field, value }: FieldLeaf): string | undefined {
  const chosen = field !== 'rfm_class' || value === undefined ? [] : Array.isArray(value) ? value : [value]
  const unknown = chosen.find(one => !rfmClasses.some(name => name === one))
  return unknown === undefined ? undefined : `"${String(unknown)}" is no class; known: ${rfmClasses.join(', ')}`
}

/** A stored condition goes on with the values a field had; a new one cannot be built on it. */
const isArchived = (field: string, { context }: LeafReading): boolean => context.customFields.some(custom => custom.archived === true && `fields.${custom.key}` === field)

function errorsOfValue(leaf: FieldLeaf, kind: ConditionFieldKind): FieldError[] {
  const operators: readonly string[] = fieldOperators[kind]
  if (!operators.includes(leaf.operator)) return [{ field: 'operator', message: `"${leaf.operator}" does not fit ${leaf.field}, which takes ${operators.join(', ')}` }]
  const message = wrongValue(kind, leaf.operator, leaf.value)
  return message === undefined ? [] : [{ field: 'value', message }]
}

function errorsOfRelated(leaf: RelatedLeaf): FieldError[] {
  const fields = Object.keys(recordFields[leaf.related])
  const numbers = fields.filter(field => ['amount', 'items.price', 'items.quantity'].includes(field))
  const errors = errorsOfCount(leaf)
  if (leaf.measure) {
    if (!numbers.includes(leaf.measure.property)) errors.push({ field: 'measure.property', message: numbers.length === 0 ? 'a lead has no numbers to measure' : `must be one of ${numbers.join(', ')}` })
    errors.push(...errorsOfMeasure(leaf.measure))
  }
  leaf.where?.forEach((filter, index) => {
    const kind = recordFieldKind(leaf.related, filter.field)
    const found = kind === undefined ? [{ field: 'field', message: `there is no field "${filter.field}" of this record; known: ${fields.join(', ')}` }] : errorsOfValue(filter, kind)
    errors.push(...found.map(error => ({ ...error, field: `where[${index}].${error.field}` })))
  })
  return errors
}

function wrongValue(kind: string, operator: string, value: unknown): string | undefined {
  if (operator === 'known' || operator === 'unknown') return value === undefined ? undefined : `"${operator}" takes no value`
  if (operator === 'anniversary_today') return value === undefined ? undefined : `"${operator}" takes no value`
  if (operator === 'anniversary_in_next' || operator === 'anniversary_in_last') {
    return typeof value === 'object' && value !== null && 'unit' in value && (value.unit === 'days' || value.unit === 'weeks') ? undefined : `"${operator}" takes a number of days or weeks: {amount, unit}`
  }
  if (relative.has(operator)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `"${operator}" takes a length of time: {amount, unit}`
    return undefined
  }
  if (operator === 'one_of') {
    if (!Array.isArray(value) || value.length === 0) return '"one_of" takes a list with at least one value'
    return value.map(wrongText).find(message => message !== undefined)
  }
  if (operator === 'between') {
    if (!Array.isArray(value) || value.length !== 2) return '"between" takes a list of two values: from and to'
    const message = value.map(one => wrongScalar(kind, one)).find(wrong => wrong !== undefined)
    if (message !== undefined) return message
    const [from, to] = value
    const backwards = kind === 'date' ? Date.parse(String(from)) > Date.parse(String(to)) : Number(from) > Number(to)
    return backwards ? '"between" takes the smaller value first' : undefined
  }
  return wrongScalar(kind, value)
}

function wrongScalar(kind: string, value: unknown): string | undefined {
  switch (kind) {
    case 'number': case 'money': return typeof value === 'number' && Math.abs(value) <= 1e12 ? undefined : 'must be a number between -1e12 and 1e12'
    case 'user': return typeof value === 'number' && Number.isSafeInteger(value) ? undefined : 'must be the number of a user'
    case 'boolean': return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'date': return typeof value === 'string' && isDayOrMoment(value) ? undefined : 'must be a date such as "2026-11-24", or a moment with its offset such as "2026-11-24T10:00:00+03:00"'
    default: return wrongText(value)
  }
}

function wrongText(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a text'
  if (value === '') return 'must not be empty; use "unknown" to ask for no value'
  return unstorable(value) ? badCharacters : undefined
}

/** PostgreSQL keeps neither the NUL character nor halves of surrogate pairs. */
const unstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed()

// ── events ───────────────────────────────────────────────────────────────────────────────────────────
const badType = 'a type looks like "order.placed": lower case words joined by dots'
const isType = (type: string): boolean => eventType.safeParse(type).success

function errorsOfEvent(leaf: EventLeaf, reading: LeafReading): FieldError[] {
  const { window, not_followed_by: followed } = leaf
  const errors = [...errorsOfCount(leaf), ...errorsOfWindow(window, reading)]
  const refuse = (field: string, message: string) => errors.push({ field, message })
  if (!isType(leaf.event)) refuse('event', badType)
  if (followed && !isType(followed.event)) refuse('not_followed_by.event', badType)
  if (followed?.same_property !== undefined && unstorable(followed.same_property)) refuse('not_followed_by.same_property', badCharacters)
  if (leaf.by_day && leaf.measure) refuse('by_day', 'days are counted, not measured')
  if (leaf.measure) {
    if (unstorable(leaf.measure.property)) refuse('measure.property', badCharacters)
    errors.push(...errorsOfMeasure(leaf.measure))
  }
  leaf.where?.forEach((filter, index) => errors.push(...errorsOfFilter(filter, `where[${index}]`)))
  leaf.where_item?.forEach((filter, index) => {
    if (filter.property.startsWith('items.')) refuse(`where_item[${index}].property`, 'properties of a line are named without "items."')
    errors.push(...errorsOfFilter(filter, `where_item[${index}]`))
  })
  return errors
}

function errorsOfWindow(window: EventLeaf['window'], reading: LeafReading): FieldError[] {
  if (!window) return []
  if ('after_field' in window && (fieldKind(window.after_field, reading.context) !== 'date' || isArchived(window.after_field, reading))) {
    return [{ field: 'window.after_field', message: `"${window.after_field}" is not a date of the card` }]
  }
  if ('after_event' in window && !isType(window.after_event)) return [{ field: 'window.after_event', message: badType }]
  if ('since_entry' in window && !reading.journey) return [{ field: 'window', message: 'since the entry can be asked inside a journey only' }]
  if ('from' in window && window.from !== undefined && window.to !== undefined && Date.parse(window.from) > Date.parse(window.to)) {
    return [{ field: 'window', message: '"from" is later than "to"' }]
  }
  return []
}

function errorsOfCount({ count, measure }: { count?: unknown, measure?: unknown }): FieldError[] {
  return count !== undefined && measure !== undefined ? [{ field: 'measure', message: 'either a count or a measure, not both' }] : []
}

function errorsOfMeasure({ operator, value }: MeasureTest): FieldError[] {
  if (operator === 'between' ? !Array.isArray(value) : Array.isArray(value)) return [{ field: 'measure.value', message: operator === 'between' ? '"between" takes a list of two values: from and to' : `"${operator}" takes one value` }]
  const each = Array.isArray(value) ? value : [value]
  if (each.some(one => !Number.isFinite(one) || Math.abs(one) > 1e12)) return [{ field: 'measure.value', message: 'must be a number between -1e12 and 1e12' }]
  return Array.isArray(value) && value[0]! > value[1]! ? [{ field: 'measure.value', message: '"between" takes the smaller value first' }] : []
}

function errorsOfFilter(filter: PropertyFilter, place: string): FieldError[] {
  if (unstorable(filter.property)) return [{ field: `${place}.property`, message: badCharacters }]
  const message = wrongFilter(filter)
  return message === undefined ? [] : [{ field: `${place}.value`, message }]
}

function wrongFilter({ operator, value }: PropertyFilter): string | undefined {
  if (operator === 'known' || operator === 'unknown') return value === undefined ? undefined : `"${operator}" takes no value`
  if (value === undefined) return `"${operator}" takes a value`
  const each = Array.isArray(value) ? value : [value]
  if (each.some(one => typeof one === 'string' && unstorable(one))) return badCharacters
  if (operator === 'one_of') return Array.isArray(value) && value.length > 0 ? undefined : '"one_of" takes a list with at least one value'
  if (Array.isArray(value)) return `"${operator}" takes one value`
  if (operator === 'is' || operator === 'is_not') return undefined
  if (operator === 'contains') return typeof value === 'string' && value !== '' ? undefined : 'must be a text'
  return typeof value === 'number' && Math.abs(value) <= 1e15 ? undefined : 'must be a number'
}
