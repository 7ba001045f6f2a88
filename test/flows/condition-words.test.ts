import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { parseCondition } from '../../server/conditions/check-condition.ts'
import { serverWords } from '../../web/ui/server-words.ts'
import en from '../../web/translations/en/server.json' with { type: 'json' }
import ru from '../../web/translations/ru/server.json' with { type: 'json' }

beforeAll(() => i18next.init({ lng: 'ru', resources: { ru: { server: ru }, en: { server: en } } }))

const day = { amount: 1, unit: 'days' }
const bad: unknown[] = [
  3, { all: 3 }, { all: [], any: [] }, { not: { all: [] }, also: 1 }, { any: Array.from({ length: 101 }, () => ({ all: [] })) }, { colour: 'red' }, { tag: 1, has: true, also: 2 },
  Array.from({ length: 12 }).reduce<unknown>(inner => ({ not: inner }), { all: [] }),
  { all: [0, 1, 2].map(() => ({ all: Array.from({ length: 100 }, () => ({ tag: 1, has: true })) })) },
  { field: 'shoe', operator: 'is', value: 1 }, { field: 'fields.old', operator: 'known' }, { field: 'city', operator: 'at_least', value: 1 }, { field: 'city', operator: 'is', value: '' }, { field: 'city', operator: 'is', value: 3 },
  { field: 'city', operator: 'known', value: 'x' }, { field: 'city', operator: 'one_of', value: [] }, { field: 'revenue', operator: 'between', value: 1 }, { field: 'revenue', operator: 'between', value: [2, 1] },
  { field: 'revenue', operator: 'is', value: 'x' }, { field: 'owner_id', operator: 'is', value: 'x' }, { field: 'created_at', operator: 'before', value: 'x' }, { field: 'created_at', operator: 'in_last', value: 3 },
  { field: 'created_at', operator: 'anniversary_in_next', value: { amount: 1, unit: 'hours' } }, { field: 'rfm_class', operator: 'is', value: 'x' },
  { event: 'orders' }, { event: 'order.placed', window: { within: day, after_field: 'city' } }, { event: 'order.placed', window: { since_entry: true } }, { event: 'order.placed', window: 3 },
  { event: 'order.placed', by_day: true, measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 1 } },
  { event: 'order.placed', count: { at_least: 1 }, measure: { of: 'sum', property: 'amount', operator: 'at_least', value: [1, 2] } },
  { event: 'order.placed', where_item: [{ property: 'items.sku', operator: 'known' }] }, { event: 'order.placed', where: [{ property: 'coupon', operator: 'is' }] },
  { related: 'lead', measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 1 } }, { related: 'deal', where: [{ field: 'colour', operator: 'is', value: 1 }] },
  { mail: 'opened', of: null, happened: true, link: 'x' }, { mail: 'opened', of: 3, happened: true }, { tag: 1, has: false, since: { operator: 'in_last', value: day } },
  { journey: 1, state: 'ever', happened: true, step: 'a' }, { mail_step: 'a', reaction: 'sent', happened: true },
]

test('whatever is wrong with a condition is said in the language of the reader', () => {
  const customFields = [{ key: 'old', kind: 'text', archived: true }]
  for (const condition of bad) {
    const { errors } = parseCondition(condition, { customFields })
    expect(errors, JSON.stringify(condition).slice(0, 200)).not.toEqual([])
    for (const { message } of errors) expect(serverWords(message), message).toMatch(/[а-яё]/i)
  }
  const missing = ['tag 1', 'segment 1', 'topic 1', 'campaign 1', 'journey 1', 'template 1', 'coupon pool 1', 'pipeline 1', 'stage 1'].map(named => `there is no ${named}`)
  for (const message of [...missing, 'journey 1 has no step "a"', 'segments would go round in a circle: A → B → A']) expect(serverWords(message), message).toMatch(/[а-яё]/i)
})
