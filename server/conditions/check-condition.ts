import type { z } from 'zod'
import { conditionFields, consentLeaf, eventLeaf, fieldLeaf, fieldOperators, mailLeaf, rfmClasses, segmentLeaf, tagLeaf, topicReactionLeaf } from '../../shared/conditions.ts'
import type { Condition, ConditionLeaf, EventLeaf, FieldLeaf, PropertyFilter } from '../../shared/conditions.ts'
import { eventType } from '../../shared/events.ts'
import type { Db } from '../base/db.ts'
import { fieldKind } from './card-fields.sql.ts'
import type { ConditionContext } from './compile-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'
import { findMissing } from './find-missing.sql.ts'
import { isDayOrMoment } from './moments.ts'

export type FieldError = { field: string, message: string }

export const deepestCondition = 10
export const mostLeaves = 200
const mostErrors = 20

export type CheckOptions = {
  /** in a journey, where mails of the journey can be asked about */
  journey?: boolean
  /** what the errors' paths begin with */
  path?: string
}

/** All that is wrong with a condition, each with its place (`condition.all[2].value`); none when it can be used. */
export async function checkCondition(db: Db, condition: unknown, options: CheckOptions = {}): Promise<FieldError[]> {
  const { errors } = await readCondition(db, condition, options)
  return errors
}

/** The condition when nothing is wrong with it, else the errors. */
export async function readCondition(db: Db, value: unknown, options: CheckOptions = {}): Promise<{ condition: Condition, errors: [] } | { condition: null, errors: FieldError[] }> {
  const { condition, errors } = parseCondition(value, await loadConditionContext(db), options)
  if (condition === null) return { condition, errors }
  const missing = await findMissing(db, leavesOf(condition, options.path ?? 'condition'))
  return missing.length === 0 ? { condition, errors: [] } : { condition: null, errors: missing }
}

/** What can be said without looking at the database: shape, size, fields, operators and their values. */
export function parseCondition(value: unknown, context: Pick<ConditionContext, 'customFields'>, options: CheckOptions = {}): { condition: Condition, errors: [] } | { condition: null, errors: FieldError[] } {
  const reading: Reading = { context, journey: options.journey ?? false, leaves: 0, nodes: 0, errors: [] }
  const condition = readNode(value, options.path ?? 'condition', 1, reading)
  return condition === null || reading.errors.length > 0
    ? { condition: null, errors: reading.errors.slice(0, mostErrors) }
    : { condition, errors: [] }
}

export type PlacedLeaf = { leaf: ConditionLeaf, path: string }

export function leavesOf(condition: Condition, path = 'condition'): PlacedLeaf[] {
  if ('all' in condition) return condition.all.flatMap((part, index) => leavesOf(part, `${path}.all[${index}]`))
  if ('any' in condition) return condition.any.flatMap((part, index) => leavesOf(part, `${path}.any[${index}]`))
  if ('not' in condition) return leavesOf(condition.not, `${path}.not`)
  return [{ leaf: condition, path }]
}

// ── the tree ─────────────────────────────────────────────────────────────────────────────────────────
type Reading = { context: Pick<ConditionContext, 'customFields'>, journey: boolean, leaves: number, nodes: number, errors: FieldError[] }

const leafSchemas = { field: fieldLeaf, event: eventLeaf, consent: consentLeaf, tag: tagLeaf, segment: segmentLeaf, topic_reaction: topicReactionLeaf, mail_step: mailLeaf } as const

function readNode(value: unknown, path: string, depth: number, reading: Reading): Condition | null {
  const refuse = (message: string, at = path) => {
    if (reading.errors.length < mostErrors) reading.errors.push({ field: at, message })
    return null
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('must be an object: a group (all, any, not) or a leaf')
  if (depth > deepestCondition) return refuse(`groups may be nested at most ${deepestCondition} deep`)
  if (++reading.nodes > 5 * mostLeaves) return reading.nodes === 5 * mostLeaves + 1 ? refuse('has too many groups') : null

  const kind = ['all', 'any', 'not', ...Object.keys(leafSchemas)].find(key => Object.hasOwn(value, key))
  if (kind === undefined) return refuse(`is neither a group (all, any, not) nor a leaf (${Object.keys(leafSchemas).join(', ')})`)
  if (kind === 'all' || kind === 'any') {
    const extra = Object.keys(value).find(key => key !== kind)
    if (extra !== undefined) return refuse(`${extra} does not belong in a group beside ${kind}`)
    const parts = (value as Record<string, unknown>)[kind]
    if (!Array.isArray(parts)) return refuse('must be a list of conditions', `${path}.${kind}`)
    if (parts.length > 100) return refuse('may hold at most 100 conditions', `${path}.${kind}`)
    const read = parts.map((part, index) => readNode(part, `${path}.${kind}[${index}]`, depth + 1, reading))
    const whole = read.filter(part => part !== null)
    if (whole.length < read.length) return null
    return kind === 'all' ? { all: whole } : { any: whole }
  }
  if (kind === 'not') {
    const extra = Object.keys(value).find(key => key !== kind)
    if (extra !== undefined) return refuse(`${extra} does not belong beside not`)
    const part = readNode((value as Record<string, unknown>)[kind], `${path}.not`, depth + 1, reading)
    return part === null ? null : { not: part }
  }
  if (++reading.leaves > mostLeaves) return reading.leaves === mostLeaves + 1 ? refuse(`a condition may have at most ${mostLeaves} leaves`) : null
  const parsed = leafSchemas[kind as keyof typeof leafSchemas].safeParse(value)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) refuse(messageOf(issue), placeOf(path, issue.path))
    return null
  }
  const errors = errorsOfLeaf(parsed.data, reading)
  for (const error of errors) refuse(error.message, `${path}.${error.field}`)
  return errors.length > 0 ? null : parsed.data
}

