import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normaliseEmail, normaliseLocale, normaliseName, normalisePhone, normaliseTimeZone, parseDay, parseNumber } from './normalise.ts'

const corpora = new URL('../../../shared/corpora/', import.meta.url)

describe('email addresses', () => {
  test('are compared in small letters, with the domain in its ASCII form', () => {
    expect(normaliseEmail(' Anna.Smith+News@Example.ORG ')).toBe('anna.smith+news@example.org')
    expect(normaliseEmail('mailto:a@почта.рф')).toBe('a@xn--80a1acny.xn--p1ai')
    expect(normaliseEmail('\u200Banna@example.org\u00A0')).toBe('anna@example.org')
  })
  test('that no mail can go to are refused', () => {
    for (const text of ['', 'a', '@b.ru', 'a@', 'a b@c.ru', 'a@b', 'a@b..ru', '.a@b.ru', 'a..b@c.ru', 'a@-b.ru', 'a@b.ru, c@d.ru', '<a@b.ru>', 'a@[1.2.3.4]', `${'x'.repeat(65)}@b.ru`, 'a@b.c\u0000']) expect(normaliseEmail(text), text).toBeNull()
  })
  test.each(['email-addresses-hapi', 'email-addresses-validatorjs'])('%s: nearly all are read as they are meant', (folder) => {
    const file = new URL(`${folder}/addresses.json`, corpora)
    if (!existsSync(file)) return console.log('skipped: corpora not present')
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: { text: string, valid: boolean, form?: string }[] }
    // Quoted local parts are allowed by RFC 5321 and by nobody who runs mailboxes; display names are no addresses.
    const plain = cases.filter(one => (one.form ?? 'address') === 'address' && !one.text.includes('"') && !/^mailto:|^\s|\s$/.test(one.text))
    const wrong = plain.filter(one => (normaliseEmail(one.text) !== null) !== one.valid)
    expect(wrong.length / plain.length, JSON.stringify(wrong.map(one => [one.text.slice(0, 80), one.valid]))).toBeLessThan(0.1)
  })
  test('a normal form is its own normal form', () => {
    fc.assert(fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'grapheme' })), (text) => {
      const once = normaliseEmail(text)
      if (once !== null) expect(normaliseEmail(once)).toBe(once)
    }))
  })
})

test('phones become E.164 however they are written', () => {
  for (const text of ['8 (916) 123-45-67', '+7 916 123 45 67', '7 916 123-45-67', '9161234567', '00 7 916 123 45 67', "'+79161234567", '+7\u00A0916\u00A01234567']) expect(normalisePhone(text, 'RU'), text).toBe('+79161234567')
  expect(normalisePhone('8 916 123 45 67', 'US')).toBe('+79161234567')
  expect(normalisePhone('(415) 555-2671', 'US')).toBe('+14155552671')
  expect(normalisePhone('+44 20 7946 0018', 'RU')).toBe('+442079460018')
  for (const text of ['', '12', 'call me', '+', '00000000000', 'x'.repeat(100), '=1+1']) expect(normalisePhone(text, 'RU'), text).toBeNull()
})

test('days are read as they are written here, and only days there are', () => {
  for (const text of ['2026-11-24', '2026-11-24T10:00:00Z', '24.11.2026', '24.11.26', '20261124', ' 2026-11-24 10:00 ']) expect(parseDay(text), text).toBe('2026-11-24')
  for (const text of ['', '31.02.2026', '2026-13-01', 'tomorrow', '24/11/2026', '0000-01-01', '2026']) expect(parseDay(text), text).toBeNull()
})

test('numbers are read with either decimal sign', () => {
  for (const [text, number] of [['1 490,50', 1490.5], ['1,490.50', 1490.5], ['1.490,50', 1490.5], ['-3', -3], ['12', 12], ['1,234,567', 1234567], ['0,5', 0.5]] as const) expect(parseNumber(text), text).toBe(number)
  for (const text of ['', 'abc', '1e5', '1-2', '=1', '--1', '1.2.3']) expect(parseNumber(text), text).toBeNull()
})

test('names lose what nobody sees, languages and zones get their usual spelling', () => {
  expect(normaliseName('  Anna\u200B \n\t Maria ')).toBe('Anna Maria')
  expect(normaliseLocale('RU')).toBe('ru')
  expect(normaliseLocale('pt_br')).toBe('pt-BR')
  expect(normaliseLocale('русский')).toBeNull()
  expect(normaliseTimeZone('europe/moscow')).toBe('Europe/Moscow')
  expect(normaliseTimeZone('+03:00')).toBeNull()
})
