import { expect, test } from 'vitest'
import { couponLetters } from '../../shared/coupons.ts'
import { makeCodes } from './make-codes.ts'
import { readCodes } from './read-codes.ts'

test('codes are read from lines, from the first column of a table, and from one line of many', () => {
  expect(readCodes('A-1\r\n\nB-2\n').codes).toEqual(['A-1', 'B-2'])
  expect(readCodes('\uFEFFКод;Скидка\n"A-1";10\nB-2;20').codes).toEqual(['A-1', 'B-2'])
  expect(readCodes('A-1, B-2;C-3 D-4').codes).toEqual(['A-1', 'B-2', 'C-3', 'D-4'])
  expect(readCodes(' \n').codes).toEqual([])
  expect(readCodes('КОД').codes).toEqual(['КОД'])
})

test('what is no code is named with its line', () => {
  expect(readCodes('A-1\nx\nhas space\nB-2')).toEqual({ codes: ['A-1', 'B-2'], refused: [{ line: 2, code: 'x', message: 'is shorter than 3 characters' }, { line: 3, code: 'has space', message: 'holds a space or an invisible character' }] })
})

test('a pattern gives random codes without look-alike letters', () => {
  const codes = makeCodes('VIP-********', 2000)
  expect(new Set(codes).size).toBe(2000)
  for (const code of codes) expect(code).toMatch(new RegExp(`^VIP-[${couponLetters}]{8}$`))
  expect(couponLetters).not.toMatch(/[01OIL]/)
})
