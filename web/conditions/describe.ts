import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { Condition, ConditionLeaf, Duration, EventLeaf, FieldLeaf, PropertyFilter } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { useFormat } from '../ui/format.ts'
import { fieldKindOf, readCount } from './condition-tree.ts'
import { useLabels } from './vocabulary.ts'
import type { Labels } from './vocabulary.ts'

type Words = { t: TFunction<'conditions'>, labels: Labels, format: ReturnType<typeof useFormat>, vocabulary: ConditionVocabulary | undefined }

/** Turns conditions and their leaves into sentences in the reader's language. */
export function useDescribe(vocabulary: ConditionVocabulary | undefined) {
  const { t } = useTranslation('conditions')
  const words: Words = { t, labels: useLabels(vocabulary), format: useFormat(), vocabulary }
  return {
    condition: (condition: Condition) => describe(condition, words, true),
    leaf: (leaf: ConditionLeaf) => describeLeaf(leaf, words),
    length: (duration: Duration) => describeLength(duration, words),
    value: (field: string, value: unknown) => describeValue(field, value, words),
  }
}

function describe(condition: Condition, words: Words, outermost = false): string {
  const { t } = words
  if ('not' in condition) return t('sentence.not', { what: describe(condition.not, words) })
  if (!('all' in condition) && !('any' in condition)) return describeLeaf(condition, words)
  const parts = 'all' in condition ? condition.all : condition.any
  if (parts.length === 0) return t('all' in condition ? 'sentence.everyone' : 'sentence.nobody')
  const what = parts.map(part => describe(part, words, parts.length === 1 && outermost)).join(t('all' in condition ? 'sentence.and' : 'sentence.or'))
  return outermost || parts.length === 1 ? what : t('sentence.all_of', { what })
}

function describeLeaf(leaf: ConditionLeaf, words: Words): string {
  const { t, labels } = words
  if ('field' in leaf) return describeField(leaf, words)
  if ('event' in leaf) return describeEvent(leaf, words)
  if ('consent' in leaf) return t('sentence.consent', { topic: labels.topic(leaf.topic), status: t(`consent.${leaf.consent}`) })
  if ('tag' in leaf) return t(leaf.has ? 'sentence.tag' : 'sentence.no_tag', { tag: labels.tag(leaf.tag) })
  if ('segment' in leaf) return t(leaf.in ? 'sentence.segment' : 'sentence.no_segment', { segment: labels.segment(leaf.segment) })
  if (!('mail_step' in leaf)) return ''
  return `${t('mail.step')} “${leaf.mail_step}” ${t(leaf.happened ? `mail.${leaf.reaction}` : `mail.not_${leaf.reaction}`)}`
}

function describeField({ field, operator, value }: FieldLeaf, words: Words): string {
  const { t, labels } = words
  const isDate = words.vocabulary !== undefined && fieldKindOf(field, words.vocabulary) === 'date'
  const head = `${labels.field(field)} ${t(operator === 'between' && isDate ? 'operators.between_dates' : `operators.${operator}`)}`
  if (value === undefined) return head
  if (typeof value === 'object' && 'unit' in value) {
    return `${head} ${describeLength(value, words)}${operator === 'more_than_ago' ? ` ${t('duration.before_now')}` : ''}`
  }
  if (!Array.isArray(value)) return `${head} ${describeValue(field, value, words)}`
  const each = value.slice(0, 8).map(one => describeValue(field, one, words))
  if (operator === 'between') return `${head} ${each.join(` ${t(isDate ? 'values.to_date' : 'values.to_number')} `)}`
  return `${head}: ${each.join(', ')}${value.length > each.length ? ' …' : ''}`
}

function describeEvent(leaf: EventLeaf, words: Words): string {
  const { t, labels } = words
  const { mode, times } = readCount(leaf)
  const parts = [`${labels.event(leaf.event)}: ${t(`count.${mode}`)}${mode === 'once' || mode === 'never' ? '' : ` ${times} ${t('count.times', { count: times })}`}`]
  const window = describeWindow(leaf, words)
  if (window !== '') parts[0] += ` ${window}`
  if (leaf.where !== undefined && leaf.where.length > 0) parts.push(`${t('event.where')} ${leaf.where.map(filter => describeFilter(filter, words)).join(t('sentence.and'))}`)
  const later = leaf.not_followed_by
  if (later) {
    const event = labels.event(later.event)
    parts.push(later.same_property === undefined ? t('sentence.not_followed', { event }) : t('sentence.not_followed_same', { event, property: labels.property(later.same_property) }))
  }
  if (leaf.include_machines === true) parts.push(t('event.machines'))
  return parts.join(', ')
}

function describeWindow({ window }: EventLeaf, words: Words): string {
  const { t, labels, format } = words
  if (window === undefined) return ''
  if ('last' in window) return `${t('window.last')} ${describeLength(window.last, words)}`
  if ('after_field' in window) return t('sentence.within', { length: describeLength(window.within, words), field: labels.field(window.after_field) })
  if (!('from' in window || 'to' in window)) return ''
  const { from, to } = window
  if (from !== undefined && to !== undefined) return t('sentence.between', { from: format.day(from), to: format.day(to) })
  if (from !== undefined) return t('sentence.since', { from: format.day(from) })
  return to === undefined ? '' : t('sentence.until', { to: format.day(to) })
}

function describeFilter({ property, operator, value }: PropertyFilter, { t, labels }: Words): string {
  const head = `${labels.property(property)} ${t(`operators.${operator}`)}`
  return value === undefined ? head : `${head} ${Array.isArray(value) ? value.join(', ') : String(value)}`
}

export function describeLength({ amount, unit }: Duration, { t }: Pick<Words, 't'>): string {
  return t(`length.${unit}`, { count: amount })
}

function describeValue(field: string, value: unknown, { t, labels, format, vocabulary }: Words): string {
  if (value === null || value === undefined || value === '') return t('why.nothing')
  if (Array.isArray(value)) return value.length === 0 ? t('why.nothing') : value.map(one => choiceLabel(field, String(one), vocabulary)).join(', ')
  if (typeof value === 'boolean') return t(value ? 'values.yes' : 'values.no')
  const kind = vocabulary === undefined ? 'text' : fieldKindOf(field, vocabulary)
  if (kind === 'user') return labels.user(Number(value))
  if (kind === 'money' && typeof value === 'number') return format.money(value)
  if (typeof value === 'number') return format.number(value)
  if (kind === 'date' && !Number.isNaN(Date.parse(String(value)))) return String(value).length > 10 ? format.dayAndTime(String(value)) : format.day(`${String(value)}T12:00:00Z`)
  return choiceLabel(field, String(value), vocabulary)
}

function choiceLabel(field: string, value: string, vocabulary: ConditionVocabulary | undefined): string {
  return vocabulary?.custom_fields.find(custom => `fields.${custom.key}` === field)?.options.find(option => option.value === value)?.label ?? value
}
