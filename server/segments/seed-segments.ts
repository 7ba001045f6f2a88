import type { Condition } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { insertSegment } from './segments.sql.ts'

type Example = { key: string, name: { en: string, ru: string }, description: { en: string, ru: string }, condition: Condition }

const days = (amount: number) => ({ amount, unit: 'days' as const })
const smallTurnover: Record<string, number> = { RUB: 1000, KZT: 5000, BYN: 40, UAH: 500, USD: 20, EUR: 20, GBP: 20 }

function examples(currency: string): Example[] {
  return [
    {
      key: 'new_without_purchase',
      name: { en: 'New subscribers without a purchase in their first week', ru: 'Новые подписчики без покупки за первые 7 дней' },
      description: {
        en: 'Subscribed one week to one month ago and ordered nothing in the first 7 days. A first-order offer belongs here.',
        ru: 'Подписались от недели до месяца назад и за первые 7 дней ничего не заказали. Сюда подходит предложение на первый заказ.',
      },
      condition: {
        all: [
          { field: 'subscribed_at', operator: 'more_than_ago', value: days(7) },
          { field: 'subscribed_at', operator: 'in_last', value: days(30) },
          { event: 'order.placed', count: { exactly: 0 }, window: { within: days(7), after_field: 'subscribed_at' } },
        ],
      },
    },
    {
      key: 'small_buyers_asleep',
      name: { en: 'Small buyers who stopped opening mails', ru: 'Покупатели с небольшим оборотом, переставшие открывать письма' },
      description: {
        en: 'Bought for little in total and have opened no mail for over 3 months. Win them back or leave them in peace.',
        ru: 'Купили на небольшую сумму и больше 3 месяцев не открывали писем. Верните их или оставьте в покое.',
      },
      condition: {
        all: [
          { field: 'orders_count', operator: 'at_least', value: 1 },
          { field: 'revenue', operator: 'less_than', value: smallTurnover[currency] ?? 20 },
          { field: 'last_open_at', operator: 'not_in_last', value: { amount: 3, unit: 'months' } },
        ],
      },
    },
    {
      key: 'promo_clicked_not_used',
      name: { en: 'Clicked a promo code, have not used it', ru: 'Перешли по промокоду, но не воспользовались им' },
      description: {
        en: 'Clicked a link with a promo code in a mail, and no order with the same code came after it.',
        ru: 'Перешли по ссылке с промокодом из письма, но заказа с этим кодом после этого не было.',
      },
      condition: { event: 'email.clicked', where: [{ property: 'coupon', operator: 'known' }], not_followed_by: { event: 'order.placed', same_property: 'coupon' } },
    },
    {
      key: 'subscribers',
      name: { en: 'Subscribers', ru: 'Подписчики' },
      description: { en: 'Agreed to receive mails on at least one topic.', ru: 'Согласились получать письма хотя бы по одной теме.' },
      condition: { consent: 'granted', topic: null },
    },
    {
      key: 'buyers',
      name: { en: 'Buyers', ru: 'Покупатели' },
      description: { en: 'Ordered at least once.', ru: 'Сделали хотя бы один заказ.' },
      condition: { field: 'orders_count', operator: 'at_least', value: 1 },
    },
    {
      key: 'lost_buyers',
      name: { en: 'Buyers who have not returned for half a year', ru: 'Покупатели, не возвращавшиеся полгода' },
      description: { en: 'Ordered before, but not in the last 6 months.', ru: 'Раньше заказывали, но не за последние 6 месяцев.' },
      condition: { all: [{ field: 'orders_count', operator: 'at_least', value: 1 }, { field: 'last_order_at', operator: 'more_than_ago', value: { amount: 6, unit: 'months' } }] },
    },
  ]
}

/** The ready-made segments, in the company's language and for its currency. A second run makes none twice. */
export async function seedSegments(tx: Db, company: { language: string, currency: string }, now: Date = new Date()): Promise<void> {
  const language = company.language === 'ru' ? 'ru' : 'en'
  const context = { ...await loadConditionContext(tx), currency: company.currency, now }
  for (const example of examples(company.currency)) {
    await insertSegment(tx, {
      name: example.name[language],
      description: example.description[language],
      kind: 'live',
      condition: example.condition,
      made_from: null,
      depends_on: compileCondition(example.condition, context).dependsOn,
      example_key: example.key,
      created_by: null,
    }, now)
  }
}
