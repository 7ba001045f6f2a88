import type { MailDocument, MailLocale } from '../../shared/templates.ts'
import { type Db, rows, sql } from '../base/db.ts'
import { keptMap } from '../base/kept.ts'
import { readCompany } from '../company/company.sql.ts'
import { type CompiledMail, compileTemplate, localeFor, type TemplateVersion } from './compile-template.ts'
import { type CompanyForMail, type ContactForMail, type CouponForMail, mailScope, type PersonalUrls, type ProductForMail } from './mail-scope.ts'
import { filesOfDocument, loadMailFiles } from './mail-files.sql.ts'
import { recommendProducts } from './recommendations.sql.ts'
import type { MailTracking, RenderData } from './render-mail.ts'

/** A row of the ledger that is to be filled in. `context.test_to` and `context.locale` override address and language (test mails). */
export type MailRow = { contact_id: number, id: number, kind: string, template_version_id: number, context: Record<string, unknown> }

export type MailData = RenderData & {
  compiled: CompiledMail
  locale: MailLocale
  /** stands before the subject of a mail of a test run */
  subject_mark: string
  to_email: string | null
  to_name: string
  unsubscribe_url: string
  preferences_url: string
  company: CompanyForMail
}

/** Told of the mail at a place of the batch that cannot be made, and why. */
export type BrokenMail = (index: number, error: unknown) => void

/** The addresses that lead back to us, made by whoever signs them. */
export type LinksOfMail = { urls: PersonalUrls, tracking: MailTracking | null }

/**
 * Rows of the ledger in, for each what its mail is filled with out, in the same order; null where the contact is
 * gone. Three statements for the whole batch, however long. Locks nothing. With `broken` a mail that cannot be made is told
 * there and null, so that it holds up none of the others; without it is thrown.
 */
export async function loadMails(db: Db, messages: MailRow[], linksOf: (message: MailRow) => LinksOfMail, now: Date, broken?: BrokenMail): Promise<(MailData | null)[]> {
  if (messages.length === 0) return []
  const company = await readCompany(db)
  const versions = await loadVersions(db, messages.map(message => message.template_version_id))
  const contacts = new Map((await loadContactsForMail(db, messages.map(message => message.contact_id))).map(contact => [contact.id, contact]))

  const tell = (index: number, error: unknown) => {
    if (!broken) throw error
    broken(index, error)
    return null
  }
  const compiled = await Promise.all(messages.map(async (message, index) => {
    const version = versions.get(message.template_version_id)
    const contact = contacts.get(message.contact_id)
    if (!version || !contact) return null
    const wanted = typeof message.context['locale'] === 'string' ? message.context['locale'] : contact.locale
    return compileTemplate(version, localeFor(version.document, wanted, company.language)).catch((error: unknown) => tell(index, error))
  }))
  const products = await loadProducts(db, messages.map((message, index) => ({ contact_id: message.contact_id, mail: compiled[index] ?? null })))

  const coupons = await loadCoupons(db, messages.filter((_, index) => compiled[index] && showsCoupon(compiled[index])), now)

  return messages.map((message, index) => {
    const mail = compiled[index]
    const contact = contacts.get(message.contact_id)
    if (!mail || !contact) return null
    try {
      return mailDataFor(message, linksOf(message), contact, company, mail, mail.products.map(source => products.listFor(message.contact_id, source)), coupons.get(`${message.contact_id}:${message.id}`) ?? null, now)
    } catch (error) {
      return tell(index, error)
    }
  })
}

function mailDataFor(message: MailRow, links: LinksOfMail, contact: ContactForMail, company: CompanyForMail, compiled: CompiledMail, products: ProductForMail[][], coupon: CouponForMail | null, now: Date): MailData {
  // A letter goes to whichever address it answers.
  const testTo = message.context['test_to'] ?? message.context['answer_to']
  return {
    compiled, company,
    locale: compiled.locale,
    subject_mark: message.context['test_run'] !== true ? '' : compiled.locale === 'ru' ? '[Тест] ' : '[Test] ',
    to_email: typeof testTo === 'string' ? testTo : contact.email,
    to_name: [contact.first_name, contact.last_name].filter(part => part !== null && part !== '').join(' '),
    unsubscribe_url: links.urls.unsubscribe(),
    preferences_url: links.urls.preferences(),
    scope: mailScope({ contact, company, locale: compiled.locale, context: message.context, products, coupon, named: namedLists(compiled), now, urls: links.urls }),
    tracking: links.tracking,
  }
}

export async function loadContactsForMail(db: Db, contactIds: number[]): Promise<ContactForMail[]> {
  return rows<ContactForMail>(db, sql`
    select
      c.id, c.email, c.phone, c.external_id, c.first_name, c.last_name, company.name as company,
      c.locale, c.time_zone, c.city, c.source, c.fields,
      coalesce((select array_agg(t.name order by t.name) from contact_tags ct join tags t on t.id = ct.tag_id where ct.contact_id = c.id), '{}') as tags,
      coalesce(r.orders_count, 0) as orders_count, coalesce(r.revenue, 0) as revenue,
      r.first_order_at, r.last_order_at, r.subscribed_at
    from contacts c
    left join companies company on company.id = c.company_id
    left join contact_rollups r on r.contact_id = c.id
    where c.id = any(${[...new Set(contactIds)]}::bigint[])`)
}

/** Versions never change: what was read once is kept. */
const versionCache = keptMap<number, TemplateVersion>()
const versionCacheSize = 300

