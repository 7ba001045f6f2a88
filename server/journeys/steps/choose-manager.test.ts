import { expect, test } from 'vitest'
import { chooseManager } from './choose-manager.ts'

const working = new Set([1, 2, 3])
const nobodyBusy = new Map<number, number>()

test('in turn each comes after the one before, round and round, and whoever left is passed over', () => {
  const rule = { kind: 'round_robin' as const, users: [3, 9, 1, 2] }
  let last: number | undefined
  const order = Array.from({ length: 7 }, () => last = chooseManager(rule, { working, last, load: nobodyBusy })!.user_id)
  expect(order).toEqual([3, 1, 2, 3, 1, 2, 3])
  // Who came last was taken out of the list meanwhile.
  expect(chooseManager(rule, { working, last: 8, load: nobodyBusy })).toMatchObject({ user_id: 3 })
})

test('the least busy gets it, of equals the next in turn', () => {
  const rule = { kind: 'least_busy' as const, users: [1, 2, 3] }
  expect(chooseManager(rule, { working, last: undefined, load: new Map([[1, 4], [2, 2], [3, 2]]) })).toEqual({ user_id: 2, because: 'least_busy', load: 2 })
  expect(chooseManager(rule, { working, last: 2, load: new Map([[1, 4], [2, 2], [3, 2]]) })).toMatchObject({ user_id: 3 })
})

test('when nobody of them works here any more there is nobody', () => {
  for (const rule of [{ kind: 'user' as const, user: 9 }, { kind: 'user' as const, user: null }, { kind: 'round_robin' as const, users: [8, 9] }, { kind: 'least_busy' as const, users: [] }]) {
    expect(chooseManager(rule, { working, last: undefined, load: nobodyBusy })).toBeUndefined()
  }
})
