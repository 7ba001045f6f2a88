import { conditionFields, fieldOperators } from '../../shared/conditions.ts'
import type { Condition, ConditionFieldKind, ConditionLeaf, EventLeaf, FieldLeaf, PropertyFilter } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'

/** What the builder does to conditions: plain functions on plain data. */
export type GroupMode = 'all' | 'any' | 'none' | 'not_all'
export type Group = { mode: GroupMode, parts: Condition[] }

export function readGroup(condition: Condition): Group | null {
  if ('all' in condition) return { mode: 'all', parts: condition.all }
  if ('any' in condition) return { mode: 'any', parts: condition.any }
  if ('not' in condition && 'any' in condition.not) return { mode: 'none', parts: condition.not.any }
  if ('not' in condition && 'all' in condition.not) return { mode: 'not_all', parts: condition.not.all }
  return null
}

export function writeGroup({ mode, parts }: Group): Condition {
  switch (mode) {
    case 'all': return { all: parts }
    case 'any': return { any: parts }
    case 'none': return { not: { any: parts } }
    case 'not_all': return { not: { all: parts } }
  }
}

/** Where a part of a group stands in the condition, as the server's errors name it. */
export function partPath(path: string, mode: GroupMode, index: number): string {
  const inside = mode === 'all' ? 'all' : mode === 'any' ? 'any' : mode === 'none' ? 'not.any' : 'not.all'
  return `${path}.${inside}[${index}]`
}

export function readLeaf(condition: Condition): { leaf: ConditionLeaf, negated: boolean } | null {
  if ('all' in condition || 'any' in condition) return null
  if (!('not' in condition)) return { leaf: condition, negated: false }
  const inner = condition.not
  return 'all' in inner || 'any' in inner || 'not' in inner ? null : { leaf: inner, negated: true }
}

/** The same meaning in the form the builder shows: two nots cancel out, and the whole is a group. */
export function asShown(condition: Condition): Condition {
  const plain = simplify(condition)
  return readGroup(plain) === null ? { all: [plain] } : plain
}

function simplify(condition: Condition): Condition {
  if ('all' in condition) return { all: condition.all.map(simplify) }
  if ('any' in condition) return { any: condition.any.map(simplify) }
  if (!('not' in condition)) return condition
  const inner = simplify(condition.not)
  return 'not' in inner ? inner.not : { not: inner }
}

export function fieldKindOf(name: string, vocabulary: Pick<ConditionVocabulary, 'custom_fields'>): ConditionFieldKind | undefined {
  if (Object.hasOwn(conditionFields, name)) return conditionFields[name as keyof typeof conditionFields]
  return vocabulary.custom_fields.find(field => `fields.${field.key}` === name)?.kind as ConditionFieldKind | undefined
}

/** What a condition can begin with: `field:city`, `event:order.placed`, `tag`, `consent`, `segment`, `mail`. */
export function subjectOf(leaf: ConditionLeaf): string {
  if ('field' in leaf) return `field:${leaf.field}`
  if ('event' in leaf) return `event:${leaf.event}`
  if ('consent' in leaf) return 'consent'
  if ('tag' in leaf) return 'tag'
  if ('segment' in leaf) return 'segment'
  return 'mail'
}

/** A number no tag, topic or segment has: not chosen yet. */
export const unchosen = 0

export function newLeaf(subject: string, vocabulary: ConditionVocabulary): ConditionLeaf {
  if (subject.startsWith('field:')) return newFieldLeaf(subject.slice('field:'.length), vocabulary)
  if (subject.startsWith('event:')) return { event: subject.slice('event:'.length) }
  if (subject === 'consent') return { consent: 'granted', topic: null }
  if (subject === 'tag') return { tag: vocabulary.tags.length === 1 ? vocabulary.tags[0]?.id ?? unchosen : unchosen, has: true }
  if (subject === 'segment') return { segment: unchosen, in: true }
  return { mail_step: '', reaction: 'clicked', happened: true }
}

const firstOperator: Partial<Record<ConditionFieldKind, string>> = { number: 'at_least', money: 'at_least', date: 'in_last' }

function newFieldLeaf(field: string, vocabulary: ConditionVocabulary): FieldLeaf {
  const kind = fieldKindOf(field, vocabulary) ?? 'text'
  return withOperator({ field, operator: '' }, firstOperator[kind] ?? fieldOperators[kind][0] ?? 'known', kind)
}

const valueShape = (kind: ConditionFieldKind, operator: string): 'none' | 'list' | 'pair' | 'duration' | 'one' => {
  if (operator === 'known' || operator === 'unknown' || operator === '') return 'none'
  if (operator === 'one_of') return 'list'
  if (operator === 'between') return 'pair'
  return kind === 'date' && operator !== 'before' && operator !== 'after' ? 'duration' : 'one'
}

