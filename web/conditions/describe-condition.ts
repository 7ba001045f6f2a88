import type { TFunction } from 'i18next'
import type { Condition, ConditionLeaf, Duration, EventLeaf, FieldLeaf, JourneyLeaf, MeasureTest, PropertyFilter, RelatedKind, RelatedLeaf, SentMailLeaf, SinceTest, TopicReactionLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import type { Format } from '../ui/format.ts'
import { fieldKindOf } from './condition-tree.ts'
import { readCount } from './counting.ts'
import type { Labels } from './labels.ts'
import { recordFieldKind } from './leaves.ts'

/** What sentences are made with. `mails`: names of the mails of the journey around. */
export type Words = { t: TFunction<'conditions'>, labels: Labels, format: Format, vocabulary: ConditionVocabulary | undefined, mails?: readonly { step: string, label: string }[] | undefined }

export function describeCondition(condition: Condition, words: Words, outermost = false): string {
  const { t } = words
  if ('not' in condition) return t('sentence.not', { what: describeCondition(condition.not, words) })
  if (!('all' in condition) && !('any' in condition)) return describeLeaf(condition, words)
  const parts = 'all' in condition ? condition.all : condition.any
  if (parts.length === 0) return t('all' in condition ? 'sentence.everyone' : 'sentence.nobody')
  const what = parts.map(part => describeCondition(part, words, parts.length === 1 && outermost)).join(t('all' in condition ? 'sentence.and' : 'sentence.or'))
  return outermost || parts.length === 1 ? what : t('sentence.all_of', { what })
}

export function describeLeaf(leaf: ConditionLeaf, words: Words): string {
  const { t, labels } = words
  const since = (test: SinceTest | undefined) => test === undefined ? [] : [t(`sentence.since_${test.operator}`, { length: describeLength(test.value, words) })]
  if ('field' in leaf) return describeField(leaf, words)
  if ('event' in leaf) return describeEvent(leaf, words)
  if ('related' in leaf) return describeRelated(leaf, words)
  if ('mail' in leaf) return describeMail(leaf, words)
  if ('coupon' in leaf) {
    const what = t(leaf.happened ? `coupon.${leaf.coupon}` : `coupon.not_${leaf.coupon}`)
    return leaf.pool === null ? t('sentence.any_coupon', { what }) : t('sentence.coupon', { pool: labels.pool(leaf.pool), what })
  }
  if ('topic_reaction' in leaf) return describeReaction(leaf, words)
  if ('consent' in leaf) return [t('sentence.consent', { topic: labels.topic(leaf.topic), status: t(`consent.${leaf.consent}`) }), ...since(leaf.since)].join(', ')
  if ('tag' in leaf) return [t(leaf.has ? 'sentence.tag' : 'sentence.no_tag', { tag: labels.tag(leaf.tag) }), ...since(leaf.since)].join(', ')
  if ('segment' in leaf) return [t(leaf.in ? 'sentence.segment' : 'sentence.no_segment', { segment: labels.segment(leaf.segment) }), ...since(leaf.since)].join(', ')
  if ('journey' in leaf) return [describeJourney(leaf, words), ...since(leaf.since)].join(', ')
  return t('sentence.of_journey', { step: words.mails?.find(mail => mail.step === leaf.mail_step)?.label ?? leaf.mail_step, what: t(leaf.happened ? `mail.${leaf.reaction}` : `mail.not_${leaf.reaction}`) })
}

function describeField(leaf: FieldLeaf, words: Words): string {
  const kind = words.vocabulary === undefined ? undefined : fieldKindOf(leaf.field, words.vocabulary)
  return compare(leaf, words.labels.field(leaf.field), kind === 'date', value => describeValue(leaf.field, value, words), words)
}

/** "City is Paris": what is compared, how, and with what. */
function compare({ operator, value }: FieldLeaf, subject: string, isDate: boolean, show: (value: unknown) => string, words: Words): string {
  const { t } = words
  const head = `${subject} ${t(operator === 'between' && isDate ? 'operators.between_dates' : `operators.${operator}`)}`
  if (value === undefined) return head
  if (typeof value === 'object' && 'unit' in value) {
    return `${head} ${describeLength(value, words)}${operator === 'more_than_ago' ? ` ${t('duration.before_now')}` : ''}`
  }
  if (!Array.isArray(value)) return `${head} ${show(value)}`
  const each = value.slice(0, 8).map(show)
  if (operator === 'between') return `${head} ${each.join(` ${t(isDate ? 'values.to_date' : 'values.to_number')} `)}`
  return `${head}: ${each.join(', ')}${value.length > each.length ? ' …' : ''}`
}

function describeEvent(leaf: EventLeaf, words: Words): string {
  const { t, labels } = words
  const how = leaf.measure === undefined ? describeTimes(leaf, words) : describeMeasure(leaf.measure, labels.property(leaf.measure.property), isMoneyProperty(leaf.measure.property), words)
  const window = describeWindow(leaf.window, words)
  const parts = [`${labels.event(leaf.event)}: ${how}${window === '' ? '' : ` ${window}`}`]
  const filters = (where: PropertyFilter[]) => where.map(filter => describeFilter(filter, words)).join(t('sentence.and'))
  if (leaf.where !== undefined && leaf.where.length > 0) parts.push(`${t('event.where')} ${filters(leaf.where)}`)
  if (leaf.where_item !== undefined && leaf.where_item.length > 0) parts.push(t('sentence.item', { what: filters(leaf.where_item) }))
  const later = leaf.not_followed_by
  if (later) {
    const key = `sentence.not_followed${later.same_property === undefined ? '' : '_same'}${later.within === undefined ? '' : '_within'}` as const
    parts.push(t(key, { event: labels.event(later.event), property: labels.property(later.same_property ?? ''), length: later.within === undefined ? '' : describeLength(later.within, words) }))
  }
  if (leaf.include_machines === true) parts.push(t('event.machines'))
  return parts.join(', ')
}

function describeTimes(leaf: EventLeaf, { t }: Words): string {
  const { mode, times } = readCount(leaf)
  if (mode === 'once' || mode === 'never') return t(`count.${mode}`)
  return t(leaf.by_day === true ? `sentence.days_${mode}` : `sentence.times_${mode}`, { count: times })
}

/** Amounts of orders and prices of lines are money of the company's currency. */
export const isMoneyProperty = (property: string): boolean => property === 'amount' || property === 'items.price'

function describeMeasure(measure: MeasureTest, property: string, isMoney: boolean, words: Words): string {
  const { t, format } = words
  const show = (value: number) => isMoney ? format.money(value) : format.number(value)
  const value = Array.isArray(measure.value) ? measure.value.map(show).join(` ${t('values.to_number')} `) : show(measure.value)
  return t('sentence.measured', { measure: t(`measure.${measure.of}`), property, comparison: `${t(`operators.${measure.operator}`)} ${value}` })
}

function describeRelated(leaf: RelatedLeaf, words: Words): string {
  const { t, labels, format } = words
  const { mode, times } = readCount(leaf)
  const how = leaf.measure === undefined
    ? t(`sentence.record_${mode}`, { number: format.number(times) })
    : describeMeasure(leaf.measure, labels.recordField(leaf.measure.property), recordFieldKind(leaf.related, leaf.measure.property) === 'money', words)
  const head = `${t(`subjects.related_${leaf.related}`)}: ${how}`
  if (leaf.where === undefined || leaf.where.length === 0) return head
  return `${head}, ${t('record.where')} ${leaf.where.map(filter => describeRecordFilter(leaf.related, filter, words)).join(t('sentence.and'))}`
}

export function describeRecordFilter(related: RelatedKind, filter: FieldLeaf, words: Words): string {
  const kind = recordFieldKind(related, filter.field)
  return compare(filter, words.labels.recordField(filter.field), kind === 'date', value => showOfKind(kind ?? 'text', filter.field, value, words), words)
}

function describeMail(leaf: SentMailLeaf, words: Words): string {
  const { t } = words
  const parts = [`${describeSource(leaf, words)}: ${t(leaf.happened ? `sent_mail.${leaf.mail}` : `sent_mail.not_${leaf.mail}`)}`]
  const window = describeWindow(leaf.window, words)
  if (window !== '') parts[0] += ` ${window}`
  if (leaf.link !== undefined) parts.push(t('sentence.link', { link: leaf.link }))
  if (leaf.include_machines === true) parts.push(t('event.machines'))
  return parts.join(', ')
}

function describeSource({ of }: SentMailLeaf, { t, labels }: Words): string {
  if (of === null) return t('sentence.mail_any')
  if ('campaign' in of) return t('sentence.mail_campaign', { name: labels.campaign(of.campaign) })
  if ('template' in of) return t('sentence.mail_template', { name: labels.template(of.template) })
  return of.step === undefined ? t('sentence.mail_journey', { name: labels.journey(of.journey) }) : t('sentence.mail_step', { step: labels.step(of.journey, of.step), name: labels.journey(of.journey) })
}

function describeReaction(leaf: TopicReactionLeaf, { t, labels, format }: Words): string {
  const comparison = t(`operators.${leaf.operator}`)
  return t('sentence.reaction', {
    topic: labels.topic(leaf.topic_reaction), measure: t(`reaction.${leaf.measure}`),
    comparison: leaf.value === undefined ? comparison : `${comparison} ${format.percent(leaf.value / 100)}`,
  })
}

function describeJourney(leaf: JourneyLeaf, { t, labels }: Words): string {
  const what = t(leaf.happened ? `journey.${leaf.state}` : `journey.not_${leaf.state}`)
  const head = t('sentence.journey', { journey: labels.journey(leaf.journey), what })
  return leaf.step === undefined ? head : `${head} ${t('sentence.at_step', { step: labels.step(leaf.journey, leaf.step) })}`
}

function describeWindow(window: EventLeaf['window'], words: Words): string {
  const { t, labels, format } = words
  if (window === undefined) return ''
  if ('last' in window) return t('sentence.in_last', { length: describeLength(window.last, words) })
  if ('before' in window) return t('sentence.before', { length: describeLength(window.before, words) })
  if ('since_entry' in window) return t('window.since_entry')
  if ('after_event' in window) return t('sentence.within_event', { length: describeLength(window.within, words), event: labels.event(window.after_event) })
  if ('after_field' in window) return t('sentence.within', { length: describeLength(window.within, words), field: labels.field(window.after_field) })
  const { from, to } = window
  if (from !== undefined && to !== undefined) return t('sentence.between', { from: format.day(from), to: format.day(lastDay(to)) })
  if (from !== undefined) return t('sentence.since', { from: format.day(from) })
  return to === undefined ? '' : t('sentence.until', { to: format.day(to) })
}

/** A window ends where the day after its last begins. */
const lastDay = (to: string): string => new Date(Date.parse(to) - 1).toISOString()

function describeFilter({ property, operator, value }: PropertyFilter, { t, labels }: Words): string {
  const head = `${labels.property(property)} ${t(`operators.${operator}`)}`
  if (value === undefined) return head
  const show = (one: unknown) => typeof one === 'number' && labels.references(property) !== undefined ? t('sentence.quoted', { name: labels.reference(property, one) }) : String(one)
  return Array.isArray(value) ? `${head}: ${value.map(show).join(', ')}` : `${head} ${show(value)}`
}

export function describeLength({ amount, unit }: Duration, { t }: Pick<Words, 't'>): string {
  return t(`length.${unit}`, { count: amount })
}

export function describeValue(field: string, value: unknown, words: Words): string {
  const kind = words.vocabulary === undefined ? 'text' : fieldKindOf(field, words.vocabulary) ?? 'text'
  return showOfKind(kind, field, value, words)
}

function showOfKind(kind: string, field: string, value: unknown, words: Words): string {
  const { t, labels, format, vocabulary } = words
  if (value === null || value === undefined || value === '') return t('why.nothing')
  if (Array.isArray(value)) return value.length === 0 ? t('why.nothing') : value.map(one => choiceLabel(field, String(one), words)).join(', ')
  if (typeof value === 'boolean') return t(value ? 'values.yes' : 'values.no')
  if (kind === 'user') return labels.user(Number(value))
  if (kind === 'number' && labels.references(field) !== undefined) return t('sentence.quoted', { name: labels.reference(field, Number(value)) })
  if (kind === 'money' && typeof value === 'number') return format.money(value)
  if (typeof value === 'number') return format.number(Math.round(value * 100) / 100)
  if (kind === 'date' && !Number.isNaN(Date.parse(String(value)))) return String(value).length > 10 ? format.dayAndTime(String(value)) : format.day(`${String(value)}T12:00:00Z`)
  return vocabulary === undefined ? String(value) : choiceLabel(field, String(value), words)
}

function choiceLabel(field: string, value: string, { labels, vocabulary }: Words): string {
  if (field.startsWith('fields.')) return vocabulary?.custom_fields.find(custom => `fields.${custom.key}` === field)?.options.find(option => option.value === value)?.label ?? value
  return ['rfm_class', 'status', 'state', 'source'].includes(field) ? labels.choice(value) : value
}
