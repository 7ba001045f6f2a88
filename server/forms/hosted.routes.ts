import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isbot } from 'isbot'
import { z } from 'zod'
import type { FormDefinition } from '../../shared/forms.ts'
import type { ContactInput } from '../../shared/contacts.ts'
import type { MailLocale } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { checkInput } from '../contacts/check-input.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { escapeHtml } from '../templates/liquid.ts'
import { languageAsked, sendPublicPage } from '../tracking/public-page.ts'
import { checkAddress, suggestAddress } from './check-address.ts'
import { embedScript, inLanguage, renderDone, renderForm, sendFormPage, type FormInput, type FormPage, type FormTopic } from './form-page.ts'
import { formInputs } from './form-inputs.ts'
import { formWords } from './form-words.ts'
import { addViews, findFormBySlug, type FormRow } from './forms.sql.ts'
import { RateLimit } from './limit-rate.ts'
import { cardValues, type Submission } from './submission.ts'

const bySlug = z.object({ slug: z.string().max(80) })
const shortest = 2000
const longest = 24 * 3_600_000
const sameVisitor = 10 * 60_000
const byAddress = new RateLimit(40, 600_000)
const byEmail = new RateLimit(6, 600_000)

export const show = route({
  summary: 'The page of a form', page: true, params: bySlug,
  handler: async ({ app, params, request, reply }) => {
    const visit = await openVisit(app, params.slug, request)
    if (visit === null) return sendUnknown(app, request, reply)
    if (!isbot(request.headers['user-agent'] ?? '') && request.method === 'GET' && query(request, 'preview') === '') countView(app, visit.form.id)
    if (wantsJson(request)) {
      const { locale, form, inputs, topics } = visit
      return reply.header('cache-control', 'no-store').send({ title: inLanguage(form.definition.title, locale), state: form.state, inputs, topics, consent_wording: inLanguage(form.definition.consent_wording, locale), t: newToken(app, form.id) })
    }
    return sendForm(app, reply, visit, { values: {}, errors: {} })
  },
})

export const submit = route({
  summary: 'Send a form in', page: true, params: bySlug, bodyLimit: 128 * 1024,
  handler: async ({ app, params, request, reply }) => {
    const visit = await openVisit(app, params.slug, request)
    if (visit === null) return sendUnknown(app, request, reply)
    const { form, locale } = visit
    if (form.state !== 'live') return sendForm(app, reply, visit, { values: {}, errors: {} })
    const words = formWords[locale]
    const values = readValues(request.body)
    const again = (page: { errors?: Record<string, string>, notice?: string, suggestion?: FormPage['suggestion'], status?: number, field?: string }): FastifyReply => {
      if (wantsJson(request)) {
        throw invalid(Object.entries(page.errors ?? {}).map(([field, message]) => ({ field, message })).concat(
          page.suggestion ? [{ field: 'email', message: words.didYouMean(page.suggestion.suggested) }] : page.notice && !page.errors ? [{ field: 't', message: page.notice }] : []))
      }
      return sendForm(app, reply, visit, { values, errors: page.errors ?? {}, ...(page.notice ? { notice: page.notice } : {}), ...(page.suggestion ? { suggestion: page.suggestion } : {}) }, page.status ?? 422)
    }

    // Only a program fills in what no person sees. It is told that all went well.
    if ((values['website']?.[0] ?? '') !== '') return sendDone(reply, visit, request)
    if (!byAddress.allows(`${form.id} ${request.ip}`, app.now())) return again({ notice: words.tooMany, status: 429 })
    const age = tokenAge(app, form.id, values['t']?.[0])
    // Sent from a plain HTML form on another site: shown once more, and sent from here.
    if (age === null) return again({ notice: words.checkAndSend, status: 200 })
    if (age < shortest) return again({ notice: words.tooFast, status: 200 })
    if (age > longest) return again({ notice: words.tooOld, status: 200 })

    const chosen = values['chosen_email']?.[0]
    if (chosen !== undefined) values['email'] = [chosen]
    const { errors, fields } = await checkValues(app.db, visit, values)
    // Mistyped names of mail services are often owned by makers of throw-away mail: the slip is asked about first.
    const typed = normaliseEmail(values['email']?.[0] ?? '')
    const suggested = typed !== null && chosen === undefined ? suggestAddress(typed) : null
    const address = suggested === null ? await checkAddress(values['email']?.[0] ?? '') : { email: typed! }
    if ('fault' in address) errors['email'] = (values['email']?.[0] ?? '').trim() === '' ? words.needed : words[address.fault]
    const topicIds = visit.form.definition.show_topics ? (values['topic'] ?? []).map(Number).filter(id => visit.topics.some(topic => topic.id === id)) : visit.topics.map(topic => topic.id)
    if (topicIds.length === 0) errors['topic'] = words.topicNeeded
    if (values['consent']?.[0] !== 'yes') errors['consent'] = words.consentNeeded
    if (Object.keys(errors).length > 0 || 'fault' in address) return again({ errors, notice: words.fixFirst })
    if (suggested !== null) return again({ suggestion: { given: address.email, suggested }, status: 200 })
    if (!byEmail.allows(`${form.id} ${address.email}`, app.now())) return again({ notice: words.tooMany, status: 429 })

    await keepSubmission(app, visit, request, { email: address.email, fields, topicIds, utm: readUtm(values, request), pageUrl: values['page']?.[0] ?? '' })
    return sendDone(reply, visit, request)
  },
})

