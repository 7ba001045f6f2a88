import { expect, test } from 'vitest'
import { inWords } from './liquid-words.ts'

const fields = [{ path: 'contact.first_name', label: { en: 'First name', ru: 'Имя' }, group: 'contact' as const, example: '', always: false }]

test.each([
  ['Hello {{ contact.first_name | default: "you" }}!', 'Hello [First name]!'],
  ['{% if contact.first_name != blank %}{{ contact.first_name }}, hello!{% else %}Hello!{% endif %}', '[First name], hello!'],
  ['{{ contact.fields.size }} and {% assign a = 1 %}more', '[size] and more'],
  ['no Liquid {at all}', 'no Liquid {at all}'],
])('%s', (source, words) => {
  expect(inWords(source, fields, 'en')).toBe(words)
})
