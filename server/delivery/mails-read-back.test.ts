import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MailFile } from '../templates/compile-template.ts'
import { composeMail, type MailHead, type Sender, senderOf } from './compose-mail.ts'
import { makeEd25519Key, makeKeyPair, parseKey, publicKeyOf } from './sign-dkim.ts'

/** Mails of random content, read back by programs that are not ours. */

const domain = 'shop.example'
let sender: Sender
let records: Record<string, string>
beforeAll(async () => {
  const { privateKey, publicKey } = await makeKeyPair()
  const second = await makeEd25519Key()
  sender = senderOf('Shop', `news@${domain}`, '', [parseKey(domain, 'first', privateKey), parseKey(domain, 'second', second)])!
  records = { [`first._domainkey.${domain}`]: `v=DKIM1; k=rsa; p=${publicKey}`, [`second._domainkey.${domain}`]: `v=DKIM1; k=ed25519; p=${publicKeyOf(second)}` }
})

const words = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('.', '..\n.', '\r\n.\r\n', ' ', '  \n', '\t', '=', '=?UTF-8?Q?x?=', 'From ', 'x'.repeat(1200), 'Привет, мир! '.repeat(9), '日本語', '\r\nBcc: all@example.org', '"<>,;:\\', '\u0000\u001f\u007f\u2028'))
const text = fc.array(words, { maxLength: 12 }).map(parts => parts.join('').toWellFormed())
const layout = fc.array(text, { minLength: 1, maxLength: 4 }).map(constants => ({ constants, holes: constants.slice(1).map((_, number) => ({ kind: 'link' as const, number })) }))
const file = fc.record({ name: fc.oneof(fc.constantFrom('price list.pdf', 'Прайс-лист на осень и зиму, со скидками для постоянных клиентов.pdf', 'a"b\\c.txt', 'x'.repeat(90)), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })), content: fc.uint8Array({ maxLength: 6000 }), inline: fc.boolean() })
const filesOf = (made: { name: string, content: Uint8Array, inline: boolean }[]): MailFile[] => made.map((each, index) => ({ name: each.name.toWellFormed(), content_type: 'application/pdf', content: Buffer.from(each.content), inline: each.inline, cid: `file-${index + 1}` }))
const mailOf = fc.record({ text: layout, html: layout, files: fc.array(file, { maxLength: 3 }), subject: text, toName: text, topic: text, values: fc.array(text, { minLength: 8, maxLength: 8 }) })
type Made = typeof mailOf extends fc.Arbitrary<infer T> ? T : never

async function compose(made: Made): Promise<Buffer> {
  const compiled = { text: made.text, html: made.html, files: filesOf(made.files) }
  const head: MailHead = {
    to: { address: 'anna@example.org', utf8: false }, toName: made.toName, date: new Date(), messageId: '1.2.abc@shop.example', returnPath: null, unsubscribeAddress: null, answers: null,
    unsubscribeUrl: 'https://crm.example/u/abc', listId: { name: made.topic, key: 'news' }, feedbackId: null, automatic: false, own: '1.2',
  }
  const holes = { subject: made.subject.replace(/\s+/g, ' ').trim(), text: made.values.slice(0, made.text.holes.length), html: made.values.slice(4, 4 + made.html.holes.length), links: [] }
  return Buffer.concat((await composeMail(compiled, holes, sender, head)).content)
}

