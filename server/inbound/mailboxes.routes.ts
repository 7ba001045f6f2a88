import { z } from 'zod'
import { settleAlerts } from '../alerts/raise-alert.ts'
import { mailbox as mailboxShape, mailboxBody } from '../../shared/inbound.ts'
import type { Mailbox, MailboxBody } from '../../shared/inbound.ts'
import type { App } from '../base/app.ts'
import { badAddress } from '../base/call-outside.ts'
import { AppError, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { type MailboxSecret, signInOf, tokenUrlOf } from './mailbox-sign-in.ts'
import { checkSoon, deleteMailbox, findMailbox, type FolderRow, insertMailbox, listFolders, listMailboxes, type MailboxRow, type MailboxValues, pauseMailbox, updateMailbox } from './mailboxes.sql.ts'
import { type OauthApplication, readOauthClient } from './oauth-clients.ts'
import { describe, imapClient } from './watch-mailboxes.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

/** How it stands with a sign-in by OAuth; null: by password. */
function presentSignIn(app: App, row: MailboxRow): Mailbox['oauth'] {
  const secret = JSON.parse(app.sign.decrypt(row.secret)) as MailboxSecret
  if ('password' in secret) return null
  const time = (at: number | undefined): string | null => at === undefined ? null : new Date(at).toISOString()
  return { signed_in: secret.refresh_token !== '', signed_in_at: time(secret.signed_in_at), ends_at: time(secret.refresh_expires_at), refused: row.error !== null && row.error.startsWith('the access token was refused') }
}

function present(app: App, row: MailboxRow, folders: FolderRow[]): Mailbox {
  return {
    id: row.id, name: row.name, host: row.host, port: row.port, security: row.security, verify: row.verify, username: row.username, sign_in: row.sign_in, mark_seen: row.mark_seen, purpose: row.purpose, address: row.address, oauth: presentSignIn(app, row),
    folders: row.folders.map(folder => {
      const read = folders.find(each => each.mailbox_id === row.id && each.folder === folder)
      return { folder, last_uid: read?.last_uid ?? null, uid_validity: read?.uid_validity ?? null, checked_at: read?.checked_at.toISOString() ?? null }
    }),
    state: row.paused_at !== null ? 'paused' : row.error !== null ? 'failing' : row.checked_at === null ? 'new' : 'good',
    checked_at: row.checked_at?.toISOString() ?? null, error: row.error, error_since: row.error_since?.toISOString() ?? null, taken: row.taken, created_at: row.created_at.toISOString(),
  }
}

async function presentOne(app: App, id: number): Promise<Mailbox> {
  const found = await findMailbox(app.db, id)
  if (found === undefined) throw notFound('mailbox')
  return present(app, found, await listFolders(app.db, id))
}

/** What was left out is the kept one, as long as it goes to the same server and user. */
async function valuesOf(app: App, body: MailboxBody, kept: MailboxRow | undefined): Promise<MailboxValues> {
  const same = kept !== undefined && kept.host === body.host && kept.username === body.username && kept.sign_in === body.sign_in
  const before = same ? JSON.parse(app.sign.decrypt(kept.secret)) as MailboxSecret : undefined
  const { name, host, port, security, verify, username, sign_in, folders, mark_seen, purpose, address } = body
  if (purpose === 'placement' && address === null && !username.includes('@')) throw invalid([{ field: 'address', message: 'give the address mail for this mailbox goes to' }])
  return { name, host, port, security, verify, username, sign_in, folders: [...new Set(folders)], mark_seen, purpose, address, secret: app.sign.encrypt(JSON.stringify(secretOf(body, before, body.sign_in === 'password' ? undefined : await readOauthClient(app, body.sign_in)))) }
}

/** Where the company has an application of its own nothing need be given: somebody signs in by the button. */
function secretOf(body: MailboxBody, before: MailboxSecret | undefined, application: OauthApplication | undefined): MailboxSecret {
  if (body.sign_in === 'password') {
    const password = body.password ?? (before !== undefined && 'password' in before ? before.password : '')
    if (password === '') throw invalid([{ field: 'password', message: 'give the password of the mailbox' }])
    return { password }
  }
  const old = before !== undefined && !('password' in before) ? before : undefined
  const secret = { client_id: body.client_id ?? old?.client_id ?? '', client_secret: body.client_secret ?? old?.client_secret ?? '', refresh_token: body.refresh_token ?? old?.refresh_token ?? '', token_url: tokenUrlOf(body.sign_in, body.token_url ?? old?.token_url ?? '') }
  if (application && body.client_id === undefined && body.refresh_token === undefined) return old ?? { client_id: application.client_id, client_secret: '', refresh_token: '', token_url: application.token_url }
  if (secret.client_id === '') throw invalid([{ field: 'client_id', message: 'give the client id of your application' }])
  if (secret.refresh_token === '') throw invalid([{ field: 'refresh_token', message: 'give the refresh token of the mailbox' }])
  if (badAddress(secret.token_url) !== null) throw invalid([{ field: 'token_url', message: 'an address beginning with http:// or https://' }])
  return secret
}

export const list = route({
  summary: 'Mailboxes that are read by IMAP, with how far and what went wrong',
  query: z.object({ purpose: mailboxShape.shape.purpose.default('incoming') }),
  response: z.object({ data: z.array(mailboxShape), next_cursor: z.null() }),
  async handler({ app, query }) {
    const folders = await listFolders(app.db)
    return { data: (await listMailboxes(app.db, query.purpose)).map(row => present(app, row, folders)), next_cursor: null }
  },
})

export const create = route({
  summary: 'Read a mailbox by IMAP from now on, or use it for placement tests',
  description: 'Password and tokens are kept encrypted. What came in during the last seven days is taken, too; of a test mailbox nothing is.',
  body: mailboxBody, response: mailboxShape, status: 201,
  handler: async ({ app, body }) => presentOne(app, await insertMailbox(app.db, await valuesOf(app, body, undefined), app.now())),
})

export const change = route({
  summary: 'Change a mailbox',
  description: 'A password or token that is left out stays, as long as server, user and way to sign in are the same.',
  params: byId, body: mailboxBody, response: mailboxShape,
  async handler({ app, params, body }) {
    const kept = await findMailbox(app.db, params.id)
    if (kept === undefined) throw notFound('mailbox')
    await updateMailbox(app.db, kept.id, await valuesOf(app, body, kept), app.now())
    return presentOne(app, kept.id)
  },
})

export const remove = route({
  summary: 'Do not read a mailbox any more',
  description: 'What was taken from it stays.',
  params: byId,
  async handler({ app, params }) {
    if (!await deleteMailbox(app.db, params.id)) throw notFound('mailbox')
    await settleAlerts(app.db, 'mailbox', { things: [`mailbox:${params.id}`] }, app.now())
  },
})

export const check = route({
  summary: 'Look at a mailbox now',
  params: byId, response: mailboxShape,
  async handler({ app, params }) {
    const shown = await presentOne(app, params.id)
    if (shown.state === 'paused') throw new AppError('mailbox_paused', 409, 'The mailbox is paused.')
    await checkSoon(app.db, params.id, app.now())
    return shown
  },
})

export const pause = route({
  summary: 'Pause a mailbox',
  params: byId, response: mailboxShape,
  async handler({ app, params }) {
    await presentOne(app, params.id)
    await pauseMailbox(app.db, params.id, app.now(), app.now())
    await settleAlerts(app.db, 'mailbox', { things: [`mailbox:${params.id}`] }, app.now())
    return presentOne(app, params.id)
  },
})

export const resume = route({
  summary: 'Read a paused mailbox again',
  params: byId, response: mailboxShape,
  async handler({ app, params }) {
    await presentOne(app, params.id)
    await pauseMailbox(app.db, params.id, null, app.now())
    return presentOne(app, params.id)
  },
})

export const folders = route({
  summary: 'Sign in to a mailbox and list its folders',
  description: 'The way to try the settings: the answer says what went wrong.',
  params: byId,
  response: z.object({ ok: z.boolean(), message: z.string(), folders: z.array(z.string()) }),
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  async handler({ app, params }) {
    const found = await findMailbox(app.db, params.id)
    if (found === undefined) throw notFound('mailbox')
    try {
      const client = imapClient(found, await signInOf(app, found))
      client.on('error', () => undefined)
      try {
        await client.connect()
        return { ok: true, message: '', folders: (await client.list()).filter(folder => !folder.flags.has('\\Noselect')).map(folder => folder.path).slice(0, 500) }
      } finally {
        client.close()
      }
    } catch (error) {
      return { ok: false, message: describe(error), folders: [] }
    }
  },
})
