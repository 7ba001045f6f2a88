import { LiquidError } from 'liquidjs'
import { inlineAddresses } from '../../shared/mail-files.ts'
import type { MailDocument, MailLocale, MailPreview, MailVariant } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { notFound } from '../base/errors.ts'
import { readCompany } from '../company/company.sql.ts'
import { checkDocument, explainLiquidError } from './check-document.ts'
import { compileDraft, type CompiledMail, compileTemplate, sourceForAuthors, type TemplateVersion } from './compile-template.ts'
import { findProblems } from './find-problems.ts'
import { liquidEngine } from './liquid.ts'
import { couponForPreview, loadContactsForMail, namedLists, loadProductsForPreview } from './mail-data.sql.ts'
import { filesOfVariant, loadMailFiles } from './mail-files.sql.ts'
import { exampleContact, exampleContext, exampleCoupon, exampleProducts, mailScope } from './mail-scope.ts'
import { problemMessage } from './problem-words.ts'
import { renderMail } from './render-mail.ts'
import { listCustomFields } from './templates.sql.ts'

/** A document that need not be saved yet, as one person would see it, and what would look wrong in it. Links stay as they are. */
export async function previewMail(app: App, input: { document: MailDocument, locale: MailLocale, kind: 'marketing' | 'transactional', contactId: number | null, reader: MailLocale, withSource?: boolean }): Promise<MailPreview> {
  const checked = checkDocument(input.document, input.reader)
  const variant = checked.document.locales[input.locale]
  if (!variant) throw notFound('variant of this mail')
  const errors = checked.errors.filter(error => error.locale === input.locale)
  if (errors.length > 0) {
    return { subject: variant.subject, preheader: variant.preheader, html: '', text: '', problems: errors.map(({ code, locale, block_id, message }) => ({ level: 'error', code, locale, block_id, message })) }
  }
  const company = await readCompany(app.db)
  const contact = input.contactId === null ? exampleContact(input.locale) : (await loadContactsForMail(app.db, [input.contactId]))[0]
  if (!contact) throw notFound('contact')
  const document = { ...checked.document, locales: { [input.locale]: variant } }
  const compiled = await compileDraft({ kind: input.kind, document }, input.locale)
  const loaded = await loadProductsForPreview(app.db, input.contactId, compiled)
  const products = loaded.map(list => list.length > 0 ? list : exampleProducts(input.locale, company.currency))
  const coupon = input.contactId === null ? exampleCoupon(app.now()) : await couponForPreview(app.db, input.contactId, app.now())
  const link = () => '#'
  const scope = mailScope({ contact, company, locale: input.locale, context: exampleContext(input.locale), products, coupon, named: namedLists(compiled), now: app.now(), urls: { unsubscribe: link, preferences: link, confirm: link } })
  const customFields = (await listCustomFields(app.db)).map(field => field.key)
  const about = { document: checked.document, kind: input.kind, locale: input.locale, compiled, reader: input.reader, customFields }
  try {
    const mail = renderMail(compiled, { scope, tracking: null })
    // An example person has every field but the company's own, so their gaps would say nothing.
    const problems = findProblems({ ...about, ...(input.contactId === null ? {} : { contact: { scope, mail } }) })
    return { subject: mail.subject, preheader: renderPreheader(variant.preheader, compiled, scope), html: await withPictures(app.db, variant, mail.html), text: mail.text, problems, ...(input.withSource ? { source: sourceForAuthors(compiled) } : {}) }
  } catch (error) {
    if (!LiquidError.is(error)) throw error
    const text = explainLiquidError(error, input.locale).values['text'] ?? error.message
    return { subject: variant.subject, preheader: variant.preheader, html: '', text: '', problems: [...findProblems(about), { level: 'error', code: 'render_failed', locale: input.locale, block_id: null, message: problemMessage('render_failed', input.reader, { text }) }] }
  }
}

function renderPreheader(source: string, compiled: CompiledMail, scope: Record<string, unknown>): string {
  return String(liquidEngine('text', compiled.locale).parseAndRenderSync(source, scope)).trim()
}

/** Files shown inside, as a page can show them: a mail program takes them from the mail itself. */
export async function withPictures(db: Db, variant: MailVariant, html: string): Promise<string> {
  const pictures = new Map((await loadMailFiles(db, filesOfVariant(variant).inline)).map(file => [file.id, `data:${file.content_type};base64,${file.content.toString('base64')}`]))
  return pictures.size === 0 ? html : html.replace(inlineAddresses, (address, id: string) => pictures.get(Number(id)) ?? address)
}

/** A saved version as an example person sees it: for thumbnails. Compiled once per version. */
export async function previewVersion(app: App, version: TemplateVersion, locale: MailLocale): Promise<{ subject: string, html: string }> {
  const company = await readCompany(app.db)
  const compiled = await compileTemplate(version, locale)
  const link = () => '#'
  const products = compiled.products.map(() => exampleProducts(locale, company.currency))
  const scope = mailScope({ contact: exampleContact(locale), company, locale, context: exampleContext(locale), products, coupon: exampleCoupon(app.now()), named: namedLists(compiled), now: app.now(), urls: { unsubscribe: link, preferences: link, confirm: link } })
  const { subject, html } = renderMail(compiled, { scope, tracking: null })
  return { subject, html: await withPictures(app.db, version.document.locales[locale]!, html) }
}
