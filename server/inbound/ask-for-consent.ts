import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../base/app.ts'
import { callOutside } from '../base/call-outside.ts'
import { conflict } from '../base/errors.ts'
import type { MailboxSecret } from './mailbox-sign-in.ts'
import { findMailbox, type MailboxRow, saveSignIn } from './mailboxes.sql.ts'
import { readOauthClient, redirectUrl } from './oauth-clients.ts'

/** Whoever signs in takes a while: second factor, choice of the account. */
const validMilliseconds = 15 * 60_000

/** Travels through the provider encrypted (AES-256-GCM): only we can make one, and only for the user who began. */
const stateShape = z.object({ mailbox: z.number().int(), user: z.number().int(), verifier: z.string(), until: z.number() })

/** Where to send a person to agree that we read a mailbox: authorization code with PKCE (RFC 6749, 4.1; RFC 7636). */
export async function consentUrl(app: App, mailbox: MailboxRow, userId: number): Promise<string> {
  const client = mailbox.sign_in === 'password' ? undefined : await readOauthClient(app, mailbox.sign_in)
  if (!client) throw conflict('no_oauth_client', 'The application at this provider has not been set up yet.')
  const verifier = randomBytes(32).toString('base64url')
  const state = app.sign.encrypt(JSON.stringify({ mailbox: mailbox.id, user: userId, verifier, until: app.now().getTime() + validMilliseconds }))
  const url = new URL(client.authorize_url)
  const asked = {
    response_type: 'code', client_id: client.client_id, redirect_uri: redirectUrl(app), scope: client.scope, state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', login_hint: mailbox.username,
    // Google gives a refresh token only to who asks for it, and again only with a new consent.
    ...mailbox.sign_in === 'google' ? { access_type: 'offline', prompt: 'consent' } : {},
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url.href
}

const tokens = z.object({
  access_token: z.string().min(1).max(10_000), expires_in: z.coerce.number().positive().max(1e8).default(3600), refresh_token: z.string().min(1).max(10_000).optional(),
  /** Google, for applications under test, and some others */
  refresh_token_expires_in: z.coerce.number().positive().max(1e9).optional(),
})

export type ConsentOutcome = { mailbox: MailboxRow | null, /** null: signed in */ fault: 'state' | 'denied' | 'refused' | 'unreachable' | 'no_refresh_token' | null, detail: string }

/** The person comes back from the provider, with a code or with a refusal. What went wrong is a value, never an exception. */
export async function takeConsent(app: App, given: { state: string, code: string, error: string }, userId: number | null): Promise<ConsentOutcome> {
  const now = app.now().getTime()
  const state = readState(app, given.state)
  if (state === null || state.until < now || state.user !== userId) return { mailbox: null, fault: 'state', detail: '' }
  const mailbox = await findMailbox(app.db, state.mailbox) ?? null
  const client = mailbox === null || mailbox.sign_in === 'password' ? undefined : await readOauthClient(app, mailbox.sign_in)
  if (mailbox === null || !client) return { mailbox: null, fault: 'state', detail: '' }
  if (given.code === '') return { mailbox, fault: 'denied', detail: given.error.slice(0, 200) }
  const clientSecret = client.client_secret === '' ? '' : app.sign.decrypt(client.client_secret)
  const body = new URLSearchParams({ grant_type: 'authorization_code', code: given.code, redirect_uri: redirectUrl(app), client_id: client.client_id, code_verifier: state.verifier, ...clientSecret === '' ? {} : { client_secret: clientSecret } })
  const answer = await callOutside({ url: client.token_url, body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }, timeoutMilliseconds: 20_000, mostBytes: 100_000, allowPrivate: mailbox.sign_in === 'oauth2' })
  if (answer.kind !== 'answered') return { mailbox, fault: 'unreachable', detail: answer.kind === 'timeout' ? '' : answer.detail }
  const found = tokens.safeParse(parse(answer.body))
  if (answer.status !== 200 || !found.success) return { mailbox, fault: 'refused', detail: `${answer.status} ${answer.body.slice(0, 200)}` }
  if (found.data.refresh_token === undefined) return { mailbox, fault: 'no_refresh_token', detail: '' }
  const secret: MailboxSecret = {
    client_id: client.client_id, client_secret: clientSecret, token_url: client.token_url, refresh_token: found.data.refresh_token,
    access_token: found.data.access_token, expires_at: now + found.data.expires_in * 1000, signed_in_at: now,
    ...found.data.refresh_token_expires_in === undefined ? {} : { refresh_expires_at: now + found.data.refresh_token_expires_in * 1000 },
  }
  await saveSignIn(app.db, mailbox.id, app.sign.encrypt(JSON.stringify(secret)), app.now())
  return { mailbox, fault: null, detail: '' }
}

function readState(app: App, text: string): z.infer<typeof stateShape> | null {
  try {
    return stateShape.parse(JSON.parse(app.sign.decrypt(text)))
  } catch {
    return null
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
