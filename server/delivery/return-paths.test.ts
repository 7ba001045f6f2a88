import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSigner } from '../base/secrets.ts'
import { makeMessageId, readMessageId } from './message-ids.ts'
import { makeReturnPath, parseReturnAddress, readReturnPath } from './return-paths.ts'

const sign = createSigner('a key for tests')
const host = { mailbox: null, host: 'bounces.shop.example' }

test('a return path leads back to the mail, in any case of letters, and is short enough for any server', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 45 }), fc.integer({ min: 0, max: 2 ** 45 }), fc.constantFrom('bounce' as const, 'unsubscribe' as const), fc.boolean(), (contact_id, message_id, kind, mailbox) => {
    const path = makeReturnPath(sign, kind, { contact_id, message_id }, mailbox ? { mailbox: 'returned.mails-of-a-shop', host: 'shop.example' } : host)
    expect(path.indexOf('@')).toBeLessThanOrEqual(64)
    for (const changed of [path, path.toUpperCase(), ` ${path} `]) expect(readReturnPath(sign, changed)).toEqual({ kind, contact_id, message_id })
  }))
})

test('a return path cannot be forged', () => {
  const path = makeReturnPath(sign, 'bounce', { contact_id: 7, message_id: 900 }, host)
  const [, token] = /\+(.+)@/.exec(path)!
  for (let place = 0; place < token!.length - 1; place++) {
    const changed = token!.slice(0, place) + (token![place] === 'a' ? 'b' : 'a') + token!.slice(place + 1)
    expect(readReturnPath(sign, `b+${changed}@bounces.shop.example`)).toBeNull()
  }
  expect(readReturnPath(createSigner('another key'), path)).toBeNull()
  for (const text of ['', 'b+@x', 'b@shop.example', 'b+aaaaaaaaaaaaaaaaaaaaaaaa@shop.example', `b+${'a'.repeat(10_000)}@x`, 'b+0189@x']) expect(readReturnPath(sign, text)).toBeNull()
})

test('a return address is a host, or a mailbox that takes addresses with a plus', () => {
  expect(parseReturnAddress('Bounces.Shop.example')).toEqual(host)
  expect(parseReturnAddress('bounces@shop.example')).toEqual({ mailbox: 'bounces', host: 'shop.example' })
  expect(parseReturnAddress('почта.рф')).toEqual({ mailbox: null, host: 'xn--80a1acny.xn--p1ai' })
  for (const text of ['', 'localhost', 'a b@shop.example', 'a@b@shop.example', 'a+b@shop.example', 'shop.example\r\nX: y', `${'a'.repeat(30)}@shop.example`]) expect(parseReturnAddress(text)).toBeNull()
})

test('a Message-ID of ours is known again, others are not', () => {
  const id = makeMessageId(sign, { contact_id: 7, message_id: 900 }, 'shop.example')
  expect(readMessageId(sign, id)).toEqual({ contact_id: 7, message_id: 900 })
  expect(readMessageId(sign, `<${id}>`)).toEqual({ contact_id: 7, message_id: 900 })
  for (const text of [id.replace('7.', '8.'), id.replace('.900.', '.901.'), 'x@y', '', '7.900.@shop.example']) expect(readMessageId(sign, text)).toBeNull()
})
