import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { settleAlerts } from '../alerts/raise-alert.ts'
import { createSendingDomainBody, sendingDomain, type SendingDomain, sendingSettings, type SendingSettings, sendingTestBody, sendingTestResult, smtpBody, type SmtpBody } from '../../shared/delivery.ts'
import type { App } from '../base/app.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { route, type Actor } from '../base/route.ts'
import { readCompany, readSetting } from '../company/company.sql.ts'
import { dkimRecord } from './dkim-record.ts'
import { newKey } from './new-keys.ts'
import { readSender } from './senders.ts'
import { countSendersInUse } from './senders.sql.ts'
import { addSecondKey, deleteSendingDomain, findSendingDomain, insertSendingDomain, listSendingDomains, type SendingDomainRow } from './sending-domains.sql.ts'
import { smtpAddress } from './smtp-address.ts'
import type { SmtpSettings } from './smtp-settings.ts'
import { readSmtp, writeSmtp } from './transport.ts'
import { trySending } from './try-sending.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

async function presentSettings(app: App): Promise<SendingSettings> {
  const found = await readSmtp(app)
  const status = await readSetting<SendingSettings['status'] | null>(app.db, 'smtp_status')
  return {
    source: found?.source ?? 'test_mailbox',
    senders: await countSendersInUse(app.db),
    smtp: found && { host: found.smtp.host, port: found.smtp.port, security: found.smtp.security, user: found.smtp.user, has_password: found.smtp.password !== '', verify: found.smtp.verify, connections: found.smtp.connections },
    status: status ?? { state: 'unknown', step: null, message: null, since: null },
  }
}

/** A password that was left out is the kept one, as long as it would go to the same server and user. */
async function smtpOf(app: App, body: SmtpBody): Promise<SmtpSettings> {
  const { password, ...rest } = body
  if (password !== undefined) return { ...rest, password }
  const kept = await readSmtp(app)
  if (rest.user === '' || kept?.smtp.password === undefined) return { ...rest, password: '' }
  if (kept.smtp.host !== rest.host || kept.smtp.user !== rest.user) {
    throw invalid([{ field: 'password', message: 'give the password again: the kept one belongs to another server or user' }])
  }
  return { ...rest, password: kept.smtp.password }
}

const readerOf = (actor: Actor, language: 'en' | 'ru') => actor.kind === 'user' ? actor.locale : language

export const showSettings = route({
  summary: 'How mails leave',
  response: sendingSettings,
  handler: ({ app }) => presentSettings(app),
})

export const changeSettings = route({
  summary: 'Send through this SMTP server',
  description: 'The password is kept encrypted. Left out, the kept one stays.',
  body: smtpBody,
  response: sendingSettings,
  async handler({ app, body }) {
    if (app.settings.smtpUrl) throw conflict('set_by_environment', 'The mail server is set by SMTP_URL of the environment; change it there.')
    await writeSmtp(app, await smtpOf(app, body))
    return presentSettings(app)
  },
})

export const removeSettings = route({
  summary: 'Forget the SMTP server: mails go to the built-in test mailbox',
  response: sendingSettings,
  async handler({ app }) {
    if (app.settings.smtpUrl) throw conflict('set_by_environment', 'The mail server is set by SMTP_URL of the environment; change it there.')
    await writeSmtp(app, null)
    return presentSettings(app)
  },
})

export const test = route({
  summary: 'Try the SMTP server step by step',
  description: 'Says at which step it failed and what to do. With `to` a test mail is sent.',
  body: sendingTestBody,
  response: sendingTestResult,
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  async handler({ app, body, actor }) {
    const company = await readCompany(app.db)
    const smtp = body.smtp ? await smtpOf(app, body.smtp) : (await readSmtp(app))?.smtp
    if (!smtp) throw new AppError('no_smtp', 409, 'No mail server is set: mails go to the built-in test mailbox.')
    const sender = await readSender(app, company)
    const to = body.to === undefined ? null : smtpAddress(body.to)
    if (body.to !== undefined && !to) throw invalid([{ field: 'to', message: 'this is not an address mail can go to' }])
    return trySending(smtp, sender, to?.address ?? null, readerOf(actor, company.language), app.now())
  },
})

export async function presentDomains(app: App, domains: SendingDomainRow[]): Promise<SendingDomain[]> {
  const sender = smtpAddress((await readCompany(app.db)).sender_email)?.domain
  return domains.map(domain => ({
    id: domain.id, domain: domain.domain, selector: domain.selector, record: dkimRecord(domain.domain, { selector: domain.selector, algorithm: 'rsa', publicKey: domain.public_key }),
    second_key: domain.second_selector === null || domain.second_public_key === null ? null : {
      record: dkimRecord(domain.domain, { selector: domain.second_selector, algorithm: 'ed25519', publicKey: domain.second_public_key }),
      seen_at: domain.second_seen_at?.toISOString() ?? null,
    },
    verified_at: domain.verified_at?.toISOString() ?? null, last_check: domain.last_check, created_at: domain.created_at.toISOString(), is_sender: domain.domain === sender,
  }))
}

export const listDomains = route({
  summary: 'Sending domains with the DNS record of each',
  response: z.object({ data: z.array(sendingDomain), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: await presentDomains(app, await listSendingDomains(app.db)), next_cursor: null }),
})

export const createDomain = route({
  summary: 'Add a sending domain: a DKIM key is made for it',
  description: 'Mails from addresses in the domain are signed from now on. Put the records into the DNS of the domain; the second key (Ed25519) signs too once its record is seen there.',
  body: createSendingDomainBody,
  response: sendingDomain,
  status: 201,
  async handler({ app, body }) {
    const domain = domainToASCII(body.domain.toLowerCase().replace(/^.*@/, '').replace(/\.$/, ''))
    if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(domain)) throw invalid([{ field: 'domain', message: 'give a domain such as shop.example' }])
    const created = await insertSendingDomain(app.db, { domain, ...await newKey(app, 'rsa'), second: await newKey(app, 'ed25519') }, app.now())
    if (!created) throw conflict('domain_exists', `${domain} has been added already.`)
    return (await presentDomains(app, [created]))[0]
  },
})

export const createSecondKey = route({
  summary: 'Give a sending domain its second DKIM key (Ed25519, RFC 8463)',
  description: 'It signs beside the first once its record is seen in the DNS. A domain that has one keeps it.',
  params: byId,
  response: sendingDomain,
  async handler({ app, params }) {
    if (!await findSendingDomain(app.db, params.id)) throw notFound('sending domain')
    await addSecondKey(app.db, params.id, await newKey(app, 'ed25519'))
    return (await presentDomains(app, [(await findSendingDomain(app.db, params.id))!]))[0]
  },
})

export const removeDomain = route({
  summary: 'Remove a sending domain and its key',
  description: 'Mails from it are not signed any more.',
  params: byId,
  async handler({ app, params }) {
    if (!await deleteSendingDomain(app.db, params.id)) throw notFound('sending domain')
    await settleAlerts(app.db, 'domain', { things: [`domain:${params.id}`] }, app.now())
  },
})
