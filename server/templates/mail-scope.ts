import type { CompanySettings } from '../../shared/company.ts'
import type { MailLocale } from '../../shared/templates.ts'
import { toMajor } from '../../shared/money.ts'
import { formatMoney } from './format-money.ts'

/** What a mail is filled from, as read from the database. Amounts in minor units. */
export type ContactForMail = {
  id: number, email: string | null, phone: string | null, external_id: string | null, first_name: string | null, last_name: string | null,
  company: string | null, locale: string | null, time_zone: string | null, city: string | null, source: string | null, fields: Record<string, unknown>, tags: string[],
  orders_count: number, revenue: number, first_order_at: Date | null, last_order_at: Date | null, subscribed_at: Date | null,
}
export type CompanyForMail = CompanySettings
export type ProductForMail = { sku: string | null, name: string | null, category: string | null, price: number | null, currency: string | null, quantity: number }
/** The person's coupon: the latest open one this journey gave, else the latest open one of all. */
export type CouponForMail = { code: string, valid_until: Date | null }
export type PersonalUrls = { unsubscribe: () => string, preferences: () => string, confirm: () => string }

/**
 * The names a template may use (documented in personal-fields.ts). What is costly or rarely used is computed when
 * it is read. Days are those of the company's time zone.
 */
export function mailScope(input: { contact: ContactForMail, company: CompanyForMail, locale: MailLocale, urls: PersonalUrls, context: Record<string, unknown>, products: ProductForMail[][], coupon?: CouponForMail | null, /** places of lists that have a name of their own */ named?: { last_order: number, recommended: number }, now: Date }): Record<string, unknown> {
  const { contact, company, locale, urls, context } = input
  const day = (date: Date | null) => date === null ? null : dayIn(date, company.time_zone)
  const revenue = toMajor(contact.revenue, company.currency)
  return {
    contact: {
      id: contact.id, email: contact.email, phone: contact.phone, external_id: contact.external_id,
      first_name: contact.first_name, last_name: contact.last_name,
      full_name: [contact.first_name, contact.last_name].filter(part => part !== null && part !== '').join(' '),
      company: contact.company, city: contact.city, source: contact.source, locale: contact.locale, time_zone: contact.time_zone ?? company.time_zone,
      fields: contact.fields, tags: contact.tags,
      orders_count: contact.orders_count, revenue, currency: company.currency,
      get revenue_text() { return formatMoney(revenue, company.currency, locale) },
      get average_order() { return contact.orders_count > 0 ? Math.round(revenue / contact.orders_count * 100) / 100 : 0 },
      get first_order_at() { return day(contact.first_order_at) },
      get last_order_at() { return day(contact.last_order_at) },
      get subscribed_at() { return day(contact.subscribed_at) },
    },
    company: { name: company.name, postal_address: company.postal_address, email: company.sender_email },
    coupon: input.coupon ? { code: input.coupon.code, valid_until: day(input.coupon.valid_until) } : null,
    get unsubscribe_url() { return urls.unsubscribe() },
    get preferences_url() { return urls.preferences() },
    get confirm_url() { return urls.confirm() },
    locale, time_zone: company.time_zone, now: input.now,
    context, event: context['event'] ?? null,
    products: productLists(input.products.map(list => list.map(product => presentProduct(product, company, locale))), input.named),
  }
}

/** By block: p0, p1 …; the last order and what is recommended by their own names too, for mails written in HTML. */
function productLists(lists: Record<string, unknown>[][], named: Record<string, number> = {}): Record<string, unknown> {
  return {
    ...Object.fromEntries(lists.map((list, index) => [`p${index}`, list])),
    ...Object.fromEntries(Object.entries(named).flatMap(([name, index]) => lists[index] ? [[name, lists[index]]] : [])),
  }
}

function presentProduct(product: ProductForMail, company: CompanyForMail, locale: MailLocale): Record<string, unknown> {
  const currency = product.currency ?? company.currency
  const price = product.price === null ? null : toMajor(product.price, currency)
  return { sku: product.sku, name: product.name, category: product.category, quantity: product.quantity, price, currency, price_text: price === null ? null : formatMoney(price, currency, locale) }
}

const dayFormats = new Map<string, Intl.DateTimeFormat>()
function dayIn(date: Date, timeZone: string): string {
  let format = dayFormats.get(timeZone)
  if (!format) {
    // Swedish writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    dayFormats.set(timeZone, format)
  }
  return format.format(date)
}

/** The person shown in a preview when none is chosen. */
export function exampleContact(locale: MailLocale): ContactForMail {
  const russian = locale === 'ru'
  return {
    id: 0, email: 'anna@example.com', phone: '+79161234567', external_id: 'C-1042', first_name: russian ? 'Анна' : 'Anna', last_name: russian ? 'Иванова' : 'Martin',
    company: russian ? 'ООО «Ромашка»' : 'Daisy Ltd', locale, time_zone: null, city: russian ? 'Казань' : 'Leeds', source: 'site', fields: {}, tags: [],
    orders_count: 3, revenue: 450_000, first_order_at: new Date('2026-02-03T10:00:00Z'), last_order_at: new Date('2026-10-01T10:00:00Z'), subscribed_at: new Date('2026-01-15T10:00:00Z'),
  }
}

export function exampleProducts(locale: MailLocale, currency: string): ProductForMail[] {
  const names = locale === 'ru' ? ['Кофе в зёрнах, 1 кг', 'Керамическая чашка'] : ['Coffee beans, 1 kg', 'Stoneware cup']
  const unit = ['RUB', 'KZT', 'UAH', 'RSD', 'HUF'].includes(currency) ? 100 : 1
  return names.map((name, index) => ({ sku: `A-${100 + index}`, name, category: null, price: (index === 0 ? 1490 : 890) * unit, currency, quantity: index + 1 }))
}

export const exampleCoupon = (now: Date): CouponForMail => ({ code: 'SPRING-7KQ4XM2P', valid_until: new Date(now.getTime() + 14 * 86_400_000) })

/** What a mail may be given beside the card, as in a confirmation mail. */
export function exampleContext(locale: MailLocale): Record<string, unknown> {
  return { form: { name: locale === 'ru' ? 'Подписка на новости' : 'Newsletter sign-up' } }
}
