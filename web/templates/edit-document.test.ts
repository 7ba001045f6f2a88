import { expect, test } from 'vitest'
import { array, assert, constant, constantFrom, nat, oneof, property, record, tuple } from 'fast-check'
import type { MailBlock } from '../../shared/templates.ts'
import { duplicateBlock, findBlock, insertBlock, moveBlock, moveBy, placeOf, removeBlock, setColumnCount } from './edit-document.ts'

const text = (id: string): Extract<MailBlock, { kind: 'text' }> => ({ id, kind: 'text', html: id })
const mail = (): MailBlock[] => [text('a'), { id: 'c', kind: 'columns', columns: [[text('l1'), text('l2')], [text('r1')]] }, text('b')]
const shape = (blocks: MailBlock[]): string => blocks.map(block => block.kind === 'columns' ? `[${block.columns.map(leaves => leaves.map(leaf => leaf.id).join(' ')).join('|')}]` : block.id).join(' ')

test('a block is put before what stands at the place, also inside a column', () => {
  expect(shape(insertBlock(mail(), text('x'), { index: 1 }))).toBe('a x [l1 l2|r1] b')
  expect(shape(insertBlock(mail(), text('x'), { columnsId: 'c', column: 1, index: 1 }))).toBe('a [l1 l2|r1 x] b')
  expect(shape(insertBlock(mail(), text('x'), { columnsId: 'gone', column: 1, index: 1 }))).toBe('a [l1 l2|r1] b x')
})

test('a moved block leaves its old place, within a list, into a column and out of it', () => {
  expect(shape(moveBlock(mail(), 'a', { index: 3 }))).toBe('[l1 l2|r1] b a')
  expect(shape(moveBlock(mail(), 'b', { index: 0 }))).toBe('b a [l1 l2|r1]')
  expect(shape(moveBlock(mail(), 'a', { columnsId: 'c', column: 1, index: 0 }))).toBe('[l1 l2|a r1] b')
  expect(shape(moveBlock(mail(), 'l1', { index: 0 }))).toBe('l1 a [l2|r1] b')
  expect(shape(moveBlock(mail(), 'l1', { columnsId: 'c', column: 0, index: 2 }))).toBe('a [l2 l1|r1] b')
})

test('columns never go into columns', () => {
  expect(shape(moveBlock(mail(), 'c', { columnsId: 'c', column: 0, index: 0 }))).toBe('a [l1 l2|r1] b')
})

test('with the keyboard a block goes up and down, and out of its column at the edge', () => {
  expect(shape(moveBy(mail(), 'a', 1))).toBe('[l1 l2|r1] a b')
  expect(shape(moveBy(mail(), 'a', -1))).toBe('a [l1 l2|r1] b')
  expect(shape(moveBy(mail(), 'l2', -1))).toBe('a [l2 l1|r1] b')
  expect(shape(moveBy(mail(), 'l1', -1))).toBe('a l1 [l2|r1] b')
  expect(shape(moveBy(mail(), 'r1', 1))).toBe('a [l1 l2|] r1 b')
})

test('a copy stands after the original under other ids, columns with all they hold', () => {
  const { blocks, id } = duplicateBlock(mail(), 'c')
  expect(placeOf(blocks, id)).toEqual({ index: 2 })
  const ids = blocks.flatMap(block => block.kind === 'columns' ? [block.id, ...block.columns.flat().map(leaf => leaf.id)] : [block.id])
  expect(new Set(ids).size).toBe(ids.length)
})

test('fewer columns keep what stood in the one that goes', () => {
  const three = setColumnCount({ id: 'c', kind: 'columns', columns: [[text('1')], [text('2')]] }, 3)
  expect(shape([three])).toBe('[1|2|]')
  expect(shape([setColumnCount({ id: 'c', kind: 'columns', columns: [[text('1')], [text('2')], [text('3')]] }, 2)])).toBe('[1|2 3]')
})

test('whatever is moved wherever, no block is lost or doubled', () => {
  const places = oneof(
    record({ index: nat(4) }),
    record({ columnsId: constant('c'), column: nat(1), index: nat(3) }),
  )
  assert(property(array(tuple(constantFrom('a', 'b', 'c', 'l1', 'l2', 'r1'), places)), (moves) => {
    let blocks = mail()
    for (const [id, place] of moves) blocks = moveBlock(blocks, id, place)
    const all = ['a', 'b', 'c', 'l1', 'l2', 'r1']
    expect(all.every(id => findBlock(blocks, id))).toBe(true)
    expect(all.reduce((left, id) => removeBlock(left, id), blocks)).toEqual([])
  }))
})
