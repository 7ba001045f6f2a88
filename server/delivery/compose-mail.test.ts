import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { simpleParser } from 'mailparser'
import { describe, expect, it } from 'vitest'
import { compileDraft } from '../templates/compile-template.ts'
import { renderHoles } from '../templates/render-mail.ts'
import { composeMail, type MailHead, senderOf } from './compose-mail.ts'
import { base64Lines, quotedPrintablePiece } from './encode-body.ts'
import { encodeAddress, encodeText, unfold } from './encode-header.ts'
import { makeKeyPair, parseKey } from './sign-dkim.ts'
import { smtpAddress } from './smtp-address.ts'

const head: MailHead = {
  to: { address: 'anna@example.org', utf8: false }, toName: 'Анна "Ann" Петрова', date: new Date('2026-11-02T08:05:09Z'), returnPath: null, unsubscribeAddress: null, answers: null, messageId: '1.2.abc@shop.example',
  unsubscribeUrl: 'https://crm.example/u/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz', listId: { name: 'Новости', key: 'news' }, feedbackId: '12:campaign:otklik:shop.example', automatic: false, own: '1.2',
}
const naughty = fc.string({ unit: 'grapheme', maxLength: 300 })
const lines = fc.array(fc.oneof(naughty, fc.constantFrom('.', '..', ' ', '  ', '\t', '\n', '\r\n', 'From ', '=', 'x'.repeat(200), '.'.repeat(160), 'Привет')), { maxLength: 30 }).map(parts => parts.join('').toWellFormed())
const decode = (text: string) => Buffer.from(text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))), 'latin1').toString('utf8')
const unix = (text: string) => text.replace(/\r\n|\r/g, '\n')

describe('bodies', () => {
  it('quoted-printable pieces decode to what went in, and neither dot-stuffing nor the relaxed form changes them', () => {
    fc.assert(fc.property(fc.array(lines, { minLength: 1, maxLength: 5 }), pieces => {
      // a CR of one piece and an LF of the next are two line ends
      const given = pieces.map(unix)
      const body = given.map(quotedPrintablePiece).join('')
      expect(unix(decode(body))).toBe(given.join(''))
      for (const line of body.split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76)
        expect(line).not.toMatch(/^\.|[ \t]$| {2}|\t|^From /)
      }
    }), { numRuns: 500 })
  })
  it('base64 lines decode to what went in and are no longer than they may be', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
      const encoded = base64Lines(Buffer.from(bytes)).toString('latin1')
      expect(Buffer.from(encoded, 'base64')).toEqual(Buffer.from(bytes))
      for (const line of encoded.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
      expect(encoded === '' || encoded.endsWith('\r\n')).toBe(true)
    }))
  })
})

describe('headers', () => {
  it('any text survives a header and stays within its lines', async () => {
    await fc.assert(fc.asyncProperty(naughty, async text => {
      const value = encodeText(text.toWellFormed(), 9)
      for (const line of `Subject: ${value}`.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
      const parsed = await simpleParser(`Subject: ${value}\r\n\r\nx`)
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      const clean = text.toWellFormed().replace(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ')
      expect((parsed.subject ?? '').replace(/\s+/g, ' ').trim()).toBe(clean.replace(/\s+/g, ' ').trim())
    }), { numRuns: 100 })
  })
  it('a name cannot end the line or add a header', () => {
    const value = encodeAddress('Eve\r\nBcc: all@example.org', 'eve@example.org', 6)
    expect(value).not.toMatch(/\r\n(?![ \t])/)
    expect(unfold(value)).toBe('"Eve Bcc: all@example.org" <eve@example.org>')
  })
  it('a name of one very long word is encoded', () => {
    for (const line of encodeAddress('x'.repeat(300), 'a@example.org', 6).split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
  })
})

describe('addresses', () => {
  it('a domain outside ASCII becomes punycode, a local part asks for SMTPUTF8', () => {
    expect(smtpAddress('info@пример.рф')).toEqual({ address: 'info@xn--e1afmkfd.xn--p1ai', domain: 'xn--e1afmkfd.xn--p1ai', utf8: false })
    expect(smtpAddress('анна@example.org')).toMatchObject({ utf8: true })
  })
  it('what could leave its command is no address', () => {
    for (const bad of ['a@b>\r\nRCPT TO:<x@y', 'a b@example.org', '<a@example.org>', '@example.org', 'a@', 'a@ex ample.org', 'a..b@example.org', `${'a'.repeat(65)}@example.org`, 'a@exa%00mple.org']) expect(smtpAddress(bad)).toBeNull()
  })
})

describe('composeMail', () => {
  const html = `<html><body><p>Здравствуйте, {{ contact.first_name | default: "friend" }}!</p>\n.dot at the start  and   spaces\n<a href="https://shop.example/a?b=c&amp;d={{ contact.city }}">go</a>${'<p>long text without an end </p>'.repeat(50)}</body></html>`
  it('is read back as it was meant, and the signature holds', async () => {
    const { privateKey, publicKey } = await makeKeyPair()
    const sender = senderOf('Магазин «Диски»', 'news@Пример.рф', 'reply@shop.example', [parseKey('xn--e1afmkfd.xn--p1ai', 'otklik', privateKey)])!
    const compiled = await compileDraft({ kind: 'marketing', document: { format: 1, theme: { accent: '#112233', background: '#ffffff', font: 'sans' }, locales: { ru: { subject: 'Привет, {{ contact.first_name }} — скидка 10 %', preheader: '', html } } } }, 'ru')
    for (const name of ['Анна', 'Bob', '🎉🎉', '..', '', 'a\n.\nb', '  two  spaces  ']) {
      const holes = renderHoles(compiled, { scope: { contact: { first_name: name, city: 'Нижний Новгород' }, company: { name: 'Диски' }, unsubscribe_url: 'https://crm.example/u/x' }, tracking: null })
      const mail = await composeMail(compiled, holes, sender, { ...head, date: new Date() })
      const content = Buffer.concat(mail.content)
      const raw = content.toString('latin1')
      expect(raw).not.toMatch(/(^|\r\n)\./)
      expect(raw).not.toMatch(/(^|[^\r])\n/)
      for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(100)
      const parsed = await simpleParser(content)
      expect(parsed.subject).toBe(holes.subject)
      expect(parsed.from?.value[0]).toMatchObject({ name: 'Магазин «Диски»' })
      expect((parsed.html as string).replace(/\r\n/g, '\n')).toContain(`Здравствуйте, ${name || 'friend'}!`)
      expect(parsed.text).toContain('.dot at the start')
      expect(parsed.headers.get('x-otklik-message')).toBe('1.2')
      const checked = await dkimVerify(content, { resolver: async (domain: string) => domain === 'otklik._domainkey.xn--e1afmkfd.xn--p1ai' ? [[`v=DKIM1; k=rsa; p=${publicKey}`]] : [] })
      expect(checked.results[0]?.status).toMatchObject({ result: 'pass' })
      expect(checked.results[0]?.signingHeaders?.keys).toContain('List-Unsubscribe-Post')
    }
  })
})
