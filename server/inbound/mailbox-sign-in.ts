import { z } from 'zod'
import type { App } from '../base/app.ts'
import { callOutside } from '../base/call-outside.ts'
import { type MailboxRow, saveSecret, type SignIn } from './mailboxes.sql.ts'

/** What is kept, encrypted, to sign in to a mailbox. OAuth 2.0 (RFC 6749, section 6): a refresh token buys access tokens. */
export type MailboxSecret =
  | { password: string }
  | { client_id: string, client_secret: string, refresh_token: string, token_url: string, access_token?: string | undefined, expires_at?: number | undefined, /** by the button; in milliseconds, as all times here */ signed_in_at?: number | undefined, refresh_expires_at?: number | undefined }

const tokenUrls: Record<Exclude<SignIn, 'password' | 'oauth2'>, string> = {
  google: 'https://oauth2.googleapis.com/token',
  microsoft: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
}
/** The address access tokens come from; a private one only for `oauth2`, where the administrator names it. */
export const tokenUrlOf = (signIn: SignIn, given: string): string => signIn === 'oauth2' || signIn === 'password' ? given : tokenUrls[signIn]

const tokenAnswer = z.object({ access_token: z.string().min(1).max(10_000), expires_in: z.coerce.number().positive().max(1e8).default(3600), refresh_token: z.string().min(1).max(10_000).optional() })

/** A sign-in that was refused: the administrator has to do something. */
export class SignInError extends Error {}

/** What IMAP is given; a token that runs out within a minute is renewed first, and a new refresh token is kept. Throws SignInError. */
export async function signInOf(app: App, mailbox: MailboxRow): Promise<{ user: string, pass: string } | { user: string, accessToken: string }> {
  const secret = JSON.parse(app.sign.decrypt(mailbox.secret)) as MailboxSecret
  if ('password' in secret) return { user: mailbox.username, pass: secret.password }
  if (secret.refresh_token === '') throw new SignInError('nobody has signed in to the mailbox yet')
  const now = app.now().getTime()
  if (secret.access_token !== undefined && (secret.expires_at ?? 0) > now + 60_000) return { user: mailbox.username, accessToken: secret.access_token }
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: secret.client_id, ...secret.client_secret === '' ? {} : { client_secret: secret.client_secret }, refresh_token: secret.refresh_token })
  const answer = await callOutside({
    url: secret.token_url, body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    timeoutMilliseconds: 20_000, mostBytes: 100_000, allowPrivate: mailbox.sign_in === 'oauth2',
  })
  if (answer.kind !== 'answered') throw new Error(`no access token: ${answer.kind === 'timeout' ? 'no answer in time' : answer.detail}`)
  const token = tokenAnswer.safeParse(parseJson(answer.body))
  if (answer.status >= 500) throw new Error(`no access token: the server answered ${answer.status}`)
  if (answer.status !== 200 || !token.success) throw new SignInError(`the access token was refused: ${answer.status} ${errorOf(answer.body)}`)
  const renewed: MailboxSecret = { ...secret, refresh_token: token.data.refresh_token ?? secret.refresh_token, access_token: token.data.access_token, expires_at: now + token.data.expires_in * 1000 }
  await saveSecret(app.db, mailbox.id, mailbox.secret, app.sign.encrypt(JSON.stringify(renewed)))
  return { user: mailbox.username, accessToken: token.data.access_token }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** RFC 6749, 5.2: `error` and `error_description`. */
function errorOf(body: string): string {
  const parsed = z.object({ error: z.string().default(''), error_description: z.string().default('') }).safeParse(parseJson(body))
  return parsed.success ? `${parsed.data.error} ${parsed.data.error_description}`.trim().slice(0, 300) : ''
}
