import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'

const file = path.resolve(import.meta.dirname, '../../../shared/corpora/naughty-strings/naughty_strings.json')
const corpus: string[] = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { strings: { string: string }[] }).strings.map(entry => entry.string) : []
if (corpus.length === 0) console.log('skipped: corpora not present')
const naughty = [...corpus, '\'; drop table contacts; --', '%_\\', '\u202Eabc', '😀', 'a\0b', '\ud800', ' ', '{{x}}', '=cmd()', 'İ', 'ß']

let app: TestApp
let client: Client
beforeAll(async () => {
  app = await testApp()
  client = await app.as('marketer')
})
afterAll(() => app.close())

const preview = async (condition: unknown) => (await client.post('/api/v1/conditions/preview', { condition })).status

test('any text in a condition is looked for as it is, or refused with the reason', async () => {
  for (let from = 0; from < naughty.length; from += 45) {
    const texts = naughty.slice(from, from + 45)
    const leaves = texts.flatMap(value => [{ field: 'city', operator: 'contains', value }, { event: 'order.placed', where: [{ property: value.slice(0, 100) || 'x', operator: 'is', value }] }])
    const storable = leaves.filter(leaf => ![...JSON.stringify(leaf).matchAll(/\\u0000|\\ud[89a-f]/g)].length && !('value' in leaf && leaf.value === ''))
    expect(await preview({ any: storable })).toBe(200)
    for (const leaf of leaves.filter(one => !storable.includes(one))) expect([200, 422]).toContain(await preview(leaf))
  }
})

test.each([
  [{ field: 'created_at', operator: 'in_last', value: { amount: 100_000, unit: 'months' } }],
  [{ field: 'created_at', operator: 'in_next', value: { amount: 100_000, unit: 'months' } }],
  [{ field: 'created_at', operator: 'between', value: ['0001-01-01', '9999-12-31'] }],
  [{ field: 'created_at', operator: 'before', value: '0000-01-01' }],
  [{ field: 'revenue', operator: 'at_least', value: 1e12 }],
  [{ field: 'revenue', operator: 'at_least', value: 1e300 }],
  [{ field: 'orders_count', operator: 'is', value: 5e-324 }],
  [{ field: 'owner_id', operator: 'is', value: 1.5 }],
  [{ event: 'order.placed', window: { within: { amount: 100_000, unit: 'months' }, after_field: 'created_at' } }],
  [{ event: 'order.placed', window: { from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59+23:59' } }],
  [{ event: 'order.placed', window: {} }],
  [{ event: 'order.placed', where: [{ property: 'amount', operator: 'is', value: 1e300 }, { property: 'items.price', operator: 'at_most', value: -1e15 }] }],
  [{ event: 'order.placed', count: { at_most: 1_000_000 } }],
  [{ tag: Number.MAX_SAFE_INTEGER, has: true }],
  [{ segment: -1, in: true }],
  [{ field: 'city', operator: 'one_of', value: Array.from({ length: 10_000 }, (_, index) => String(index)) }],
  [{ field: '__proto__', operator: 'known' }],
  [{ field: 'constructor', operator: 'known' }],
  [null], [[]], ['x'], [{}],
])('an extreme but possible value is taken, an impossible one refused: %j', async condition => {
  expect([200, 422]).toContain(await preview(condition))
})