function placeOf(path: string, parts: readonly PropertyKey[]): string {
  return parts.reduce<string>((place, part) => typeof part === 'number' ? `${place}[${part}]` : `${place}.${String(part)}`, path)
}

const shapes: Record<string, string> = {
  value: 'must be a text, a number, true or false, a list of them, or a length of time {amount, unit}',
  count: 'must be one of {at_least}, {at_most}, {exactly} with a whole number',
  window: 'must be one of {last: {amount, unit}}, {from, to} with ISO 8601 moments, {within: {amount, unit}, after_field}',
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return shapes[String(issue.path.at(-1))] ?? 'has a shape that is not known here'
  if (issue.code === 'unrecognized_keys') return `does not know ${issue.keys.join(', ')}`
  return issue.message
}

// ── the leaves ───────────────────────────────────────────────────────────────────────────────────────
function errorsOfLeaf(leaf: ConditionLeaf, reading: Reading): FieldError[] {
  if ('field' in leaf) return errorsOfField(leaf, reading)
  if ('event' in leaf) return errorsOfEvent(leaf, reading)
  if ('topic_reaction' in leaf && (leaf.value === undefined) !== (leaf.operator === 'known' || leaf.operator === 'unknown')) {
    return [{ field: 'value', message: leaf.value === undefined ? `"${leaf.operator}" takes a value` : `"${leaf.operator}" takes no value` }]
  }
  if ('mail_step' in leaf && !reading.journey) return [{ field: 'mail_step', message: 'mails of a journey can be asked about inside that journey only' }]
  return []
}

const relative = new Set(['in_last', 'more_than_ago', 'not_in_last', 'in_next'])

function errorsOfField(leaf: FieldLeaf, reading: Reading): FieldError[] {
  const kind = fieldKind(leaf.field, reading.context)
  if (kind === undefined) {
    return [{ field: 'field', message: `there is no field "${leaf.field}"; known: ${Object.keys(conditionFields).join(', ')}, and custom ones as fields.<key>` }]
  }
  const operators: readonly string[] = fieldOperators[kind]
  if (!operators.includes(leaf.operator)) return [{ field: 'operator', message: `"${leaf.operator}" does not fit ${leaf.field}, which takes ${operators.join(', ')}` }]
  const message = wrongValue(kind, leaf.operator, leaf.value) ?? wrongClass(leaf)
  return message === undefined ? [] : [{ field: 'value', message }]
}

function wrongValue(kind: string, operator: string, value: unknown): string | undefined {
  if (operator === 'known' || operator === 'unknown') return value === undefined ? undefined : `"${operator}" takes no value`
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

function wrongClass({ field, value }: FieldLeaf): string | undefined {
  const chosen = field !== 'rfm_class' || value === undefined ? [] : Array.isArray(value) ? value : [value]
  const unknown = chosen.find(one => !rfmClasses.some(name => name === one))
  return unknown === undefined ? undefined : `"${String(unknown)}" is no class; known: ${rfmClasses.join(', ')}`
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
  return unstorable(value) ? 'holds characters that cannot be stored' : undefined
}

/** PostgreSQL keeps neither the NUL character nor halves of surrogate pairs. */
const unstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed()

function errorsOfEvent(leaf: EventLeaf, reading: Reading): FieldError[] {
  const errors: FieldError[] = []
  if (!eventType.safeParse(leaf.event).success) errors.push({ field: 'event', message: 'a type looks like "order.placed": lower case words joined by dots' })
  if (leaf.not_followed_by && !eventType.safeParse(leaf.not_followed_by.event).success) errors.push({ field: 'not_followed_by.event', message: 'a type looks like "order.placed": lower case words joined by dots' })
  if (leaf.not_followed_by?.same_property !== undefined && unstorable(leaf.not_followed_by.same_property)) errors.push({ field: 'not_followed_by.same_property', message: 'holds characters that cannot be stored' })
  const { window } = leaf
  if (window && 'after_field' in window && fieldKind(window.after_field, reading.context) !== 'date') {
    errors.push({ field: 'window.after_field', message: `"${window.after_field}" is not a date of the card` })
  }
  if (window && 'from' in window && window.from !== undefined && window.to !== undefined && Date.parse(window.from) > Date.parse(window.to)) {
    errors.push({ field: 'window', message: '"from" is later than "to"' })
  }
  leaf.where?.forEach((filter, index) => {
    const message = unstorable(filter.property) ? 'holds characters that cannot be stored' : wrongFilter(filter)
    if (message !== undefined) errors.push({ field: `where[${index}].value`, message })
  })
  return errors
}

function wrongFilter({ operator, value }: PropertyFilter): string | undefined {
  if (operator === 'known' || operator === 'unknown') return value === undefined ? undefined : `"${operator}" takes no value`
  if (value === undefined) return `"${operator}" takes a value`
  const each = Array.isArray(value) ? value : [value]
  if (each.some(one => typeof one === 'string' && unstorable(one))) return 'holds characters that cannot be stored'
  if (operator === 'one_of') return Array.isArray(value) && value.length > 0 ? undefined : '"one_of" takes a list with at least one value'
  if (Array.isArray(value)) return `"${operator}" takes one value`
  if (operator === 'is' || operator === 'is_not') return undefined
  if (operator === 'contains') return typeof value === 'string' && value !== '' ? undefined : 'must be a text'
  return typeof value === 'number' && Math.abs(value) <= 1e15 ? undefined : 'must be a number'
}
