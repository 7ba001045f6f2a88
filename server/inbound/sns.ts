import { createVerify, X509Certificate } from 'node:crypto'
import { z } from 'zod'

/** Amazon SNS over HTTP: an envelope with the message as text, signed with a key whose certificate stands at `SigningCertURL`. */
export const snsEnvelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string().max(200), TopicArn: z.string().max(500), Message: z.string().max(4_000_000), Timestamp: z.string().max(100),
  Subject: z.string().max(1000).nullish(), Token: z.string().max(5000).optional(), SubscribeURL: z.string().max(5000).optional(),
  SignatureVersion: z.enum(['1', '2']), Signature: z.string().max(5000), SigningCertURL: z.string().max(2000),
})
export type SnsEnvelope = z.infer<typeof snsEnvelope>

/** Only Amazon's own servers name certificates and confirm subscriptions. */
export function isSnsUrl(text: string | undefined): text is string {
  const url = URL.parse(text ?? '')
  return url !== null && url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '' && /^sns\.[a-z0-9-]{2,40}\.amazonaws\.com(\.cn)?$/.test(url.hostname)
}

/** Keys and values in the order of their names, as Amazon signs them. */
export function textToSign(envelope: SnsEnvelope): string {
  const names = envelope.Type === 'Notification' ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const
  return names.flatMap(name => envelope[name] == null ? [] : [`${name}\n${envelope[name]}\n`]).join('')
}

const certificatesKept = 50
/** Certificates by their address: they never change. */
export const certificates = new Map<string, string>()

/** Null: the signature holds; else why not. */
export async function whatIsWrong(envelope: SnsEnvelope, now: Date): Promise<string | null> {
  if (!isSnsUrl(envelope.SigningCertURL) || !envelope.SigningCertURL.split('?')[0]!.endsWith('.pem')) return 'the certificate is not one of Amazon SNS'
  const certificate = await certificateAt(envelope.SigningCertURL)
  if (certificate === null) return 'the certificate of Amazon SNS could not be read'
  try {
    const read = new X509Certificate(certificate)
    if (now < new Date(read.validFrom) || now > new Date(read.validTo)) return 'the certificate of Amazon SNS is out of date'
    const holds = createVerify(envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(textToSign(envelope), 'utf8').verify(read.publicKey, envelope.Signature, 'base64')
    return holds ? null : 'the signature does not hold'
  } catch {
    return 'the signature does not hold'
  }
}

async function certificateAt(url: string): Promise<string | null> {
  const known = certificates.get(url)
  if (known !== undefined) return known
  const read = await getText(url)
  if (read === null) return null
  if (certificates.size >= certificatesKept) certificates.delete(certificates.keys().next().value!)
  certificates.set(url, read)
  return read
}

/** True when Amazon took the confirmation. Goes nowhere else. */
export const confirmSubscription = async (envelope: SnsEnvelope): Promise<boolean> => isSnsUrl(envelope.SubscribeURL) && await getText(envelope.SubscribeURL) !== null

async function getText(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
    const text = response.ok ? await response.text() : null
    return text !== null && text.length < 100_000 ? text : null
  } catch {
    return null
  }
}
