import { z } from 'zod'
import { settleAlerts } from '../alerts/raise-alert.ts'
import { changeSenderBody, type CreateSender, createSenderBody, orderSendersBody, sender, type SenderAccount, secretOf, type SenderView, testSenderBody } from '../../shared/senders.ts'
import { sendingTestResult } from '../../shared/delivery.ts'
import type { App } from '../base/app.ts'
import { changedMeanwhile, invalid, notFound } from '../base/errors.ts'
import { notify } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { readBudgets } from './budgets.sql.ts'
import { readSender } from './senders.ts'
import { type FullAccount, packAccount, secretIn, unpackAccount, withKeptSecret, withoutSecret } from './sender-accounts.ts'
import { archiveSender, insertSender, listSenders, orderSenders, readHealth, readNotices, type SenderRow, startOfDay, updateSender } from './senders.sql.ts'
import { smtpAddress } from './smtp-address.ts'
import { tryApi } from './try-api.ts'
import { trySending } from './try-sending.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const list = z.object({ data: z.array(sender), next_cursor: z.null() })

async function presentAll(app: App): Promise<SenderView[]> {
  const now = app.now()
  const [rows, health, reported, dayStart] = await Promise.all([listSenders(app.db), readHealth(app.db, now), readNotices(app.db, now), startOfDay(app.db, now)])
  const notices = new Map(reported.map(({ sender_id, sent, last_at }) => [sender_id, { sent, last_at: last_at?.toISOString() ?? null, missing: sent > 0 && last_at === null }]))
  const used = await readBudgets(app.db, 'sender:', dayStart, now)
  return rows.map((row): SenderView => {
    const account = unpackAccount(app.sign, row.settings)
    const counted = health.get(row.id)
    const held = row.held_until !== null && row.held_until > now
    return {
      id: row.id, name: row.name, kind: row.kind, stream: row.stream, is_enabled: row.is_enabled, account: withoutSecret(account), has_secret: secretIn(account) !== '',
      connections: row.connections, per_second: row.per_second, per_hour: row.per_hour, per_day: row.per_day,
      health: {
        state: held ? 'held' : counted === undefined ? 'unused' : counted.sent + counted.bounced === 0 && counted.later + counted.failed > 0 ? 'failing' : 'good',
        held_until: held ? row.held_until!.toISOString() : null, held_reason: held ? row.held_reason : null, held_detail: held ? row.held_detail : null,
        per_minute: counted?.per_minute ?? 0,
        last_hour: { sent: counted?.sent ?? 0, later: counted?.later ?? 0, bounced: counted?.bounced ?? 0, failed: counted?.failed ?? 0 },
        used_this_hour: used.get(`sender:${row.id}`)?.hour ?? 0, used_today: used.get(`sender:${row.id}`)?.day ?? 0,
        last_answers: row.last_answers,
      },
      notices: notices.get(row.id) ?? null,
      revision: row.revision, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString(),
    }
  })
}

async function present(app: App, id: number): Promise<SenderView> {
  const found = (await presentAll(app)).find(each => each.id === id)
  if (!found) throw notFound('sender')
  return found
}

async function existing(app: App, id: number): Promise<SenderRow> {
  const found = (await listSenders(app.db)).find(each => each.id === id)
  if (!found) throw notFound('sender')
  return found
}

/** With its secret: the given one, or the kept one as long as it would go to the same place. */
function fullAccount(given: SenderAccount, kept: FullAccount | null): FullAccount {
  const full = withKeptSecret(given, kept)
  const field = `account.${secretOf[given.kind]}`
  if (full === null) throw invalid([{ field, message: kept === null ? 'give the key or password of the account' : 'give it again: the kept one belongs to another server or account' }])
  if (full.kind !== 'smtp' && secretIn(full) === '') throw invalid([{ field, message: 'give the key or password of the account' }])
  return full
}

export const listAll = route({
  summary: 'Senders: SMTP servers and provider APIs mails leave through, the first to be used first, with their health',
  response: list,
  handler: async ({ app }) => ({ data: await presentAll(app), next_cursor: null }),
})

export const create = route({
  summary: 'Add a sender',
  description: 'It goes after those that are there. The first sender of a stream takes its mails over from the mail server of the settings. Secrets are kept encrypted and never given back.',
  body: createSenderBody, response: sender, status: 201,
  async handler({ app, body }) {
    const id = await insertSender(app.db, kept(app, body, fullAccount(body.account, null)), app.now())
    await notify(app.db, 'messages')
    return present(app, id)
  },
})

const kept = (app: App, body: CreateSender, account: FullAccount) => ({
  name: body.name, kind: account.kind, stream: body.stream, is_enabled: body.is_enabled, settings: packAccount(app.sign, account),
  connections: body.connections, per_second: body.per_second, per_hour: body.per_hour, per_day: body.per_day,
})

export const change = route({
  summary: 'Change a sender',
  description: 'What is left out stays. A sender that was held back is tried anew.',
  params: byId, body: changeSenderBody, response: sender,
  async handler({ app, params, body }) {
    const row = await existing(app, params.id)
    const before = unpackAccount(app.sign, row.settings)
    const account = body.account === undefined ? before : fullAccount(body.account, before)
    const { revision, ...given } = body
    if (!await updateSender(app.db, row.id, revision, kept(app, { ...row, ...given, account }, account), app.now())) throw changedMeanwhile()
    // What is changed is tried anew.
    await settleAlerts(app.db, 'sender', { things: [`sender:${row.id}`] }, app.now())
    await notify(app.db, 'messages')
    return present(app, row.id)
  },
})

export const remove = route({
  summary: 'Remove a sender',
  description: 'Its secret is forgotten. Mails it has sent keep its name.',
  params: byId,
  async handler({ app, params }) {
    if (!await archiveSender(app.db, params.id, app.now())) throw notFound('sender')
    await settleAlerts(app.db, 'sender', { things: [`sender:${params.id}`] }, app.now())
  },
})

export const order = route({
  summary: 'Which sender is used first',
  body: orderSendersBody, response: list,
  async handler({ app, body }) {
    await orderSenders(app.db, body.ids)
    return { data: await presentAll(app), next_cursor: null }
  },
})

export const test = route({
  summary: 'Try a sender: a kept one, or settings before they are kept',
  description: 'With `to` a test mail is sent. Says at which step it failed and what to do.',
  body: testSenderBody, response: sendingTestResult,
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  async handler({ app, body, actor }) {
    const row = body.id === undefined ? null : await existing(app, body.id)
    const before = row && unpackAccount(app.sign, row.settings)
    if (!body.account && !before) throw invalid([{ field: 'account', message: 'say which sender is to be tried' }])
    const account = body.account ? fullAccount(body.account, before) : before!
    const to = body.to === undefined ? null : smtpAddress(body.to)
    if (body.to !== undefined && !to) throw invalid([{ field: 'to', message: 'this is not an address mail can go to' }])
    if (account.kind !== 'smtp' && !to) throw invalid([{ field: 'to', message: 'a provider can only be tried with a mail: say where to' }])
    const company = await readCompany(app.db)
    const from = await readSender(app, company)
    const reader = actor.kind === 'user' ? actor.locale : company.language
    return account.kind === 'smtp'
      ? trySending({ ...account, password: account.password ?? '', connections: 1 }, from, to?.address ?? null, reader, app.now())
      : tryApi(account, from, to!.address, reader, app.now())
  },
})
