import { fieldOperators, recordFields, rfmClasses } from '../../shared/conditions.ts'
import type { Condition, ConditionFieldKind, ConditionLeaf, FieldLeaf, MeasureTest, PropertyFilter, RelatedKind, RelatedLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { fieldKindOf, readGroup, readLeaf } from './condition-tree.ts'

/** Leaves as they begin, and whether everything in them is chosen. */

export function recordFieldKind(related: RelatedKind, name: string): ConditionFieldKind | undefined {
  const fields: Record<string, ConditionFieldKind> = recordFields[related]
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** Choices of the built-in fields that have some. */
export function choicesOf(field: string, related?: RelatedKind): readonly string[] {
  if (related === undefined) return field === 'rfm_class' ? rfmClasses : []
  if (field === 'status') return related === 'lead' ? ['new', 'in_work', 'converted', 'refused'] : ['placed', 'cancelled']
  return field === 'state' ? ['open', 'won', 'lost'] : []
}

/** Numbers that are names of something: chosen from a list and only compared as the same or another. */
export const isReference = (field: string): boolean => field === 'pipeline_id' || field === 'stage_id'

/** Properties of events that are the number of something with a name. */
const referenceProperties = new Set(['campaign_id', 'journey_id', 'form_id', 'segment_id', 'pool_id', 'pipeline_id', 'stage_id', 'from_stage_id', 'tag_id'])

export function operatorsOf(kind: ConditionFieldKind, field: string, isRecord = false): readonly string[] {
  if (isRecord && isReference(field)) return ['is', 'is_not']
  return isRecord ? fieldOperators[kind].filter(operator => !operator.startsWith('anniversary')) : fieldOperators[kind]
}

/** What a condition can begin with: `field:city`, `event:order.placed`, `related:deal`, `tag`, `consent` … */
export function subjectOf(leaf: ConditionLeaf): string {
  if ('field' in leaf) return `field:${leaf.field}`
  if ('event' in leaf) return `event:${leaf.event}`
  if ('related' in leaf) return `related:${leaf.related}`
  if ('mail' in leaf) return 'sent_mail'
  if ('mail_step' in leaf) return 'mail'
  return (['consent', 'tag', 'segment', 'coupon', 'topic_reaction', 'journey'] as const).find(kind => kind in leaf) ?? 'tag'
}

/** A number no tag, topic or segment has: not chosen yet. */
export const unchosen = 0

const only = (list: { id: number }[]): number => list.length === 1 ? list[0]?.id ?? unchosen : unchosen

export function newLeaf(subject: string, vocabulary: ConditionVocabulary): ConditionLeaf {
  if (subject.startsWith('field:')) return newFieldLeaf(subject.slice('field:'.length), vocabulary)
  if (subject.startsWith('event:')) return { event: subject.slice('event:'.length) }
  if (subject.startsWith('related:')) return { related: subject.slice('related:'.length) as RelatedKind }
  switch (subject) {
    case 'consent': return { consent: 'granted', topic: null }
    case 'tag': return { tag: only(vocabulary.tags), has: true }
    case 'segment': return { segment: unchosen, in: true }
    case 'sent_mail': return { mail: 'opened', of: null, happened: true }
    case 'coupon': return { coupon: 'open', pool: vocabulary.coupon_pools.length === 1 ? vocabulary.coupon_pools[0]?.id ?? null : null, happened: true }
    case 'topic_reaction': return { topic_reaction: only(vocabulary.topics), measure: 'opened', operator: 'at_least', value: 50 }
    case 'journey': return { journey: only(vocabulary.journeys), state: 'in', happened: true }
    default: return { mail_step: '', reaction: 'clicked', happened: true }
  }
}

const firstOperator: Partial<Record<ConditionFieldKind, string>> = { number: 'at_least', money: 'at_least', date: 'in_last' }

function newFieldLeaf(field: string, vocabulary: ConditionVocabulary): FieldLeaf {
  const kind = fieldKindOf(field, vocabulary) ?? 'text'
  return withOperator({ field, operator: '' }, firstOperator[kind] ?? fieldOperators[kind][0] ?? 'known', kind)
}

export function newRecordFilter(related: RelatedKind, field: string): FieldLeaf {
  const kind = recordFieldKind(related, field) ?? 'text'
  return withOperator({ field, operator: '' }, isReference(field) ? 'is' : firstOperator[kind] ?? fieldOperators[kind][0] ?? 'known', kind)
}

const withoutValue = new Set(['', 'known', 'unknown', 'anniversary_today'])

const valueShape = (kind: ConditionFieldKind, operator: string): 'none' | 'list' | 'pair' | 'duration' | 'one' => {
  if (withoutValue.has(operator)) return 'none'
  if (operator === 'one_of') return 'list'
  if (operator === 'between') return 'pair'
  return kind === 'date' && operator !== 'before' && operator !== 'after' ? 'duration' : 'one'
}

/** Another operator; the value is kept where it still fits. */
export function withOperator(leaf: FieldLeaf, operator: string, kind: ConditionFieldKind): FieldLeaf {
  const shape = valueShape(kind, operator)
  const { field } = leaf
  if (shape === 'none') return { field, operator }
  const isAnniversary = operator.startsWith('anniversary')
  if (leaf.value !== undefined && valueShape(kind, leaf.operator) === shape && isAnniversary === leaf.operator.startsWith('anniversary')) return { ...leaf, operator }
  const first = Array.isArray(leaf.value) ? leaf.value[0] : undefined
  switch (shape) {
    case 'duration': return { field, operator, value: { amount: isAnniversary ? 7 : 30, unit: 'days' } }
    case 'list': return { field, operator, value: typeof leaf.value === 'string' && leaf.value !== '' ? [leaf.value] : [] }
    case 'pair': return { field, operator, value: kind === 'date' ? ['', ''] : [typeof leaf.value === 'number' ? leaf.value : 0, typeof leaf.value === 'number' ? leaf.value : 0] }
    case 'one':
      if (kind === 'boolean') return { field, operator, value: true }
      if (kind === 'user' || isReference(field)) return { field, operator, value: unchosen }
      if (kind === 'number' || kind === 'money') return { field, operator, value: typeof first === 'number' ? first : 1 }
      return { field, operator, value: typeof first === 'string' ? first : '' }
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
    return kind !== undefined && isCompleteValue(leaf, kind)
  }
  if ('event' in leaf) {
    const { window } = leaf
    if (!/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(leaf.event)) return false
    if (window && 'after_field' in window && window.after_field === '') return false
    if (window && 'after_event' in window && window.after_event === '') return false
    if (leaf.not_followed_by !== undefined && leaf.not_followed_by.event === '') return false
    return isCompleteMeasure(leaf.measure) && [...leaf.where ?? [], ...leaf.where_item ?? []].every(isCompleteFilter)
  }
  if ('related' in leaf) return isCompleteMeasure(leaf.measure) && (leaf.where ?? []).every(filter => isCompleteRecordFilter(leaf, filter))
  if ('tag' in leaf) return leaf.tag !== unchosen
  if ('segment' in leaf) return leaf.segment !== unchosen
  if ('journey' in leaf) return leaf.journey !== unchosen
  if ('topic_reaction' in leaf) return leaf.topic_reaction !== unchosen && (leaf.operator === 'known' || leaf.operator === 'unknown' || leaf.value !== undefined)
  if ('mail_step' in leaf) return leaf.mail_step !== ''
  return true
}

function isCompleteRecordFilter(leaf: RelatedLeaf, filter: FieldLeaf): boolean {
  const kind = recordFieldKind(leaf.related, filter.field)
  return kind !== undefined && isCompleteValue(filter, kind) && !(isReference(filter.field) && filter.value === unchosen)
}

function isCompleteValue({ operator, value }: FieldLeaf, kind: ConditionFieldKind): boolean {
  if (operator === '') return false
  switch (valueShape(kind, operator)) {
    case 'none': case 'duration': return true
    case 'list': return Array.isArray(value) && value.length > 0
    case 'pair': return Array.isArray(value) && value.length === 2 && value.every(one => one !== '') && (value[0] ?? 0) <= (value[1] ?? 0)
    case 'one': return value !== '' && value !== undefined && !(kind === 'user' && value === unchosen)
  }
}

const isCompleteMeasure = (measure: MeasureTest | undefined): boolean =>
  measure === undefined || (measure.property !== '' && (!Array.isArray(measure.value) || (measure.value[0] ?? 0) <= (measure.value[1] ?? 0)))

function isCompleteFilter({ property, operator, value }: PropertyFilter): boolean {
  if (property === '') return false
  if (operator === 'known' || operator === 'unknown') return true
  if (operator === 'one_of') return Array.isArray(value) && value.length > 0
  return value !== undefined && value !== '' && !(value === unchosen && referenceProperties.has(property))
}

/** Asks about the way through a journey, so that it has no answer outside of one. */
export function isOfJourney(condition: Condition): boolean {
  if ('all' in condition) return condition.all.some(isOfJourney)
  if ('any' in condition) return condition.any.some(isOfJourney)
  if ('not' in condition) return isOfJourney(condition.not)
  return 'mail_step' in condition || ('event' in condition && condition.window !== undefined && 'since_entry' in condition.window)
}
