import { createHash, createPrivateKey, createPublicKey, generateKeyPair, hash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * DKIM (RFC 6376), relaxed/relaxed: rsa-sha256, and ed25519-sha256 (RFC 8463) beside it for receivers that know it. Keys are
 * parsed once; signatures are made on the thread pool.
 */
export type DkimKey = { domain: string, selector: string, key: KeyObject }
export type HeaderField = { name: string, /** folded, as it goes out */ value: string }

export const parseKey = (domain: string, selector: string, pem: string): DkimKey => ({ domain, selector, key: createPrivateKey(pem) })

const generate = promisify(generateKeyPair)

/** A new RSA-2048 pair: the private key as PEM, the public one as the p= value of the DNS record. */
export async function makeKeyPair(): Promise<{ privateKey: string, publicKey: string }> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  return { privateKey, publicKey: publicKey.toString('base64') }
}

/** A new Ed25519 key as PEM. */
export async function makeEd25519Key(): Promise<string> {
  const { privateKey } = await generate('ed25519', {})
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** The p= value of the DNS record of a key: a SubjectPublicKeyInfo for RSA, the bare 32 bytes for Ed25519 (RFC 8463, 4.2). */
export function publicKeyOf(privateKey: string): string {
  const key = createPublicKey(privateKey)
  const der = key.export({ type: 'spki', format: 'der' })
  return (key.asymmetricKeyType === 'ed25519' ? der.subarray(-32) : der).toString('base64')
}

/** What must not be changed on the way. From is named once more than it occurs, so that none can be added. */
const signed = new Set(['from', 'reply-to', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'feedback-id', 'auto-submitted'])

const relaxed = (value: string) => value.replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').trim()

/** The DKIM-Signature fields, one for each key, with their line ends. `body` must be in the relaxed form already (encode-body.ts writes it so). */
export async function signDkim(keys: DkimKey[], fields: HeaderField[], body: Buffer[], now: Date): Promise<string> {
  if (keys.length === 0) return ''
  let names = ''
  let text = ''
  for (const field of fields) {
    const name = field.name.toLowerCase()
    if (!signed.has(name)) continue
    names += `${name}:`
    text += `${name}:${relaxed(field.value)}\r\n`
  }
  const rest = `t=${Math.floor(now.getTime() / 1000)};\r\n h=${foldNames(`${names}from`)};\r\n bh=${hashOf(body)};\r\n b=`
  const signatures = await Promise.all(keys.map(async dkim => {
    const ed25519 = dkim.key.asymmetricKeyType === 'ed25519'
    const unsigned = `v=1; a=${ed25519 ? 'ed25519' : 'rsa'}-sha256; c=relaxed/relaxed; d=${dkim.domain};\r\n s=${dkim.selector}; ${rest}`
    const covered = `${text}dkim-signature:${relaxed(unsigned)}`
    // Ed25519 signs the hash of what is covered (RFC 8463, 3).
    const signature = await (ed25519 ? signBytes(null, hash('sha256', covered, 'buffer'), dkim.key) : signBytes('sha256', Buffer.from(covered, 'utf8'), dkim.key))
    return `DKIM-Signature: ${unsigned}${signature.replace(/.{72}(?=.)/g, '$&\r\n ')}\r\n`
  }))
  return signatures.join('')
}

function hashOf(body: Buffer[]): string {
  if (body.length === 1) return hash('sha256', body[0]!, 'base64')
  const hashed = createHash('sha256')
  for (const part of body) hashed.update(part)
  return hashed.digest('base64')
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

const signBytes = (algorithm: 'sha256' | null, bytes: Buffer, key: KeyObject) => new Promise<string>((resolve, reject) => {
  sign(algorithm, bytes, key, (error, signature) => error ? reject(error) : resolve(signature.toString('base64')))
})
