import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type Provider = 'ses' | 'sendgrid' | 'mailgun' | 'postmark' | 'brevo' | 'sparkpost' | 'unisender_go'
export type Report = { body: string, json: unknown, headers: IncomingHttpHeaders }

/** Those whose reports are signed with a key that has to be given first. Amazon's key comes with the report; of the others the secret address, and a password where one is given, are the proof. */
export const needsSecret: ReadonlySet<Provider> = new Set(['sendgrid', 'mailgun', 'unisender_go'])

/** Null: the report is from the provider; else why it is not believed. Amazon's are looked at in sns.ts. */
export function whatIsWrongWith(provider: Exclude<Provider, 'ses'>, report: Report, secret: string, now: Date): string | null {
  if (needsSecret.has(provider) && secret === '') return 'the key to check signatures with is not given yet'
  switch (provider) {
    case 'sendgrid': return holdsSendGrid(report, secret) ? null : 'the signature does not hold'
    case 'mailgun': return checkMailgun(report, secret, now)
    case 'unisender_go': return holdsUnisenderGo(report, secret) ? null : 'the signature does not hold'
    case 'postmark': case 'brevo': case 'sparkpost': return secret === '' || hasPassword(report.headers, secret) ? null : 'the password is missing or wrong'
  }
}

/** ECDSA P-256 with SHA-256 over the time and the body as it came; the key is the base64 of its SPKI form. */
function holdsSendGrid({ body, headers }: Report, key: string): boolean {
  const signature = headers['x-twilio-email-event-webhook-signature']
  const timestamp = headers['x-twilio-email-event-webhook-timestamp']
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.replace(/-----[^-]+-----|\s+/g, ''), 'base64'), format: 'der', type: 'spki' })
    return verify('sha256', Buffer.from(timestamp + body, 'utf8'), publicKey, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

/** What a Mailgun report is known by: the body itself is not signed, so one signature is good for one report. */
export function mailgunToken(json: unknown): string {
  const token = signatureOf(json)?.['token']
  return typeof token === 'string' ? token.slice(0, 200) : ''
}

const signatureOf = (json: unknown): Record<string, unknown> | undefined => (json as { signature?: Record<string, unknown> } | null)?.signature
const oldestMailgunSeconds = 86_400

function checkMailgun({ json }: Report, key: string, now: Date): string | null {
  const { timestamp, token, signature } = signatureOf(json) ?? {}
  const at = Number(timestamp)
  if (typeof token !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(String(timestamp))) return 'the signature is missing'
  if (!equal(signature.toLowerCase(), createHmac('sha256', key).update(`${String(timestamp)}${token}`).digest('hex'))) return 'the signature does not hold'
  return Math.abs(now.getTime() / 1000 - at) > oldestMailgunSeconds ? 'the report is older than a day' : null
}

/** `auth` is the MD5 of the body as it came, with the API key in its place. */
function holdsUnisenderGo({ body, json }: Report, key: string): boolean {
  const auth = (json as { auth?: unknown } | null)?.auth
  if (typeof auth !== 'string' || !/^[0-9a-f]{32}$/i.test(auth)) return false
  // The value is replaced where it stands first; a function, so that nothing in the key is read as a pattern.
  return equal(auth.toLowerCase(), createHash('md5').update(body.replace(auth, () => key)).digest('hex'))
}

/** As the password of HTTP Basic, or as a bearer token. */
function hasPassword(headers: IncomingHttpHeaders, secret: string): boolean {
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer') return equal(value, secret)
  if (scheme?.toLowerCase() !== 'basic') return false
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return equal(pair.slice(pair.indexOf(':') + 1), secret)
}

function equal(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
