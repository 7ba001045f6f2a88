import { describe, expect, test } from 'vitest'
import { parseCondition } from './check-condition.ts'

const context = { customFields: [{ key: 'size', kind: 'number' }, { key: 'birthday', kind: 'date' }, { key: 'old', kind: 'date', archived: true }] }
const errorsOf = (condition: unknown) => parseCondition(condition, context).errors.map(error => `${error.field}: ${error.message}`)

describe('checking a condition', () => {
  test('names the place of each mistake', () => {
    expect(errorsOf({ all: [{ field: 'city', operator: 'is', value: 'Paris' }, { field: 'city', operator: 'at_least', value: 3 }] }))
      .toEqual(['condition.all[1].operator: "at_least" does not fit city, which takes is, is_not, contains, does_not_contain, starts_with, one_of, known, unknown'])
    expect(errorsOf({ any: [{ event: 'order.placed', count: { at_least: 0 } }] })[0]).toMatch(/^condition\.any\[0\]\.count/)
    expect(errorsOf({ not: { event: 'orders' } })).toEqual(['condition.not.event: a type looks like "order.placed": lower case words joined by dots'])
    expect(errorsOf({ tag: 1, has: true, also: 2 })).toEqual(['condition: does not know also'])
    expect(errorsOf({ field: 'shoe_size', operator: 'is', value: 1 })[0]).toMatch(/^condition\.field: there is no field "shoe_size"/)
  })

  test('values must fit the kind of the field', () => {
    expect(errorsOf({ field: 'fields.size', operator: 'at_least', value: 'big' })).toEqual(['condition.value: must be a number between -1e12 and 1e12'])
    expect(errorsOf({ field: 'revenue', operator: 'between', value: [10, 1] })).toEqual(['condition.value: "between" takes the smaller value first'])
    expect(errorsOf({ field: 'last_open_at', operator: 'in_last', value: 3 })).toEqual(['condition.value: "in_last" takes a length of time: {amount, unit}'])
    expect(errorsOf({ field: 'fields.birthday', operator: 'before', value: '2026-02-30' })[0]).toMatch(/must be a date/)
    expect(errorsOf({ field: 'city', operator: 'known', value: 'x' })).toEqual(['condition.value: "known" takes no value'])
    expect(errorsOf({ field: 'city', operator: 'is', value: 'a\0b' })).toEqual(['condition.value: holds characters that cannot be stored'])
    expect(errorsOf({ event: 'order.placed', window: { within: { amount: 7, unit: 'days' }, after_field: 'city' } })).toEqual(['condition.window.after_field: "city" is not a date of the card'])
  })

  test('ten levels are allowed, more are refused, however many', () => {
    const nested = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>(inner => ({ not: inner }), { tag: 1, has: true })
    expect(errorsOf(nested(9))).toEqual([])
    expect(errorsOf(nested(10))[0]).toMatch(/at most 10 deep/)
    expect(errorsOf(nested(100_000))[0]).toMatch(/at most 10 deep/)
  })

  test('200 leaves are allowed, 201 are refused once', () => {
    const leaves = (count: number) => Array.from({ length: count }, () => ({ tag: 1, has: true }))
    expect(errorsOf({ all: [{ any: leaves(100) }, { any: leaves(100) }] })).toEqual([])
    expect(errorsOf({ all: [{ any: leaves(100) }, { any: leaves(100) }, { any: leaves(100) }] })).toEqual(['condition.all[2].any[0]: a condition may have at most 200 leaves'])
  })

  test('a mail of a journey is asked about in journeys only', () => {
    const leaf = { mail_step: 'welcome', reaction: 'clicked', happened: true }
    expect(errorsOf(leaf)).toEqual(['condition.mail_step: mails of a journey can be asked about inside that journey only'])
    expect(parseCondition(leaf, context, { journey: true, path: 'steps.check.condition' }).errors).toEqual([])
  })

  test('the options of a leaf must fit each other', () => {
    const day = { amount: 1, unit: 'days' }
    expect(errorsOf({ event: 'order.placed', count: { at_least: 1 }, measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 1 } })).toEqual(['condition.measure: either a count or a measure, not both'])
    expect(errorsOf({ event: 'order.placed', by_day: true, measure: { of: 'sum', property: 'amount', operator: 'between', value: 1 } })).toEqual(['condition.by_day: days are counted, not measured', 'condition.measure.value: "between" takes a list of two values: from and to'])
    expect(errorsOf({ event: 'order.placed', window: { within: day, after_event: 'Orders' } })[0]).toMatch(/^condition\.window\.after_event: a type looks like/)
    expect(errorsOf({ event: 'order.placed', window: { since_entry: true } })).toEqual(['condition.window: since the entry can be asked inside a journey only'])
    expect(errorsOf({ event: 'order.placed', where_item: [{ property: 'items.sku', operator: 'known' }] })).toEqual(['condition.where_item[0].property: properties of a line are named without "items."'])
    expect(errorsOf({ event: 'order.placed', window: 'ever' })[0]).toMatch(/^condition\.window: must be one of/)
    expect(errorsOf({ related: 'lead', measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 1 } })).toEqual(['condition.measure.property: a lead has no numbers to measure'])
    expect(errorsOf({ related: 'deal', where: [{ field: 'colour', operator: 'is', value: 'x' }, { field: 'amount', operator: 'contains', value: 1 }] })).toEqual([
      expect.stringMatching(/^condition\.where\[0\]\.field: there is no field "colour" of this record/), expect.stringMatching(/^condition\.where\[1\]\.operator: "contains" does not fit amount/),
    ])
    expect(errorsOf({ mail: 'opened', of: null, happened: true, link: 'x' })).toEqual(['condition.link: a link can be named with "clicked" only'])
    expect(errorsOf({ mail: 'opened', of: 3, happened: true })[0]).toMatch(/^condition\.of: must be null/)
    expect(errorsOf({ tag: 1, has: false, since: { operator: 'in_last', value: day } })).toEqual(['condition.since: how long can be asked only of what is there'])
    expect(errorsOf({ journey: 1, state: 'ever', happened: true, step: 'a' })).toEqual(['condition.step: a step can be named with "in" only'])
    expect(errorsOf({ field: 'created_at', operator: 'anniversary_today', value: day })).toEqual(['condition.value: "anniversary_today" takes no value'])
    expect(errorsOf({ field: 'created_at', operator: 'anniversary_in_next', value: { amount: 3, unit: 'hours' } })[0]).toMatch(/takes a number of days or weeks/)
  })

  test('a custom field that was put away cannot be built on any more', () => {
    expect(errorsOf({ field: 'fields.old', operator: 'known' })).toEqual(['condition.field: the field "fields.old" has been put away'])
    expect(errorsOf({ event: 'order.placed', window: { within: { amount: 7, unit: 'days' }, after_field: 'fields.old' } })).toEqual(['condition.window.after_field: "fields.old" is not a date of the card'])
  })
})