/** Another operator; the value is kept where it still fits. */
export function withOperator(leaf: FieldLeaf, operator: string, kind: ConditionFieldKind): FieldLeaf {
  const shape = valueShape(kind, operator)
  if (shape === 'none') return { field: leaf.field, operator }
  if (leaf.value !== undefined && valueShape(kind, leaf.operator) === shape) return { ...leaf, operator }
  const first = Array.isArray(leaf.value) ? leaf.value[0] : undefined
  switch (shape) {
    case 'duration': return { field: leaf.field, operator, value: { amount: 30, unit: 'days' } }
    case 'list': return { field: leaf.field, operator, value: typeof leaf.value === 'string' && leaf.value !== '' ? [leaf.value] : [] }
    case 'pair': return { field: leaf.field, operator, value: kind === 'date' ? ['', ''] : [typeof leaf.value === 'number' ? leaf.value : 0, typeof leaf.value === 'number' ? leaf.value : 0] }
    case 'one':
      if (kind === 'boolean') return { field: leaf.field, operator, value: true }
      if (kind === 'number' || kind === 'money') return { field: leaf.field, operator, value: typeof first === 'number' ? first : 1 }
      if (kind === 'user') return { field: leaf.field, operator, value: unchosen }
      return { field: leaf.field, operator, value: typeof first === 'string' ? first : '' }
  }
}

/** Whether everything that must be chosen is chosen; what is not complete is not counted yet. */
export function isComplete(condition: Condition, vocabulary: ConditionVocabulary): boolean {
  const group = readGroup(condition)
  if (group !== null) return group.parts.every(part => isComplete(part, vocabulary))
  const read = readLeaf(condition)
  return read === null || isCompleteLeaf(read.leaf, vocabulary)
}

export function isCompleteLeaf(leaf: ConditionLeaf, vocabulary: ConditionVocabulary): boolean {
  if ('field' in leaf) {
    const kind = fieldKindOf(leaf.field, vocabulary)
    if (kind === undefined || leaf.operator === '') return false
    const { value } = leaf
    switch (valueShape(kind, leaf.operator)) {
      case 'none': case 'duration': return true
      case 'list': return Array.isArray(value) && value.length > 0
      case 'pair': return Array.isArray(value) && value.length === 2 && value.every(one => one !== '') && (value[0] ?? 0) <= (value[1] ?? 0)
      case 'one': return value !== '' && value !== undefined && !(kind === 'user' && value === unchosen)
    }
  }
  if ('event' in leaf) {
    const { window } = leaf
    if (!/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(leaf.event)) return false
    if (window && 'after_field' in window && window.after_field === '') return false
    if (leaf.not_followed_by !== undefined && leaf.not_followed_by.event === '') return false
    return (leaf.where ?? []).every(isCompleteFilter)
  }
  if ('tag' in leaf) return leaf.tag !== unchosen
  if ('segment' in leaf) return leaf.segment !== unchosen
  if ('mail_step' in leaf) return leaf.mail_step !== ''
  return true
}

function isCompleteFilter({ property, operator, value }: PropertyFilter): boolean {
  if (property === '') return false
  if (operator === 'known' || operator === 'unknown') return true
  if (operator === 'one_of') return Array.isArray(value) && value.length > 0
  return value !== undefined && value !== ''
}

export function countLeaves(condition: Condition): number {
  const group = readGroup(condition)
  return group === null ? 1 : group.parts.reduce((sum, part) => sum + countLeaves(part), 0)
}

// ── how often an event happened ──────────────────────────────────────────────────────────────────────
export type CountMode = 'once' | 'at_least' | 'at_most' | 'exactly' | 'never'

export function readCount(leaf: EventLeaf): { mode: CountMode, times: number } {
  const count = leaf.count ?? { at_least: 1 }
  if ('at_least' in count) return count.at_least === 1 ? { mode: 'once', times: 1 } : { mode: 'at_least', times: count.at_least }
  if ('at_most' in count) return count.at_most === 0 ? { mode: 'never', times: 0 } : { mode: 'at_most', times: count.at_most }
  return count.exactly === 0 ? { mode: 'never', times: 0 } : { mode: 'exactly', times: count.exactly }
}

export function withCount(leaf: EventLeaf, mode: CountMode, times: number): EventLeaf {
  const { count: _, ...rest } = leaf
  switch (mode) {
    case 'once': return rest
    case 'never': return { ...rest, count: { exactly: 0 } }
    // One would be "once" again: the choice of "at least" means two or more.
    case 'at_least': return { ...rest, count: { at_least: Math.max(2, times) } }
    case 'at_most': return { ...rest, count: { at_most: Math.max(1, times) } }
    case 'exactly': return { ...rest, count: { exactly: Math.max(1, times) } }
  }
}

// ── when it happened ─────────────────────────────────────────────────────────────────────────────────
export type WindowMode = 'ever' | 'last' | 'between' | 'after_field'

export function windowMode(leaf: EventLeaf): WindowMode {
  const { window } = leaf
  if (window === undefined) return 'ever'
  if ('last' in window) return 'last'
  return 'after_field' in window ? 'after_field' : 'between'
}

export function withWindowMode(leaf: EventLeaf, mode: WindowMode): EventLeaf {
  const { window: _, ...rest } = leaf
  switch (mode) {
    case 'ever': return rest
    case 'last': return { ...rest, window: { last: { amount: 30, unit: 'days' } } }
    case 'between': return { ...rest, window: {} }
    case 'after_field': return { ...rest, window: { within: { amount: 7, unit: 'days' }, after_field: 'subscribed_at' } }
  }
}
