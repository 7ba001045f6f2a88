import type { z } from 'zod'
import { consentLeaf, couponLeaf, eventLeaf, fieldLeaf, journeyLeaf, mailLeaf, relatedLeaf, segmentLeaf, sentMailLeaf, tagLeaf, topicReactionLeaf } from '../../shared/conditions.ts'
import type { Condition, ConditionLeaf } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { errorsOfLeaf } from './check-leaves.ts'
import type { ConditionContext } from './compile-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'
import { findMissing } from './find-missing.sql.ts'

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
  const context = await loadConditionContext(db)
  const { condition, errors } = parseCondition(value, context, options)
  if (condition === null) return { condition, errors }
  const leaves = leavesOf(condition, options.path ?? 'condition')
  const hidden = leaves.filter(({ leaf }) => 'field' in leaf && context.hiddenFields?.includes(leaf.field))
  if (hidden.length > 0) return { condition: null, errors: hidden.map(({ leaf, path }) => ({ field: `${path}.field`, message: `there is no field "${(leaf as { field: string }).field}"` })) }
  const missing = await findMissing(db, leaves)
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

// In the order in which a leaf is told by its keys.
const leafSchemas = {
  field: fieldLeaf, event: eventLeaf, related: relatedLeaf, mail: sentMailLeaf, coupon: couponLeaf,
  consent: consentLeaf, tag: tagLeaf, segment: segmentLeaf, journey: journeyLeaf, topic_reaction: topicReactionLeaf, mail_step: mailLeaf,
} as const

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
  window: 'must be one of {last: {amount, unit}}, {before: {amount, unit}}, {from, to} with ISO 8601 moments, {within: {amount, unit}, after_field}, {within: {amount, unit}, after_event}, {since_entry: true}',
  of: 'must be null (any mail) or one of {campaign}, {journey, step}, {template}',
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return shapes[String(issue.path.at(-1))] ?? 'has a shape that is not known here'
  if (issue.code === 'unrecognized_keys') return `does not know ${issue.keys.join(', ')}`
  return issue.message
}