export const embed = route({
  summary: 'The script that puts a form into another site', page: true, params: bySlug,
  handler: async ({ app, params, reply }) => {
    const form = await findFormBySlug(app.db, params.slug)
    return reply.code(form === undefined ? 404 : 200)
      .header('cross-origin-resource-policy', 'cross-origin').header('cache-control', 'public, max-age=300')
      .type('text/javascript; charset=utf-8').send(form === undefined ? '' : embedScript(app.settings.publicUrl, form.slug))
  },
})

type Visit = { form: FormRow, locale: MailLocale, company: string, inputs: FormInput[], topics: FormTopic[], embedded: boolean, hidden: Record<string, string> }

async function openVisit(app: App, slug: string, request: FastifyRequest): Promise<Visit | null> {
  const form = await findFormBySlug(app.db, slug)
  if (form === undefined) return null
  const company = await readCompany(app.db)
  const asked = query(request, 'lang').slice(0, 2).toLowerCase()
  const locale = asked === 'ru' || asked === 'en' ? asked : languageAsked(request.headers['accept-language'], company.language)
  const [inputs, topics] = await Promise.all([formInputs(app.db, form.definition, locale), topicsOf(app.db, form.definition, locale)])
  const hidden: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
    if (/^utm_(source|medium|campaign|content|term)$/.test(name) && typeof value === 'string') hidden[name] = value.slice(0, 300)
  }
  const page = query(request, 'page') || (request.method === 'GET' ? request.headers.referer ?? '' : '')
  if (page !== '') hidden['page'] = page.slice(0, 1500)
  return { form, locale, company: company.name, inputs, topics, embedded: query(request, 'embed') !== '', hidden }
}

/** Topics the form offers, in their order, in the reader's language; archived ones are left out. */
export async function topicsOf(db: Db, definition: FormDefinition, locale: MailLocale): Promise<FormTopic[]> {
  const wanted = new Set(definition.topic_ids)
  return (await offeredTopics(db)).filter(topic => wanted.has(topic.id)).map(topic => ({
    id: topic.id, name: locale === 'ru' ? topic.name_ru : topic.name_en, description: locale === 'ru' ? topic.description_ru : topic.description_en,
  }))
}

