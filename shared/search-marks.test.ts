import { expect, test } from 'vitest'
import { markMatches } from './search-marks.ts'

const marked = (text: string, query: string) => markMatches(text, query).map(piece => piece.isMatch ? `[${piece.text}]` : piece.text).join('')

test('what fits is marked in its own spelling, at the beginning of words first', () => {
  expect(marked('Юрий Петров', 'petr')).toBe('Юрий [Петр]ов')
  expect(marked('Юрий Петров', 'gtnh')).toBe('Юрий [Петр]ов')
  expect(marked('Anna Shcherbakova', 'щерб')).toBe('Anna [Shcherb]akova')
  expect(marked('Kovalev Lev', 'lev')).toBe('Kovalev [Lev]')
  expect(marked('Петров Юрий', 'юр петров')).toBe('[Петров] [Юр]ий')
  expect(marked('Иван', 'zzz')).toBe('Иван')
  expect(marked('', 'x')).toBe('')
})
