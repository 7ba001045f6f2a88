import { createInstance } from 'i18next'
import type { TFunction } from 'i18next'
import { describe, expect, test } from 'vitest'
import { conditionFields, fieldOperators, recordFields, rfmClasses } from '../../shared/conditions.ts'
import type { ConditionLeaf, FieldLeaf, RelatedKind } from '../../shared/conditions.ts'
import { knownEvents } from '../../shared/events.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { formatters } from '../ui/format.ts'
import en from '../translations/en/conditions.json' with { type: 'json' }
import enJourneys from '../translations/en/journeys.json' with { type: 'json' }
import ru from '../translations/ru/conditions.json' with { type: 'json' }
import ruJourneys from '../translations/ru/journeys.json' with { type: 'json' }
import { describeCondition, describeLeaf } from './describe-condition.ts'
import type { Words } from './describe-condition.ts'
import { labelsOf } from './labels.ts'
import { choicesOf, isReference, operatorsOf } from './leaves.ts'

const vocabulary: ConditionVocabulary = {
  currency: 'EUR',
  custom_fields: [{ key: 'birthday', label: 'Birthday', kind: 'date', options: [] }, { key: 'size', label: 'Size', kind: 'choice', options: [{ value: 'xl', label: 'Large' }] }],
  tags: [{ id: 1, name: 'VIP' }], topics: [{ id: 1, name_en: 'News', name_ru: 'Новости' }], segments: [{ id: 1, name: 'Buyers' }], users: [{ id: 1, name: 'Anna' }],
  campaigns: [{ id: 1, name: 'Spring' }], journeys: [{ id: 1, name: 'Welcome', steps: [{ key: 'mail_1', kind: 'mail', name: 'Hello' }, { key: 'wait_1', kind: 'wait', name: null }] }],
  templates: [{ id: 1, name: 'Letter' }], forms: [{ id: 1, name: 'Footer' }], coupon_pools: [{ id: 1, name: 'Ten percent' }],
  pipelines: [{ id: 1, name: 'Sales', stages: [{ id: 1, name: 'Talks' }] }], lead_sources: [{ value: 'form:1', label: 'Footer form' }], events: [], item_values: {}, field_values: {},
}

async function wordsIn(language: 'en' | 'ru'): Promise<Words> {
  const i18n = createInstance()
  await i18n.init({
    lng: language, resources: { [language]: { conditions: language === 'en' ? en : ru, journeys: language === 'en' ? enJourneys : ruJourneys } }, defaultNS: 'conditions', interpolation: { escapeValue: false },
    saveMissing: true, // Where the code gives a word of its own, that is what is shown.
    missingKeyHandler: (_languages, _namespace, key, fallback) => { if (fallback === key) throw new Error(`there is no ${key} in ${language}`) },
  })
  const t = i18n.t as TFunction<'conditions'>
  return { t, labels: labelsOf(vocabulary, t, language), format: formatters(language, 'Europe/Moscow', 'EUR'), vocabulary, mails: [{ step: 'mail_1', label: 'Hello' }] }
}

const days = { amount: 7, unit: 'days' } as const
const valueFor = (kind: string, operator: string, field: string): Pick<FieldLeaf, 'value'> => {
  if (['known', 'unknown', 'anniversary_today'].includes(operator)) return {}
  if (operator === 'one_of') return { value: [choicesOf(field)[0] ?? 'x', 'y'] }
  if (kind === 'date') return { value: operator === 'between' ? ['2026-01-01', '2026-02-01'] : operator === 'before' || operator === 'after' ? '2026-01-01' : days }
  if (operator === 'between') return { value: [1, 2] }
  return { value: kind === 'boolean' ? true : ['number', 'money', 'user'].includes(kind) ? 1 : choicesOf(field)[0] ?? 'x' }
}

const fieldLeaves: FieldLeaf[] = [...Object.entries(conditionFields), ['fields.birthday', 'date'] as const, ['fields.size', 'choice'] as const]
  .flatMap(([field, kind]) => fieldOperators[kind].map((operator): FieldLeaf => ({ field, operator, ...valueFor(kind, operator, field) })))
const recordLeaves: ConditionLeaf[] = (Object.keys(recordFields) as RelatedKind[]).flatMap(related => Object.entries(recordFields[related]).flatMap(([field, kind]) =>
  operatorsOf(kind, field, true).map((operator): ConditionLeaf => ({ related, where: [{ field, operator, ...(isReference(field) ? { value: 1 } : valueFor(kind, operator, field)) }] }))))

const windows = [{ last: days }, { before: days }, { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }, { from: '2026-01-01T00:00:00Z' }, { to: '2026-02-01T00:00:00Z' }, { within: days, after_field: 'subscribed_at' }, { within: days, after_event: 'email.clicked' }, { since_entry: true as const }]
const counts = [{ at_least: 1 }, { at_least: 3 }, { at_most: 0 }, { at_most: 2 }, { exactly: 0 }, { exactly: 5 }]
const measures = (['sum', 'average', 'smallest', 'largest'] as const).flatMap(of => (['at_least', 'at_most', 'more_than', 'less_than', 'between'] as const).map(operator => ({ of, property: 'amount', operator, value: operator === 'between' ? [1, 2] : 1 })))
const since = [undefined, { operator: 'in_last' as const, value: days }, { operator: 'more_than_ago' as const, value: days }].map(test => test === undefined ? {} : { since: test })