const query = (request: FastifyRequest, name: string): string => {
  const value = (request.query as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}
const wantsJson = (request: FastifyRequest): boolean => /json/.test(request.headers['content-type'] ?? '') || /^application\/json/.test(request.headers.accept ?? '')

function sendForm(app: App, reply: FastifyReply, visit: Visit, page: Pick<FormPage, 'values' | 'errors' | 'notice' | 'suggestion'>, status = 200): FastifyReply {
  const { form, locale, embedded } = visit
  const words = formWords[locale]
  if (form.state !== 'live') return sendPublicPage(reply, 410, { locale, title: words.closedTitle, company: visit.company, mark: 'sorry', body: `<p>${escapeHtml(words.closedText)}</p>` })
  const kept = Object.fromEntries(Object.entries(page.values).flatMap(([name, values]) => (/^utm_/.test(name) || name === 'page') && values[0] ? [[name, values[0].slice(0, 1500)]] : []))
  // Whoever sees the page a second time has had the time to read it.
  const t = page.values['t']?.[0]
  const token = t !== undefined && (tokenAge(app, form.id, t) ?? longest) < longest ? t : newToken(app, form.id)
  const html = renderForm({
    locale, company: visit.company, definition: form.definition, inputs: visit.inputs, topics: visit.topics,
    action: `/f/${form.slug}?lang=${locale}${embedded ? '&embed=1' : ''}`, hidden: { ...visit.hidden, ...kept, t: token }, embedded, ...page,
  })
  return sendFormPage(reply, status, html, { definition: form.definition, embedded })
}

function sendDone(reply: FastifyReply, visit: Visit, request: FastifyRequest): FastifyReply {
  const { form, embedded } = visit
  if (wantsJson(request)) return reply.code(202).send({ status: 'accepted', message: inLanguage(form.definition.success, visit.locale) })
  if (form.definition.redirect_url !== '' && !embedded) return reply.redirect(form.definition.redirect_url, 303)
  return sendFormPage(reply, 200, renderDone({ ...visit, definition: form.definition }), { definition: form.definition, embedded })
}

async function sendUnknown(app: App, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const company = await readCompany(app.db)
  const locale = languageAsked(request.headers['accept-language'], company.language)
  return sendPublicPage(reply, 404, { locale, title: formWords[locale].unknownTitle, company: company.name, mark: 'sorry', body: `<p>${escapeHtml(formWords[locale].unknownText)}</p>` })
}

/** The signed moment the page was made, with a grain of chance: the same page sent twice counts once. */
function newToken(app: App, formId: number): string {
  const body = `${app.now().getTime().toString(36)}-${randomBytes(6).toString('base64url')}`
  return `${body}.${app.sign.sign(`form ${formId} ${body}`)}`
}

/** Milliseconds since the page was made; null: not one of ours. */
function tokenAge(app: App, formId: number, token: string | undefined): number | null {
  const [body, signature] = (token ?? '').split('.')
  if (body === undefined || signature === undefined || !app.sign.verify(`form ${formId} ${body}`, signature)) return null
  return app.now().getTime() - Number.parseInt(body.split('-')[0]!, 36)
}

function readValues(body: unknown): Record<string, string[]> {
  const values: Record<string, string[]> = {}
  if (body === null || typeof body !== 'object') return values
  for (const [name, value] of Object.entries(body)) {
    if (name === '__proto__') continue
    values[name] = (Array.isArray(value) ? value : [value]).slice(0, 100).flatMap(one => ['string', 'number', 'boolean'].includes(typeof one) ? [String(one).toWellFormed().replaceAll('\0', '')] : [])
  }
  return values
}

function readUtm(values: Record<string, string[]>, request: FastifyRequest): Record<string, string> {
  const utm: Record<string, string> = {}
  for (const name of ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term']) {
    const value = values[name]?.[0] || query(request, name)
    if (value !== '') utm[name] = value.slice(0, 300)
  }
  return utm
}

async function checkValues(db: Db, { inputs, locale }: Visit, values: Record<string, string[]>): Promise<{ errors: Record<string, string>, fields: Submission['fields'] }> {
  const words = formWords[locale]
  const errors: Record<string, string> = {}
  const fields: Submission['fields'] = {}
  for (const input of inputs) {
    if (input.field === 'email') continue
    const given = (values[input.field] ?? []).map(value => value.trim()).filter(value => value !== '')
    if (given.length === 0) {
      if (input.required) errors[input.field] = words.needed
      continue
    }
    fields[input.field] = input.kind === 'multi_choice' ? given.join(';') : given[0]!
  }
  const checked = checkInput({ email: 'somebody@example.com', ...cardValues(fields) } as ContactInput, await loadInputContext(db))
  if ('errors' in checked) for (const { field, message } of checked.errors) errors[field] = field === 'phone' ? words.badPhone : locale === 'en' ? `${words.badValue} (${message})` : words.badValue
  return { errors, fields }
}

type Kept = { email: string, fields: Submission['fields'], topicIds: number[], utm: Record<string, string>, pageUrl: string }

async function keepSubmission(app: App, { form, locale }: Visit, request: FastifyRequest, kept: Kept): Promise<void> {
  const now = app.now()
  const { definition } = form
  const sent: Submission = {
    form_id: form.id, form_name: form.name, locale, fields: kept.fields, topic_ids: kept.topicIds,
    wording: inLanguage(definition.consent_wording, locale), double_opt_in: definition.double_opt_in,
    utm: kept.utm, source: definition.source || kept.utm['utm_source'] || form.name, page_url: kept.pageUrl.slice(0, 1500),
    ip_address: request.ip, user_agent: (request.headers['user-agent'] ?? '').slice(0, 500) || null,
  }
  const contents = createHash('sha256').update(JSON.stringify([kept.fields, kept.topicIds])).digest('base64url')
  await withTransaction(app.db, tx => appendEvents(tx, [{
    key: `form:${form.id}:${kept.email}:${contents}:${Math.floor(now.getTime() / sameVisitor)}`,
    type: 'form.submitted', contact: { email: kept.email }, occurred_at: now, properties: sent, source: `form:${form.id}`,
  }], now))
}

const waiting = new WeakMap<App, Map<number, number>>()

/** Counted together a moment later: a form everybody looks at must not be a row everybody waits for. */
function countView(app: App, formId: number): void {
  let views = waiting.get(app)
  if (views === undefined) {
    views = new Map()
    waiting.set(app, views)
  }
  if (views.size === 0) {
    setTimeout(() => {
      const counted = new Map(views)
      views.clear()
      addViews(app.db, counted).catch((error: unknown) => app.log.warn({ err: error }, 'views of forms were not counted'))
    }, 300).unref()
  }
  views.set(formId, (views.get(formId) ?? 0) + 1)
}
