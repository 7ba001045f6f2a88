import { expect, test } from 'vitest'
import type { Person } from '../../leads/choose-person.ts'
import { chooseManager } from './choose-manager.ts'

const person = (id: number, more: Partial<Person> = {}): [number, Person] => [id, { id, name: `Person ${id}`, works_now: false, works_from: null, online: false, absent_until: null, load: 0, territory: [], substitute_id: null, ...more }]
const people = (...more: [number, Person][]) => new Map([person(1), person(2), person(3), ...more])

test('in turn each comes after the one before, round and round, and whoever left is passed over', () => {
  const rule = { kind: 'round_robin' as const, users: [3, 9, 1, 2] }
  let last: number | undefined
  const order = Array.from({ length: 7 }, () => last = chooseManager(rule, people(), last)!.user_id)
  expect(order).toEqual([3, 1, 2, 3, 1, 2, 3])
  // Who came last was taken out of the list meanwhile.
  expect(chooseManager(rule, people(), 8)).toMatchObject({ user_id: 3 })
})

test('the least busy gets it, of equals the next in turn', () => {
  const rule = { kind: 'least_busy' as const, users: [1, 2, 3] }
  const busy = people(person(1, { load: 4 }), person(2, { load: 2 }), person(3, { load: 2 }))
  expect(chooseManager(rule, busy, undefined)).toEqual({ user_id: 2, turn: 2, because: 'least_busy', load: 2 })
  expect(chooseManager(rule, busy, 2)).toMatchObject({ user_id: 3 })
})

test('who is away is stood in for, keeping their turn, or passed over', () => {
  const rule = { kind: 'round_robin' as const, users: [1, 2, 3] }
  expect(chooseManager(rule, people(person(1, { absent_until: '2026-12-03', substitute_id: 3 })), undefined)).toMatchObject({ user_id: 3, turn: 1 })
  expect(chooseManager(rule, people(person(1, { absent_until: '2026-12-03' })), undefined)).toMatchObject({ user_id: 2, turn: 2 })
  expect(chooseManager(rule, people(person(1, { absent_until: '2026-12-03', substitute_id: 3 }), person(3, { absent_until: '2026-12-03', substitute_id: 1 })), 3)).toMatchObject({ user_id: 2 })
})

test('when nobody of them works here any more there is nobody', () => {
  for (const rule of [{ kind: 'user' as const, user: 9 }, { kind: 'user' as const, user: null }, { kind: 'round_robin' as const, users: [8, 9] }, { kind: 'least_busy' as const, users: [] }]) {
    expect(chooseManager(rule, people(), undefined)).toBeUndefined()
  }
})
