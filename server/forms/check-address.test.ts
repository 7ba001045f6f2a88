import { describe, expect, test } from 'vitest'
import { checkAddress, isOneSlipAway, suggestAddress, type Resolver } from './check-address.ts'
import { inkOn } from './form-page.ts'
import { slugFor } from './default-definition.ts'

const fault = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
const resolver = (answers: Partial<Resolver>): Resolver => ({ resolveMx: fault('ENOTFOUND'), resolve4: fault('ENOTFOUND'), resolve6: fault('ENOTFOUND'), ...answers })

describe('addresses', () => {
  test('a mistyped domain is proposed as it was probably meant', () => {
    expect(suggestAddress('anna@gmial.com')).toBe('anna@gmail.com')
    expect(suggestAddress('anna@gmal.com')).toBe('anna@gmail.com')
    expect(suggestAddress('anna@yandex.rru')).toBe('anna@yandex.ru')
    expect(suggestAddress('anna@shop.con')).toBe('anna@shop.com')
    expect(suggestAddress('anna@hotmial.com')).toBe('anna@hotmail.com')
  })
  test('a right or unusual domain is left alone', () => {
    for (const email of ['anna@gmail.com', 'anna@mail.ru', 'anna@ya.ru', 'anna@yandex.ru', 'anna@company.example', 'anna@gmx.de', 'anna@mail.com', 'anna@yandex.kz']) expect(suggestAddress(email)).toBeNull()
  })
  test('a swap of neighbours is one slip, two slips are not', () => {
    expect(isOneSlipAway('gmial.com', 'gmail.com')).toBe(true)
    expect(isOneSlipAway('gmiall.com', 'gmail.com')).toBe(false)
  })
  test('a throw-away address is refused', async () => {
    expect(await checkAddress('anna@mailinator.com', resolver({}))).toEqual({ fault: 'disposable' })
  })
  test('a domain that does not exist is refused when the name server can be trusted', async () => {
    const answers = resolver({ resolveMx: domain => domain === 'gmail.com' ? Promise.resolve([{ exchange: 'mx' }]) : fault('ENOTFOUND')() })
    expect(await checkAddress('anna@no-such-domain-1.example', answers)).toEqual({ fault: 'noSuchDomain' })
  })
  test('a name server that is away, says no to everything or never answers does not stand in the way', async () => {
    expect(await checkAddress('anna@away-1.example', resolver({ resolveMx: fault('ECONNREFUSED') }))).toEqual({ email: 'anna@away-1.example' })
    expect(await checkAddress('anna@away-2.example', resolver({}))).toEqual({ email: 'anna@away-2.example' })
    expect(await checkAddress('anna@away-3.example', resolver({ resolveMx: () => new Promise(() => undefined) }))).toEqual({ email: 'anna@away-3.example' })
  })
  test('a domain without MX but with a host takes mail, one with a null MX does not', async () => {
    expect(await checkAddress('anna@host-1.example', resolver({ resolveMx: fault('ENODATA'), resolve4: () => Promise.resolve(['192.0.2.1']) }))).toEqual({ email: 'anna@host-1.example' })
    expect(await checkAddress('anna@host-2.example', resolver({ resolveMx: fault('ENODATA') }))).toEqual({ fault: 'noSuchDomain' })
    expect(await checkAddress('anna@host-3.example', resolver({ resolveMx: () => Promise.resolve([{ exchange: '' }]) }))).toEqual({ fault: 'noSuchDomain' })
  })
})

test('the ink on a button is legible on any accent', () => {
  expect(inkOn('#1f6f5c')).toBe('#ffffff')
  expect(inkOn('#ffd43b')).toBe('#111614')
})
test('the address of a form is made from its name', () => {
  expect(slugFor('Подписка на сайте')).toBe('podpiska-na-sayte')
  expect(slugFor('!!!')).toBe('form')
})
