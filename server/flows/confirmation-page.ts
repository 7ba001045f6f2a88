import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../base/app.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { escapeHtml } from '../templates/liquid.ts'
import { readToken } from '../tracking/links.ts'
import { pageWords } from '../tracking/page-words.ts'
import { type PublicPage, sendPublicPage } from '../tracking/public-page.ts'
import { findRecipient, type Recipient } from '../tracking/recipients.sql.ts'
import { sendUnknownLink } from '../tracking/tracking.routes.ts'
import { confirmSubscription, repeatConfirmation } from './confirm-subscription.ts'
import { readForm } from './subscription-pages.ts'

/**
 * The page behind the link of a confirmation mail (double opt-in). Opening it changes nothing: a scanner opens
 * links too. The button is the act of the person, and is what is kept as the proof.
 */
const daysValid = 14
const byToken = z.object({ token: z.string().max(2000) })
type Visit = { app: App, reply: FastifyReply, request: FastifyRequest, recipient: Recipient, company: string, expired: boolean }

export const show = route({
  summary: 'The page to confirm a subscription', page: true, params: byToken,
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, here => here.expired ? sendExpired(here) : sendQuestion(here)),
})

export const confirm = route({
  summary: 'Confirm a subscription, or ask for a new link', page: true, params: byToken,
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, async here => {
    const words = pageWords[here.recipient.locale]
    const ids = { contact_id: here.recipient.contact_id, message_id: here.recipient.message_id }
    if (here.expired) {
      if ((await readForm(request)).get('action') !== 'again') return sendExpired(here)
      await repeatConfirmation(app, ids)
      return send(here, { title: words.sentAgainTitle, mark: 'done', body: `<p>${words.sentAgainText(strong(here.recipient.email))}</p>` })
    }
    const outcome = await confirmSubscription(app, ids, { ip_address: request.ip, user_agent: String(request.headers['user-agent'] ?? '').slice(0, 500) })
    if (outcome === 'unknown') return sendUnknownLink(reply, request)
    return outcome === 'already'
      ? send(here, { title: words.alreadyTitle, mark: 'done', body: `<p>${words.alreadyText}</p>` })
      : send(here, { title: words.confirmedTitle, mark: 'done', body: `<p>${words.confirmedText}</p>` })
  }),
})

async function visit(app: App, token: string, request: FastifyRequest, reply: FastifyReply, answer: (here: Visit) => Promise<FastifyReply> | FastifyReply): Promise<FastifyReply> {
  const read = readToken(app, token)
  const recipient = read?.kind === 'confirm' ? await findRecipient(app.db, read) : undefined
  if (read?.kind !== 'confirm' || !recipient || recipient.kind === null) return sendUnknownLink(reply, request)
  const expired = app.now().getTime() - read.issued_at.getTime() > daysValid * 86_400_000
  const here: Visit = { app, reply, request, recipient, company: (await readCompany(app.db)).name, expired }
  const words = pageWords[recipient.locale]
  if (recipient.kind === 'test') return send(here, { title: words.testTitle, mark: 'done', body: `<p>${words.testText}</p>` })
  return answer(here)
}

function sendQuestion(here: Visit): FastifyReply {
  const words = pageWords[here.recipient.locale]
  return send(here, { title: words.confirmTitle, body: `<p>${words.confirmText(strong(here.recipient.email))}</p><form method="post"><button>${words.confirmButton}</button></form>` })
}

function sendExpired(here: Visit): FastifyReply {
  const words = pageWords[here.recipient.locale]
  return send(here, { title: words.expiredTitle, mark: 'sorry', body: `<p>${words.expiredText}</p><form method="post"><input type="hidden" name="action" value="again"><button>${words.askAgain}</button></form>` })
}

const send = (here: Visit, page: Pick<PublicPage, 'title' | 'body' | 'mark'>): FastifyReply =>
  sendPublicPage(here.reply, 200, { ...page, locale: here.recipient.locale, company: here.company })
const strong = (text: string): string => `<strong>${escapeHtml(text)}</strong>`
