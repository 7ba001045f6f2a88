import { createHmac, randomBytes } from 'node:crypto'

/**
 * Standard Webhooks 1.0 (https://www.standardwebhooks.com): a secret is `whsec_` and the base64 of 24 to 64 random bytes;
 * what is signed is `id.timestamp.body`, by HMAC-SHA-256; several signatures stand in one header while a secret is being replaced.
 */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

/** The headers of a call; `id` stays the same when it is sent again, so that the receiver can tell a repeat. */
export function signCall({ id, at, body, secrets }: { id: string, at: Date, body: string, secrets: string[] }): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = (secret: string): string => `v1,${createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': secrets.map(signature).join(' ') }
}
