import { expect, test } from 'vitest'
import { tidyName } from './tidy-name.ts'

test('names all in capitals or small letters get their capital letters; what is written with both stays', () => {
  const written = ['IVAN', 'анна-мария', 'ИВАНОВ-ПЕТРОВ', 'o\'brien', 'VAN DER MEER', 'anna van der meer', 'mcdonald', 'd\'artagnan', 'leGuin', 'Anna', 'я', 'ёлкин', '李', '']
  expect(written.map(tidyName)).toEqual(['Ivan', 'Анна-Мария', 'Иванов-Петров', 'O\'Brien', 'Van der Meer', 'Anna van der Meer', 'McDonald', 'D\'Artagnan', 'leGuin', 'Anna', 'я', 'Ёлкин', '李', ''])
  for (const name of written) expect(tidyName(tidyName(name))).toBe(tidyName(name))
})
