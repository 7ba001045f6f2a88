import { expect, test } from 'vitest'
import { computeFormula, FormulaError, orderFormulas, parseFormula } from './formulas.ts'
import type { FormulaType, FormulaValue } from './formulas.ts'

const fields = new Map<string, FormulaType>([['price', 'number'], ['quantity', 'number'], ['city', 'text'], ['born', 'date'], ['vip', 'boolean']])
const values: Record<string, FormulaValue> = { price: 1490.5, quantity: 3, city: 'Тверь', born: '1990-12-31', vip: true }
const compute = (source: string, given: Record<string, FormulaValue> = values) => computeFormula(parseFormula(source, fields), name => given[name] ?? null)

test.each<[string, FormulaValue]>([
  ['{price} * {quantity} + 1', 4472.5], ['2 + 3 * 4 - -1', 15], ['(2 + 3) * 4', 20], ['10 / 4', 2.5], ['0.1 + 0.2', 0.3],
  ['round(1.005, 2)', 1.01], ['round(-2.5)', -3], ['max(1, {quantity}, 2)', 3], ['if({vip} and not {price} < 1000, "VIP", "—")', 'VIP'],
  ['{city} & ", " & {quantity}', 'Тверь, 3'], ['upper(left({city}, 2))', 'ТВ'], ['length("a\\"b")', 3], ['contains({city}, "ВЕР")', true],
  ['year({born}) + month({born}) + day({born})', 2033], ['add_days({born}, 1)', '1991-01-01'], ['days_between({born}, add_days({born}, 400))', 400],
  ['{born} < add_days({born}, 1) = true', true], ['default({price}, 0) > 1e0 or false', null],
])('%s is %s', (source, expected) => {
  if (expected === null) expect(() => compute(source)).toThrow(FormulaError)
  else expect(compute(source)).toEqual({ value: expected })
})

test('what is empty makes what is computed from it empty; a division by zero and what is too large say so', () => {
  expect([compute('{price} * 2', {}), compute('{price} > 2', {}), compute('if({price} > 2, 1, 0)', {}), compute('default({price}, 7)', {}), compute('empty({price})', {}), compute('{city} & "!"', {})].map(found => found.value)).toEqual([null, null, 0, 7, true, '!'])
  expect(compute('{price} / ({quantity} - 3)')).toEqual({ value: null, reason: 'division_by_zero' })
  expect(compute('default({price} / 0, 5)').value).toBe(5)
  expect(compute('999999999999 * 999999999999')).toEqual({ value: null, reason: 'too_large' })
  expect(compute('add_days({born}, 999999999)')).toEqual({ value: null, reason: 'too_large' })
})

test.each<[string, number, RegExp]>([
  ['{price} + {cost}', 11, /no field \{cost\}/], ['1 + ', 5, /missing/], ['', 1, /missing/], ['{price} + "a"', 11, /number is expected/], ['{city} = 1', 10, /text is expected/], ['sum(1)', 1, /no function/],
  ['round()', 1, /takes/], ['if({vip}, 1, "a")', 14, /number is expected/], ['1 2', 3, /not expected/], ['1 + (2', 7, /"\)" is expected/], ['constructor(1)', 1, /no function/], ['{__proto__}', 1, /no field/], ['1 ; 2', 3, /not expected/], ['('.repeat(5000), 2000, /at most/], [`${'-'.repeat(60)}1`, 51, /nested/],
])('%s is refused at its place', (source, position, message) => {
  let problem: unknown
  try {
    parseFormula(source, fields)
  } catch (error) {
    problem = error
  }
  expect(problem).toBeInstanceOf(FormulaError)
  expect([(problem as FormulaError).position, (problem as FormulaError).message]).toEqual([position, expect.stringMatching(message)])
})

test('formulas stand after those they need; a loop is named', () => {
  expect(orderFormulas([{ key: 'c', needs: ['b', 'x'] }, { key: 'b', needs: ['a'] }, { key: 'a', needs: [] }])).toMatchObject({ ordered: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] })
  expect(orderFormulas([{ key: 'a', needs: ['b'] }, { key: 'b', needs: ['c'] }, { key: 'c', needs: ['b'] }])).toEqual({ loop: ['b', 'c', 'b'] })
  expect(orderFormulas([{ key: 'a', needs: ['a'] }])).toEqual({ loop: ['a', 'a'] })
})
