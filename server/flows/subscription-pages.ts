import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../base/app.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { consentStates } from '../consent/consents.sql.ts'
import type { NewConsent } from '../consent/record-consents.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { escapeHtml } from '../templates/liquid.ts'
import { readToken } from '../tracking/links.ts'
import { pageWords } from '../tracking/page-words.ts'
import { type PublicPage, sendPublicPage } from '../tracking/public-page.ts'
import { findRecipient, type Recipient } from '../tracking/recipients.sql.ts'
import { sendUnknownLink } from '../tracking/tracking.routes.ts'
import { changeConsents } from './change-consents.ts'

/**
 * The pages behind the links every mail carries: leave, choose topics. Opening a page changes nothing, since
 * scanners open links; only POST does. The same address takes the one-click POST of mail programs (RFC 8058).
 */
const byToken = z.object({ token: z.string().max(2000) })
type Topic = Awaited<ReturnType<typeof offeredTopics>>[number]
type Visit = { app: App, reply: FastifyReply, request: FastifyRequest, token: string, recipient: Recipient, company: string, topics: Topic[], granted: Set<number> }

export const showUnsubscribe = route({
  summary: 'The page to unsubscribe', page: true, params: byToken,
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, sendUnsubscribePage),
})

export const unsubscribe = route({
  summary: 'Unsubscribe: by the button of the page, or by one click in a mail program (RFC 8058)', page: true, params: byToken,
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, async here => {
    const form = await readForm(request)
    if (here.recipient.kind === 'test') return sendTestPage(here)
    if (form.get('action') === 'undo') return takeBack(here, form)
    return leave(here, form)
  }),
})

export const showPreferences = route({
  summary: 'The page to choose topics', page: true, params: byToken,
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, here => sendPreferences(here, false)),
})

export const savePreferences = route({
  summary: 'Keep the topics a person chose', page: true, params: byToken,
  handler: ({ app, params, request, reply }) => visit(app, params.token, request, reply, async here => {
    const form = await readForm(request)
    if (here.recipient.kind === 'test') return sendTestPage(here)
    const chosen = new Set(form.getAll('topic').map(Number))
    const words = pageWords[here.recipient.locale]
    const changes = here.topics.filter(topic => chosen.has(topic.id) !== here.granted.has(topic.id))
    await record(here, changes.map(topic => ({ topic_id: topic.id, action: chosen.has(topic.id) ? 'granted' : 'withdrawn', wording: `${words.wordingPreferences}: ${nameOf(topic, here)}` })), 'preferences')
    for (const topic of changes) {
      if (chosen.has(topic.id)) here.granted.add(topic.id)
      else here.granted.delete(topic.id)
    }
    return sendPreferences(here, true)
  }),
})

async function visit(app: App, token: string, request: FastifyRequest, reply: FastifyReply, show: (here: Visit) => Promise<FastifyReply> | FastifyReply): Promise<FastifyReply> {
  const read = readToken(app, token)
  const recipient = read?.kind === 'person' ? await findRecipient(app.db, read) : undefined
  if (!recipient) return sendUnknownLink(reply, request)
  const [company, topics, states] = await Promise.all([readCompany(app.db), offeredTopics(app.db), consentStates(app.db, [recipient.contact_id])])
  const granted = new Set(states.filter(state => state.status === 'granted').map(state => state.topic_id))
  return show({ app, reply, request, token, recipient, company: company.name, topics, granted })
}

/** Leaves the topic the mail was about; `scope=all`, or a mail about no topic: all of them. */
async function leave(here: Visit, form: URLSearchParams): Promise<FastifyReply> {
  const { recipient, topics } = here
  const words = pageWords[recipient.locale]
  const oneClick = form.get('List-Unsubscribe') === 'One-Click'
  const topic = form.get('scope') === 'all' ? undefined : topics.find(each => each.id === recipient.topic_id)
  const left = topic ? [topic] : topics
  const wereGranted = left.filter(each => here.granted.has(each.id))
  const states = new Map((await consentStates(here.app.db, [recipient.contact_id])).map(state => [state.topic_id, state.status]))
  // Told twice (a mail program repeats its POST, a person presses again): recorded once.
  await record(here, left.filter(each => states.get(each.id) !== 'withdrawn').map(each => ({ topic_id: each.id, action: 'withdrawn', wording: oneClick ? 'List-Unsubscribe=One-Click' : words.wordingUnsubscribe })), oneClick ? 'unsubscribe:one-click' : 'unsubscribe:page')
  const email = strong(recipient.email)
  const undo = wereGranted.length > 0
    ? `<form method="post"><input type="hidden" name="action" value="undo">${wereGranted.map(each => `<input type="hidden" name="topic" value="${each.id}">`).join('')}<button class="quiet">${escapeHtml(words.undo)}</button></form>`
    : ''
  return send(here, {
    title: topic ? words.doneTopicTitle : words.doneAllTitle, mark: 'done',
    body: `<p>${topic ? words.doneTopicText(email, escapeHtml(nameOf(topic, here))) : words.doneAllText(email)}</p>${undo}${preferencesLink(here)}`,
  })
}

