import { describe, expect, test } from 'vitest'
import type { Condition, FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { asShown, countLeaves, isComplete, newLeaf, partPath, readCount, readGroup, readLeaf, withCount, withOperator, writeGroup } from './condition-tree.ts'

const vocabulary: ConditionVocabulary = {
  currency: 'RUB',
  custom_fields: [{ key: 'size', label: 'Size', kind: 'number', options: [] }],
  tags: [{ id: 3, name: 'vip' }, { id: 4, name: 'new' }], topics: [], segments: [], users: [], campaigns: [], journeys: [], templates: [], forms: [], coupon_pools: [], pipelines: [], lead_sources: [], events: [], item_values: {}, field_values: {},
}
const city: FieldLeaf = { field: 'city', operator: 'is', value: 'Paris' }

describe('conditions in the builder', () => {
  test('groups are read and written back unchanged', () => {
    for (const condition of [{ all: [city] }, { any: [] }, { not: { any: [city] } }, { not: { all: [city, city] } }] as Condition[]) {
      const group = readGroup(condition)
      expect(group && writeGroup(group)).toEqual(condition)
    }
  })

  test('a lone leaf is shown inside a group, and two nots cancel out', () => {
    expect(asShown(city)).toEqual({ all: [city] })
    expect(asShown({ not: { not: { any: [{ not: { not: { not: city } } }] } } })).toEqual({ any: [{ not: city }] })
    expect(readLeaf({ not: city })).toEqual({ leaf: city, negated: true })
  })

  test('errors of the server find their row', () => {
    expect(partPath(partPath('condition', 'none', 1), 'all', 0)).toBe('condition.not.any[1].all[0]')
  })

  test('another operator keeps a value that still fits', () => {
    expect(withOperator(city, 'contains', 'text')).toEqual({ field: 'city', operator: 'contains', value: 'Paris' })
    expect(withOperator(city, 'one_of', 'text')).toEqual({ field: 'city', operator: 'one_of', value: ['Paris'] })
    expect(withOperator(city, 'unknown', 'text')).toEqual({ field: 'city', operator: 'unknown' })
    expect(withOperator({ field: 'created_at', operator: 'in_last', value: { amount: 3, unit: 'weeks' } }, 'more_than_ago', 'date').value).toEqual({ amount: 3, unit: 'weeks' })
  })

  test('what is not filled in yet is not complete', () => {
    expect(isComplete({ all: [city] }, vocabulary)).toBe(true)
    expect(isComplete({ all: [newLeaf('field:city', vocabulary)] }, vocabulary)).toBe(false)
    expect(isComplete({ all: [newLeaf('tag', vocabulary)] }, vocabulary)).toBe(false)
    expect(isComplete({ not: newLeaf('segment', vocabulary) }, vocabulary)).toBe(false)
    expect(isComplete({ any: [newLeaf('field:fields.size', vocabulary), newLeaf('event:order.placed', vocabulary), newLeaf('consent', vocabulary)] }, vocabulary)).toBe(true)
  })

  test('how often an event happened survives the round trip', () => {
    for (const [mode, times] of [['once', 1], ['at_least', 3], ['at_most', 2], ['exactly', 4], ['never', 0]] as const) {
      expect(readCount(withCount({ event: 'order.placed' }, mode, times))).toEqual({ mode, times })
    }
  })

  test('leaves are counted through groups', () => {
    expect(countLeaves({ all: [city, { not: { any: [city, { not: city }] } }] })).toBe(3)
  })
})
