import { durationMilliseconds } from '../../shared/conditions.ts'
import type { Condition, ConditionLeaf, Duration } from '../../shared/conditions.ts'
import { toMajor } from '../../shared/money.ts'
import type { ExplanationNode, LeafActual } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { fieldKind, indexedDate } from './card-fields.sql.ts'
import { leavesOf } from './check-condition.ts'
import type { CompileOptions } from './compile-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'
import { engagementChange } from './engagement-leaf.sql.ts'
import { evaluateLeaves } from './evaluate-leaves.sql.ts'
import type { LeafTruth } from './evaluate-leaves.sql.ts'

/**
 * Why a contact is (not) meant by a condition: its tree with the truth and the actual value at every leaf.
 * Nothing when there is no such contact. With `enrolmentId` the mails of that enrolment can be asked about.
 */
export async function explainCondition(db: Db, contactId: number, condition: Condition, now: Date, enrolmentId?: number): Promise<ExplanationNode | undefined> {
  const options = { ...await loadConditionContext(db), now }
  const leaves = leavesOf(condition).map(placed => placed.leaf)
  const truths = await evaluateLeaves(db, contactId, leaves, options, enrolmentId)
  if (truths === undefined) return undefined
  const truthOf = new Map(leaves.map((leaf, index) => [leaf, truths[index]]))
  return explain(condition, leaf => truthOf.get(leaf) ?? { holds: false, actual: null }, options)
}

function explain(condition: Condition, truthOf: (leaf: ConditionLeaf) => LeafTruth, options: CompileOptions): ExplanationNode {
  const parts = (conditions: Condition[]) => conditions.map(part => explain(part, truthOf, options))
  if ('all' in condition) {
    const all = parts(condition.all)
    return { kind: 'all', holds: all.every(part => part.holds), parts: all }
  }
  if ('any' in condition) {
    const any = parts(condition.any)
    return { kind: 'any', holds: any.some(part => part.holds), parts: any }
  }
  if ('not' in condition) {
    const [part] = parts([condition.not])
    return { kind: 'not', holds: !part?.holds, parts: part ? [part] : [] }
  }
  const { holds, actual } = truthOf(condition)
  return { kind: 'leaf', holds, leaf: condition, actual: present(condition, actual, options), changes_at: changesAt(condition, actual, options) }
}

function present(leaf: ConditionLeaf, actual: unknown, options: CompileOptions): LeafActual {
  const facts = (actual ?? {}) as Record<string, never>
  if ('field' in leaf) {
    const isMinor = fieldKind(leaf.field, options) === 'money' && !leaf.field.startsWith('fields.')
    const value = leaf.field === 'engagement_score' ? Math.round(Number(actual) * 10) / 10 : isMinor && typeof actual === 'number' ? toMajor(actual, options.currency) : actual
    return { kind: 'field', value: (value ?? null) as string | number | boolean | string[] | null }
  }
  if ('event' in leaf) return { kind: 'events', count: facts['count'] ?? 0, last_at: facts['last_at'] ?? null, ...only(facts, ['days', 'measured']) }
  if ('related' in leaf) return { kind: 'records', count: facts['count'] ?? 0, latest: facts['latest'] ?? [], ...only(facts, ['measured']) }
  if ('mail' in leaf) return { kind: 'mails', count: facts['count'] ?? 0, last_at: facts['last_at'] ?? null, message_id: facts['message_id'] ?? null }
  if ('coupon' in leaf) return { kind: 'coupons', coupons: (actual ?? []) as Extract<LeafActual, { kind: 'coupons' }>['coupons'] }
  if ('journey' in leaf) return { kind: 'journey', enrolments: (actual ?? []) as Extract<LeafActual, { kind: 'journey' }>['enrolments'] }
  if ('consent' in leaf) return { kind: 'consent', topics: (actual ?? []) as { topic_id: number, status: string, since: string }[] }
  if ('tag' in leaf) return { kind: 'tag', has: facts['has'] ?? false, since: facts['since'] ?? null }
  if ('topic_reaction' in leaf) return { kind: 'topic_reaction', sent: facts['sent'] ?? 0, opened: facts['opened'] ?? 0, clicked: facts['clicked'] ?? 0 }
  if ('segment' in leaf) return { kind: 'segment', in: facts['in'] ?? false, since: facts['since'] ?? null }
  return { kind: 'mail', sent_at: facts['sent_at'] ?? null, opened_at: facts['opened_at'] ?? null, clicked_at: facts['clicked_at'] ?? null, orders: facts['orders'] ?? 0 }
}

/** What was not asked for is left out. */
function only(facts: Record<string, unknown>, names: string[]): { days?: number, measured?: number | null } {
  return Object.fromEntries(names.flatMap(name => name in facts ? [[name, facts[name]]] : []))
}

/** The next moment a leaf turns over by itself, where the time it counts from is known. */
function changesAt(leaf: ConditionLeaf, actual: unknown, options: CompileOptions): string | null {
  if ('field' in leaf && leaf.field === 'engagement_score') {
    const edge = engagementChange(leaf, Number(actual), options)
    return edge === null ? null : new Date(edge).toISOString()
  }
  const from = countsFrom(leaf, actual)
  if (from === null) return null
  const edge = Date.parse(from.since) + durationMilliseconds(from.length)
  return edge > options.now.getTime() ? new Date(edge).toISOString() : null
}

function countsFrom(leaf: ConditionLeaf, actual: unknown): { since: string, length: Duration } | null {
  if ('tag' in leaf || 'segment' in leaf) {
    const { since } = actual as { since: string | null }
    return leaf.since && since !== null ? { since, length: leaf.since.value } : null
  }
  if (!('field' in leaf) || indexedDate(leaf.field) === undefined || typeof actual !== 'string') return null
  const { operator, value } = leaf
  const isPast = operator === 'in_last' || operator === 'not_in_last' || operator === 'more_than_ago'
  return isPast && typeof value === 'object' && !Array.isArray(value) ? { since: actual, length: value } : null
}