async function takeBack(here: Visit, form: URLSearchParams): Promise<FastifyReply> {
  const words = pageWords[here.recipient.locale]
  const wanted = new Set(form.getAll('topic').map(Number))
  const withdrawn = new Set((await consentStates(here.app.db, [here.recipient.contact_id])).filter(state => state.status === 'withdrawn').map(state => state.topic_id))
  await record(here, here.topics.filter(topic => wanted.has(topic.id) && withdrawn.has(topic.id)).map(topic => ({ topic_id: topic.id, action: 'granted', wording: words.wordingUndo })), 'unsubscribe:page')
  return send(here, { title: words.undoneTitle, mark: 'done', body: `<p>${words.undoneText}</p>${preferencesLink(here)}` })
}

function sendUnsubscribePage(here: Visit): FastifyReply {
  const { recipient, topics } = here
  const words = pageWords[recipient.locale]
  const topic = topics.find(each => each.id === recipient.topic_id)
  const one = topic ? `<form method="post"><input type="hidden" name="scope" value="topic"><button>${escapeHtml(words.unsubscribeTopic(nameOf(topic, here)))}</button></form>` : ''
  const all = `<form method="post"><input type="hidden" name="scope" value="all"><button${topic ? ' class="quiet"' : ''}>${escapeHtml(words.unsubscribeAll)}</button></form>`
  return send(here, { title: words.unsubscribeTitle, body: `<p>${words.unsubscribeText(strong(recipient.email))}</p>${one}${all}${preferencesLink(here)}` })
}

function sendPreferences(here: Visit, saved: boolean): FastifyReply {
  const words = pageWords[here.recipient.locale]
  const russian = here.recipient.locale === 'ru'
  if (here.topics.length === 0) return send(here, { title: words.preferencesTitle, body: `<p>${words.noTopics}</p>` })
  const list = here.topics.map(topic => {
    const description = russian ? topic.description_ru : topic.description_en
    return `<label class="topic"><input type="checkbox" name="topic" value="${topic.id}"${here.granted.has(topic.id) ? ' checked' : ''}><b>${escapeHtml(nameOf(topic, here))}</b>${description ? `<small>${escapeHtml(description)}</small>` : ''}</label>`
  }).join('')
  return send(here, {
    title: saved ? words.savedTitle : words.preferencesTitle, ...(saved ? { mark: 'done' as const } : {}),
    body: `<p>${saved ? words.savedText : words.preferencesText(strong(here.recipient.email))}</p>
<form method="post" action="/p/${here.token}"><fieldset aria-label="${escapeHtml(words.preferencesTitle)}">${list}</fieldset><p></p><button>${words.save}</button></form>
<form method="post" action="/u/${here.token}"><input type="hidden" name="scope" value="all"><button class="quiet">${words.unsubscribeAll}</button></form>`,
  })
}

function sendTestPage(here: Visit): FastifyReply {
  const words = pageWords[here.recipient.locale]
  return send(here, { title: words.testTitle, mark: 'done', body: `<p>${words.testText}</p>` })
}

async function record(here: Visit, consents: { topic_id: number, action: NewConsent['action'], wording: string }[], source: string): Promise<void> {
  if (consents.length === 0) return
  const now = here.app.now()
  const { contact_id, message_id } = here.recipient
  await changeConsents(here.app, here.app.db, consents.map(consent => ({
    ...consent, contact_id, source, message_id: message_id === 0 ? null : message_id, occurred_at: now,
    ip_address: here.request.ip, user_agent: String(here.request.headers['user-agent'] ?? '').slice(0, 500),
  })), now)
}

const send = (here: Visit, page: Pick<PublicPage, 'title' | 'body' | 'mark'>): FastifyReply =>
  sendPublicPage(here.reply, 200, { ...page, locale: here.recipient.locale, company: here.company })

const nameOf = (topic: Topic, here: Visit): string => here.recipient.locale === 'ru' ? topic.name_ru : topic.name_en
const strong = (text: string): string => `<strong>${escapeHtml(text)}</strong>`
const preferencesLink = (here: Visit): string => here.topics.length > 0 ? `<p class="links"><a href="/p/${here.token}">${escapeHtml(pageWords[here.recipient.locale].ratherChoose)}</a></p>` : ''

/** Forms and mail programs send either of the two form encodings; a POST with neither holds nothing. */
export async function readForm(request: FastifyRequest): Promise<URLSearchParams> {
  const form = new URLSearchParams()
  if (request.isMultipart()) {
    for await (const part of request.parts()) {
      if (part.type === 'field') form.append(part.fieldname, String(part.value))
      else part.file.resume()
    }
    return form
  }
  for (const [name, value] of Object.entries((request.body ?? {}) as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) form.append(name, String(each))
  }
  return form
}