export async function loadVersions(db: Db, versionIds: number[]): Promise<Map<number, TemplateVersion>> {
  const missing = [...new Set(versionIds)].filter(id => !versionCache.has(id))
  if (missing.length > 0) {
    const found = await rows<{ id: number, kind: TemplateVersion['kind'], document: MailDocument }>(db, sql`
      select version.id, template.kind, version.document
      from template_versions version
      join templates template on template.id = version.template_id
      where version.id = any(${missing}::bigint[])`)
    for (const version of found) {
      if (versionCache.size >= versionCacheSize) versionCache.delete(versionCache.keys().next().value!)
      const ids = filesOfDocument(version.document)
      versionCache.set(version.id, { ...version, files: ids.length === 0 ? [] : await loadMailFiles(db, ids) })
    }
  }
  return new Map(versionIds.flatMap(id => {
    const version = versionCache.get(id)
    return version ? [[id, version] as const] : []
  }))
}

type Wanted = { contact_id: number, mail: CompiledMail | null }
const lastOrderLines = 12

async function loadProducts(db: Db, wanted: Wanted[]): Promise<{ listFor: (contactId: number, source: CompiledMail['products'][number]) => ProductForMail[] }> {
  const needsOrder = wanted.filter(each => each.mail?.products.some(source => 'last_order' in source)).map(each => each.contact_id)
  const skus = [...new Set(wanted.flatMap(each => each.mail?.products.flatMap(source => 'skus' in source ? source.skus : []) ?? []))]
  const lines = needsOrder.length === 0 ? [] : await rows<ProductForMail & { contact_id: number }>(db, sql`
    select last.contact_id, line.sku, coalesce(line.name, product.name) as name, coalesce(line.category, product.category) as category,
      line.price, last.currency, line.quantity::float8 as quantity
    from unnest(${[...new Set(needsOrder)]}::bigint[]) as wanted (contact_id)
    cross join lateral (
      select o.contact_id, o.id, o.currency
      from orders o
      where o.contact_id = wanted.contact_id
        and o.status = 'placed'
      order by o.placed_at desc, o.id desc
      limit 1
    ) as last
    join order_lines line on line.contact_id = last.contact_id and line.order_id = last.id
    left join products product on product.sku = line.sku
    where line.line_number <= ${lastOrderLines}
    order by last.contact_id, line.line_number`)
  const chosen = skus.length === 0 ? [] : await rows<ProductForMail>(db, sql`
    select sku, name, category, price, currency, 1 as quantity
    from products
    where sku = any(${skus}::text[])`)
  const recommended = await recommendProducts(db, wanted.filter(each => each.mail?.products.some(source => 'recommended' in source)).map(each => each.contact_id))
  const bySku = new Map(chosen.map(product => [product.sku, product]))
  const byContact = Map.groupBy(lines, line => line.contact_id)
  return {
    listFor: (contactId, source) => 'last_order' in source
      ? byContact.get(contactId) ?? []
      : 'recommended' in source ? recommended.get(contactId) ?? []
      : source.skus.flatMap(sku => bySku.get(sku) ?? []),
  }
}

const showsCoupon = (compiled: CompiledMail): boolean => compiled.pieces.some(piece => /\bcoupon\b/.test(piece))

/** Messages in, by `contact:message` the coupon its mail shows: the latest open one its journey gave, else the latest open one of all. */
async function loadCoupons(db: Db, messages: { contact_id: number, id: number }[], now: Date): Promise<Map<string, CouponForMail>> {
  if (messages.length === 0) return new Map()
  const found = await rows<CouponForMail & { contact_id: number, message_id: number }>(db, sql`
    select asked.contact_id, asked.message_id, chosen.code, chosen.valid_until
    from unnest(${messages.map(message => message.contact_id)}::bigint[], ${messages.map(message => message.id)}::bigint[]) as asked (contact_id, message_id)
    left join messages m on m.contact_id = asked.contact_id and m.id = asked.message_id
    cross join lateral (
      select coupons.code, coupons.valid_until
      from coupons
      where coupons.contact_id = asked.contact_id
        and coupons.redeemed_at is null
        and (coupons.valid_until is null or coupons.valid_until > ${now})
      order by coalesce(coupons.source = 'journey:' || m.journey_id, false) desc, coupons.id desc
      limit 1
    ) as chosen`)
  return new Map(found.map(({ contact_id, message_id, ...coupon }) => [`${contact_id}:${message_id}`, coupon]))
}

/** The latest open coupon of somebody, for a preview. */
export async function couponForPreview(db: Db, contactId: number, now: Date): Promise<CouponForMail | null> {
  return (await loadCoupons(db, [{ contact_id: contactId, id: 0 }], now)).get(`${contactId}:0`) ?? null
}

/** Lists that have a name of their own beside their block's, with their place. */
export function namedLists(compiled: CompiledMail): { last_order: number, recommended: number } {
  return { last_order: compiled.products.findIndex(source => 'last_order' in source), recommended: compiled.products.findIndex(source => 'recommended' in source) }
}

/** The products of one document for a preview. */
export async function loadProductsForPreview(db: Db, contactId: number | null, compiled: CompiledMail): Promise<ProductForMail[][]> {
  const products = await loadProducts(db, [{ contact_id: contactId ?? 0, mail: compiled }])
  return compiled.products.map(source => products.listFor(contactId ?? 0, source))
}

/** Somebody to fill in a test mail for: the contact with the lowest number. */
export async function firstContactId(db: Db): Promise<number | undefined> {
  return (await rows<{ id: number }>(db, sql`select id from contacts order by id limit 1`))[0]?.id
}
