import { describe, expect, test } from 'vitest'
import { conditionOfStep, countSteps } from './condition-steps.ts'
import type { Condition, ConditionLeaf } from './conditions.ts'

const leaf = (tag: number): ConditionLeaf => ({ tag, has: true })
const [a, b, c, d] = [leaf(1), leaf(2), leaf(3), leaf(4)] as const

/** One person of each kind there can be: every combination of four leaves. */
const everybody = Array.from({ length: 16 }, (_, number) => ({ truths: [1, 2, 4, 8].map(bit => (number & bit) > 0), people: 1 }))
const holds = (condition: Condition, tags: readonly boolean[]): boolean => {
  if ('all' in condition) return condition.all.every(part => holds(part, tags))
  if ('any' in condition) return condition.any.some(part => holds(part, tags))
  if ('not' in condition) return !holds(condition.not, tags)
  return 'tag' in condition && (tags[condition.tag - 1] ?? false)
}
const numbers = (condition: Condition) => Object.fromEntries(countSteps(condition, everybody).steps.map(step => [step.path.replace('condition.', ''), step.count]))

describe('how the number changes after each line', () => {
  test('a group of which all must be true is a funnel, and of its opposite what is left', () => {
    expect(numbers({ all: [a, b, c] })).toEqual({ 'all[0]': 8, 'all[1]': 4, 'all[2]': 2 })
    expect(numbers({ not: { any: [a, b, c] } })).toEqual({ 'not.any[0]': 8, 'not.any[1]': 4, 'not.any[2]': 2 })
  })

  test('of a group of which one is enough each part says what it adds', () => {
    expect(numbers({ any: [a, b, c] })).toEqual({ 'any[0]': 8, 'any[1]': 4, 'any[2]': 2 })
    expect(countSteps({ any: [a, a] }, [{ truths: [true, true], people: 8 }]).steps).toEqual([{ path: 'condition.any[0]', count: 8 }, { path: 'condition.any[1]', count: 0 }])
  })

  test('a group inside is about those who came to it', () => {
    expect(numbers({ all: [a, { any: [b, c] }, d] })).toEqual({ 'all[0]': 8, 'all[1]': 6, 'all[1].any[0]': 4, 'all[1].any[1]': 2, 'all[2]': 3 })
  })

  test('people who are alike are counted together, and an empty condition is everyone', () => {
    expect(countSteps({ all: [a] }, [{ truths: [true], people: 30 }, { truths: [false], people: 12 }])).toEqual({ count: 30, steps: [{ path: 'condition.all[0]', count: 30 }] })
    expect(countSteps({ all: [] }, [{ truths: [], people: 5 }])).toEqual({ count: 5, steps: [] })
    expect(countSteps({ any: [] }, [{ truths: [], people: 5 }]).count).toBe(0)
  })

  test('every number is that of a condition of its own', () => {
    const trees: Condition[] = [
      { all: [a, { any: [b, { not: c }, { all: [d, a] }] }, { not: { any: [c, d] } }] },
      { any: [{ all: [a, b] }, { not: { all: [c, { any: [d, a] }] } }] },
      { not: { all: [a, { not: { any: [b, c] } }, { not: d }] } },
    ]
    for (const tree of trees) {
      // The tags of the leaves in the order they stand, since that is what the counting is given.
      const tags = [...JSON.stringify(tree).matchAll(/"tag":(\d)/g)].map(match => Number(match[1]))
      const alike = everybody.map(person => ({ truths: tags.map(tag => person.truths[tag - 1] ?? false), people: 1 }))
      const { count, steps } = countSteps(tree, alike)
      expect(count).toBe(everybody.filter(person => holds(tree, person.truths)).length)
      for (const step of steps) {
        const own = conditionOfStep(tree, step.path)
        expect(own, step.path).toBeDefined()
        expect(everybody.filter(person => own && holds(own, person.truths)).length, `${JSON.stringify(tree)} ${step.path}`).toBe(step.count)
      }
    }
    expect(conditionOfStep({ all: [a] }, 'condition.all[3]')).toBeUndefined()
  })
})