const filled = ({ constants }: { constants: string[] }, values: string[]) => constants.map((constant, index) => constant + (index < constants.length - 1 ? values[index]! : '')).join('')
const unix = (given: string) => given.replace(/\r\n|\r/g, '\n')
/** CR at the end of one piece and LF at the beginning of the next are two line ends; parsers drop what cannot be text. */
const loosely = (given: string) => unix(given).replace(/\n+/g, '\n').replace(/\n$/, '')
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const clean = (given: string) => given.replace(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ').replace(/\s+/g, ' ').trim()

describe('a mail of random content', () => {
  it('is read back by mailparser as it was meant, and no field of a person adds a header', async () => {
    await fc.assert(fc.asyncProperty(mailOf, async made => {
      const content = await compose(made)
      const raw = content.toString('latin1')
      expect(raw).not.toMatch(/(^|\r\n)\./)
      expect(raw).not.toMatch(/(^|[^\r])\n|\r(?!\n)/)
      expect(Math.max(...raw.split('\r\n').map(line => line.length))).toBeLessThanOrEqual(998)
      // What stands in a body is read as bytes: mailparser would make text of it.
      const parsed = await simpleParser(content, { skipTextToHtml: true, skipHtmlToText: true, skipImageLinks: true, keepCidLinks: true })
      const wanted = ['dkim-signature', 'dkim-signature', 'from', 'to', 'subject', 'date', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'x-otklik-message', 'mime-version', 'content-type']
      expect(parsed.headerLines.map(line => line.key)).toEqual(wanted)
      expect(clean(parsed.subject ?? '')).toBe(clean(made.subject))
      expect(parsed.to && !Array.isArray(parsed.to) ? parsed.to.value.map(each => each.address) : []).toEqual(['anna@example.org'])
      expect(loosely(parsed.text ?? '')).toBe(loosely(filled(made.text, made.values)))
      expect(loosely(typeof parsed.html === 'string' ? parsed.html : '')).toBe(loosely(filled(made.html, made.values.slice(4))))
      const given = filesOf(made.files)
      const sorted = [...given.filter(each => each.inline), ...given.filter(each => !each.inline)]
      expect(parsed.attachments.map(each => ({ cid: each.cid, bytes: each.content.toString('hex') }))).toEqual(sorted.map(each => ({ cid: each.inline ? each.cid : undefined, bytes: each.content.toString('hex') })))
      expect(parsed.attachments.map(each => clean(each.filename ?? ''))).toEqual(sorted.map(each => clean(each.name)))
    }), { numRuns: 150 })
  })

  it('carries two signatures that mailauth finds good', async () => {
    await fc.assert(fc.asyncProperty(mailOf, async made => {
      const checked = await dkimVerify(await compose(made), { resolver: async (name: string) => records[name] === undefined ? [] : [[records[name]]] })
      expect(checked.results.map(result => `${result.selector} ${result.status.result}`).sort()).toEqual(['first pass', 'second pass'])
    }), { numRuns: 40 })
  })

  it("carries two signatures that Debian's python3-dkim finds good", async context => {
    if (!hasPythonDkim()) return context.skip('python3-dkim is not there and could not be installed')
    const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-dkim-'))
    folders.push(folder)
    const mails = fc.sample(mailOf, 25)
    for (const [index, made] of mails.entries()) writeFileSync(path.join(folder, `${index}.eml`), await compose(made))
    writeFileSync(path.join(folder, 'records.json'), JSON.stringify(records))
    const said = execFileSync(python, ['-c', verifyAll, folder], { encoding: 'utf8', timeout: 60_000 }).trim().split('\n').map(line => JSON.parse(line) as [string, boolean, boolean])
    expect(said).toHaveLength(mails.length)
    expect(said.filter(([, first, second]) => !first || !second)).toEqual([])
  }, 180_000)
})

const folders: string[] = []
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }) })

/** Debian's own: another Python may stand before it. */
const python = '/usr/bin/python3'
const verifyAll = `
import dkim, glob, json, sys
records = json.load(open(sys.argv[1] + '/records.json'))
def dns(name, timeout=5):
    return records.get((name.decode() if isinstance(name, bytes) else name).rstrip('.'), '').encode()
for file in sorted(glob.glob(sys.argv[1] + '/*.eml')):
    message = dkim.DKIM(open(file, 'rb').read())
    print(json.dumps([file, message.verify(idx=0, dnsfunc=dns), message.verify(idx=1, dnsfunc=dns)]))
`

function hasPythonDkim(): boolean {
  const has = () => {
    try {
      execFileSync(python, ['-c', 'import dkim, nacl'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  if (has()) return true
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync('apt-get', ['install', '-y', '-q', 'python3-dkim', 'python3-nacl'], { stdio: 'ignore', timeout: 120_000 })
  } catch {
    return false
  }
  return has()
}
