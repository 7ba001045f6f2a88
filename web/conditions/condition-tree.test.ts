import { describe, expect, test } from 'vitest'
import type { Condition, EventLeaf, FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { asShown, countLeaves, dissolve, moveBy, moveTo, partAt, partPath, readGroup, readLeaf, writeGroup } from './condition-tree.ts'
import type { Direction, Place } from './condition-tree.ts'
import { lineOf, readCondition, syntaxErrorIn } from './condition-text.ts'
import { readCount, withCount, withMeasure } from './counting.ts'
import { isComplete, newLeaf, withOperator } from './leaves.ts'

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
      expect(readCount(withCount<EventLeaf>({ event: 'order.placed' }, mode, times))).toEqual({ mode, times })
    }
  })

  test('leaves are counted through groups', () => {
    expect(countLeaves({ all: [city, { not: { any: [city, { not: city }] } }] })).toBe(3)
  })

  test('a sum takes the place of a count, and a count that of a sum', () => {
    const summed = withMeasure<EventLeaf>({ event: 'order.placed', count: { at_least: 3 }, by_day: true }, 'sum', 'amount')
    expect(summed).toEqual({ event: 'order.placed', measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 1 } })
    expect(withCount(summed, 'never', 0)).toEqual({ event: 'order.placed', count: { exactly: 0 } })
  })
})

describe('moving parts of a condition', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((value): Condition => ({ field: 'city', operator: 'is', value })) as [Condition, Condition, Condition, Condition]
  const tree: Condition = { all: [a, { any: [b, c] }, d] }
  const moved = (place: Place, direction: Direction) => moveBy(tree, place, direction)

  test('up and down among the neighbours, and not beyond them', () => {
    expect(moved([0], 'down')).toEqual({ condition: { all: [{ any: [b, c] }, a, d] }, place: [1] })
    expect(moved([2], 'up')).toEqual({ condition: { all: [a, d, { any: [b, c] }] }, place: [1] })
    expect(moved([0], 'up')).toBeNull()
    expect(moved([1, 1], 'down')).toBeNull()
  })

  test('out of a group, and to the end of the group above', () => {
    expect(moved([1, 0], 'out')).toEqual({ condition: { all: [a, { any: [c] }, b, d] }, place: [2] })
    expect(moved([2], 'into')).toEqual({ condition: { all: [a, { any: [b, c, d] }] }, place: [1, 2] })
    expect(moved([1], 'into')).toBeNull()
    expect(moved([0], 'out')).toBeNull()
  })

  test('to any place by dragging, but a group not into itself; nothing is lost or doubled', () => {
    expect(moveTo(tree, [1], [1, 0])).toBeNull()
    expect(moveTo(tree, [0], [1, 1])).toEqual({ condition: { all: [{ any: [b, a, c] }, d] }, place: [0, 1] })
    for (const from of [[0], [1], [2], [1, 0], [1, 1]]) {
      for (const to of [[0], [1], [2], [3], [1, 0], [1, 1], [1, 2]]) {
        const result = moveTo(tree, from, to)
        if (result === null) continue
        expect(countLeaves(result.condition)).toBe(4)
        expect(partAt(result.condition, result.place), `${from.join()} to ${to.join()}`).toEqual(partAt(tree, from))
      }
    }
  })

  test('a group is dissolved where it stands', () => {
    expect(dissolve(tree, [1])).toEqual({ all: [a, b, c, d] })
  })
})

describe('conditions as text', () => {
  test('what was copied is read back, also out of a segment of the API or as a list', () => {
    expect(readCondition(JSON.stringify(city))).toEqual(city)
    expect(readCondition(JSON.stringify({ name: 'Parisians', condition: { any: [city] } }))).toEqual({ any: [city] })
    expect(readCondition(JSON.stringify([city, { tag: 3, has: true }]))).toEqual({ all: [city, { tag: 3, has: true }] })
    for (const text of ['', 'city is Paris', '3', '{}', '{"all": 3}', '{"all": [7]}', '[]', `${'{"not":'.repeat(50)}{"tag":1}${'}'.repeat(50)}`]) expect(readCondition(text), text).toBeNull()
  })

  test('a fault is found on its line', () => {
    expect(syntaxErrorIn('{"all": [\n  {"tag": 3 "has": true}\n]}')).toEqual({ line: 2, column: 13 })
    expect(syntaxErrorIn('{"all": [')).toEqual({ line: 1, column: 10 })
    expect(syntaxErrorIn('{"tag": 3} x')).toEqual({ line: 1, column: 12 })
    expect(syntaxErrorIn(JSON.stringify({ all: [city, { not: { field: 'x', operator: 'is', value: [1, -2.5e3, null, 'a"b'] } }] }, null, 2))).toBeNull()
  })

  test('a place the server names is a line of the text', () => {
    const text = JSON.stringify({ all: [city, { not: { any: [{ tag: 4, has: true }] } }] }, null, 2)
    const line = (path: string) => text.split('\n')[lineOf(text, path) - 1]?.trim()
    expect(line('condition.all[0].value')).toBe('"value": "Paris"')
    expect(line('condition.all[1].not.any[0].tag')).toBe('"tag": 4,')
    expect(line('condition.all[1].not.any[0].nothing.there')).toBe('{')
    expect(lineOf(text, 'condition')).toBe(1)
  })
})