const leaves: ConditionLeaf[] = [
  ...fieldLeaves, ...recordLeaves,
  ...Object.keys(knownEvents).map(event => ({ event })),
  ...windows.map(window => ({ event: 'order.placed', window })),
  ...counts.flatMap(count => [{ event: 'order.placed', count }, { event: 'page.viewed', count, by_day: true as const }, { related: 'deal' as const, count }]),
  ...measures.flatMap(measure => [{ event: 'order.placed', measure }, { related: 'order' as const, measure }]),
  { event: 'email.clicked', include_machines: true, where: [{ property: 'campaign_id', operator: 'is', value: 1 }, { property: 'url', operator: 'contains', value: 'sale' }, { property: 'coupon', operator: 'one_of', value: ['a', 'b'] }, { property: 'coupon', operator: 'known' }] },
  { event: 'order.placed', where_item: [{ property: 'category', operator: 'is', value: 'Tea' }, { property: 'price', operator: 'more_than', value: 5 }] },
  ...[{}, { same_property: 'coupon' }, { within: days }, { same_property: 'coupon', within: days }].map(rest => ({ event: 'coupon.given', not_followed_by: { event: 'order.placed', ...rest } })),
  ...(['sent', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed'] as const).flatMap(mail => [true, false].map(happened => ({ mail, of: null, happened }))),
  ...[{ campaign: 1 }, { journey: 1 }, { journey: 1, step: 'mail_1' }, { template: 1 }].map(of => ({ mail: 'clicked' as const, of, happened: true, link: 'sale', window: { last: days }, include_machines: true })),
  ...(['given', 'redeemed', 'open', 'run_out'] as const).flatMap(coupon => [true, false].flatMap(happened => [1, null].map(pool => ({ coupon, happened, pool })))),
  ...(['opened', 'clicked'] as const).flatMap(measure => (['at_least', 'at_most', 'more_than', 'less_than'] as const).map(operator => ({ topic_reaction: 1, measure, operator, value: 40 }))),
  { topic_reaction: 1, measure: 'opened', operator: 'unknown' },
  ...(['granted', 'requested', 'withdrawn', 'none'] as const).flatMap(consent => since.map(test => ({ consent, topic: 1, ...test }))),
  { consent: 'granted', topic: null },
  ...since.flatMap(test => [{ tag: 1, has: true, ...test }, { segment: 1, in: true, ...test }]), { tag: 1, has: false }, { segment: 1, in: false },
  ...(['in', 'ever', 'finished', 'goal', 'left', 'failed'] as const).flatMap(state => [true, false].flatMap(happened => since.map(test => ({ journey: 1, state, happened, ...test })))),
  { journey: 1, state: 'in', happened: true, step: 'mail_1' }, { journey: 1, state: 'in', happened: true, step: 'wait_1' },
  ...(['sent', 'opened', 'clicked', 'ordered'] as const).flatMap(reaction => [true, false].map(happened => ({ mail_step: 'mail_1', reaction, happened }))),
]

describe.each(['en', 'ru'] as const)('sentences in %s', language => {
  test(`each of ${leaves.length} kinds of lines is a sentence without a raw key or number of a thing`, async () => {
    const words = await wordsIn(language)
    for (const leaf of leaves) {
      const sentence = describeLeaf(leaf, words)
      expect(sentence, JSON.stringify(leaf)).not.toMatch(/[a-z]+_[a-z]+|[a-z]\.[a-z]|\{\{|undefined|null|NaN|\[object|#\d|: $| {2}/)
      expect(sentence.length, JSON.stringify(leaf)).toBeGreaterThan(4)
    }
  })

  test('every class has a name', async () => {
    const { labels } = await wordsIn(language)
    for (const name of rfmClasses) expect(labels.choice(name), name).not.toContain('_')
  })
})

test('sentences say the whole of it', async () => {
  const inEnglish = await wordsIn('en')
  const inRussian = await wordsIn('ru')
  const both = (leaf: ConditionLeaf) => [describeLeaf(leaf, inEnglish), describeLeaf(leaf, inRussian)]
  expect(both({ event: 'page.viewed', count: { at_least: 3 }, by_day: true, window: { last: { amount: 1, unit: 'months' } } })).toEqual(['Page viewed: on at least 3 different days in the last 1 month', 'Просмотр страницы: не меньше чем в 3 разных дня за последние 1 месяц'])
  expect(both({ related: 'deal', where: [{ field: 'stage_id', operator: 'is', value: 1 }, { field: 'stage_since', operator: 'more_than_ago', value: days }] }))
    .toEqual(['Deals: has at least one, where stage is “Talks” and on this stage since was more than 7 days ago', 'Сделки: есть, где этап равно «Talks» и дата перехода на этап было больше чем 7 дней назад'])
  expect(both({ mail: 'opened', of: { journey: 1, step: 'mail_1' }, happened: false, window: { last: days } }))
    .toEqual(['Mail “Hello” of the journey “Welcome”: was never opened in the last 7 days', 'Письмо «Hello» цепочки «Welcome»: ни разу не открыто за последние 7 дней'])
  expect(describeCondition({ all: [{ tag: 1, has: true }, { not: { any: [{ segment: 1, in: true }] } }] }, inRussian, true)).toBe('Есть метка «VIP» и не: Состоит в сегменте «Buyers»')
  expect(both({ tag: 9, has: true })[0]).toBe('Has the tag “#9 (gone)”')
})
