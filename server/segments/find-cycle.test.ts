import { expect, test } from 'vitest'
import { depths, findCycle } from './find-cycle.ts'

const links = [{ id: 1, name: 'A', uses: [2] }, { id: 2, name: 'B', uses: [3] }, { id: 3, name: 'C', uses: [] }]

test('a segment that comes back to itself is found, with the way', () => {
  expect(findCycle({ id: 3, name: 'C', uses: [1] }, links)).toEqual(['C', 'A', 'B', 'C'])
  expect(findCycle({ id: 3, name: 'C', uses: [3] }, links)).toEqual(['C', 'C'])
  expect(findCycle({ id: 4, name: 'D', uses: [1, 2] }, links)).toBeUndefined()
})

test('the depth is the longest chain below', () => {
  expect([...depths([...links, { id: 4, name: 'D', uses: [3, 1] }])]).toEqual(expect.arrayContaining([[3, 0], [2, 1], [1, 2], [4, 3]]))
})
