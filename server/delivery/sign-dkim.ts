import { createPrivateKey, generateKeyPair, hash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** DKIM (RFC 6376), rsa-sha256, relaxed/relaxed. The key is parsed once; signatures are made on the thread pool. */
export type DkimKey = { domain: string, selector: string, key: KeyObject }
export type HeaderField = { name: string, /** folded, as it goes out */ value: string }

export const parseKey = (domain: string, selector: string, pem: string): DkimKey => ({ domain, selector, key: createPrivateKey(pem) })

const generate = promisify(generateKeyPair)

/** A new RSA-2048 pair: the private key as PEM, the public one as the p= value of the DNS record. */
export async function makeKeyPair(): Promise<{ privateKey: string, publicKey: string }> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  return { privateKey, publicKey: publicKey.toString('base64') }
}

/** What must not be changed on the way. From is named once more than it occurs, so that none can be added. */
const signed = new Set(['from', 'reply-to', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'feedback-id', 'auto-submitted'])

const relaxed = (value: string) => value.replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').trim()

/** The value of the DKIM-Signature field. `body` must be in the relaxed form already (encode-body.ts writes it so). */
export async function signDkim(dkim: DkimKey, fields: HeaderField[], body: Buffer, now: Date): Promise<string> {
  let names = ''
  let text = ''
  for (const field of fields) {
    const name = field.name.toLowerCase()
    if (!signed.has(name)) continue
    names += `${name}:`
    text += `${name}:${relaxed(field.value)}\r\n`
  }
  const unsigned = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${dkim.domain};\r\n s=${dkim.selector}; t=${Math.floor(now.getTime() / 1000)};\r\n h=${foldNames(`${names}from`)};\r\n bh=${hash('sha256', body, 'base64')};\r\n b=`
  text += `dkim-signature:${relaxed(unsigned)}`
  const signature = await signText(text, dkim.key)
  return unsigned + signature.replace(/.{72}(?=.)/g, '$&\r\n ')
}

const foldedNames = new Map<string, string>()
function foldNames(names: string): string {
  let folded = foldedNames.get(names)
  if (folded === undefined) {
    folded = ''
    let column = 3
    for (const name of names.split(':')) {
      if (folded !== '') {
        folded += ':'
        column++
        if (column + name.length > 75) {
          folded += '\r\n '
          column = 1
        }
      }
      folded += name
      column += name.length
    }
    foldedNames.set(names, folded)
  }
  return folded
}

const signText = (text: string, key: KeyObject) => new Promise<string>((resolve, reject) => {
  sign('sha256', Buffer.from(text, 'utf8'), key, (error, signature) => error ? reject(error) : resolve(signature.toString('base64')))
})
