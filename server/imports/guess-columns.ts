import type { ColumnMapping, ConsentTarget, ContactTarget, DateFormat, ImportKind, OrderTarget } from '../../shared/imports.ts'
import { normaliseEmail, normalisePhone } from '../contacts/normalise.ts'
import { recogniseProfile } from './profiles.ts'
import { simpleName } from './simple-name.ts'
import { detectDateFormat, detectDecimal, findCurrency, parseAmount, parseMoment, parseSubscription } from './parse-values.ts'

export type KnownField = { key: string, label: string, kind: string }
export type Guess = { kind: ImportKind, columns: ColumnMapping[], currency: string | null, amount_of: 'order' | 'line' }

/** Nobody wants hundreds of fields of their own because a file has hundreds of columns: those beyond are left out until somebody chooses them. */
const mostNewFields = 40

/** Names of columns in files people bring, in small letters without marks between the words. */
const contactNames: [ContactTarget | '', string[]][] = [
  ['email', ['email', 'e mail', 'mail', 'email address', 'e mail address', 'emailaddress', 'work email', 'primary email', 'электронная почта', 'эл почта', 'почта', 'имейл', 'емейл', 'адрес электронной почты', 'рабочий email', 'рабочий e mail', 'личный email', 'почтовый адрес email', 'subscriber', 'user email', 'customer email']],
  ['phone', ['phone', 'phone number', 'phonenumber', 'telephone', 'tel', 'mobile', 'mobile phone', 'cell', 'work phone', 'телефон', 'тел', 'мобильный', 'мобильный телефон', 'номер телефона', 'рабочий телефон', 'контактный телефон', 'сотовый', 'telefon', 'handy', 'customer phone']],
  ['external_id', ['id', 'external id', 'externalid', 'customer id', 'customerid', 'client id', 'user id', 'userid', 'contact id', 'subscriber id', 'uuid', 'код', 'код клиента', 'ид', 'id клиента', 'внешний id', 'внешний код', 'номер клиента', 'card number', 'номер карты', 'лид id', 'id контакта']],
  ['first_name', ['first name', 'firstname', 'fname', 'given name', 'name first', 'имя', 'vorname', 'prénom']],
  ['last_name', ['last name', 'lastname', 'lname', 'surname', 'family name', 'фамилия', 'nachname', 'nom']],
  ['full_name', ['name', 'full name', 'fullname', 'contact name', 'customer name', 'display name', 'фио', 'ф и о', 'имя и фамилия', 'полное имя', 'наименование', 'контакт', 'клиент', 'покупатель']],
  ['company', ['company', 'company name', 'organization', 'organisation', 'account name', 'employer', 'компания', 'организация', 'название компании', 'фирма', 'место работы', 'firma']],
  ['job_title', ['job title', 'position', 'title', 'job', 'должность', 'role', 'beruf', 'poste']],
  ['city', ['city', 'town', 'город', 'населенный пункт', 'населённый пункт', 'ort', 'stadt', 'ville']],
  ['locale', ['locale', 'language', 'lang', 'язык', 'sprache']],
  ['time_zone', ['time zone', 'timezone', 'tz', 'часовой пояс']],
  ['source', ['source', 'lead source', 'utm source', 'источник', 'источник лида', 'канал', 'откуда']],
  ['tags', ['tags', 'tag', 'labels', 'groups', 'теги', 'тег', 'метки', 'группы', 'список']],
  ['subscription', ['subscription', 'status', 'subscription status', 'email status', 'subscribed', 'opt in', 'optin', 'consent', 'marketing consent', 'accepts marketing', 'подписка', 'статус', 'статус подписки', 'подписан', 'согласие', 'согласие на рассылку']],
  ['', ['nr', 'no', '№', '#', 'n', 'п п', '№ п п', 'row', 'строка', 'number', 'номер']],
]
const orderNames: [OrderTarget, string[]][] = [
  ['order_id', ['order id', 'orderid', 'order number', 'order', 'order no', 'invoice', 'invoice no', 'invoice number', 'transaction id', 'transaction', 'номер заказа', 'заказ', 'id заказа', 'номер чека', 'чек', 'код заказа']],
  ['ordered_at', ['date', 'order date', 'orderdate', 'created at', 'purchase date', 'purchased at', 'placed at', 'ordered at', 'invoice date', 'transaction date', 'datetime', 'time', 'timestamp', 'дата', 'дата заказа', 'дата покупки', 'дата создания', 'дата и время', 'datum']],
  ['amount', ['amount', 'total', 'order total', 'sum', 'revenue', 'total price', 'order amount', 'grand total', 'subtotal', 'value', 'paid', 'сумма', 'итого', 'сумма заказа', 'стоимость', 'стоимость заказа', 'всего', 'оплачено', 'выручка', 'betrag', 'line total', 'сумма позиции']],
  ['currency', ['currency', 'currency code', 'валюта', 'währung']],
  ['coupon', ['coupon', 'coupon code', 'promo code', 'promocode', 'discount code', 'voucher', 'купон', 'промокод', 'код купона']],
  ['sku', ['sku', 'article', 'product id', 'item id', 'stock code', 'stockcode', 'product sku', 'артикул', 'код товара', 'id товара']],
  ['product', ['product', 'product name', 'item', 'item name', 'title', 'description', 'товар', 'название товара', 'наименование товара', 'номенклатура', 'продукт']],
  ['category', ['category', 'product category', 'категория', 'категория товара', 'раздел']],
  ['quantity', ['quantity', 'qty', 'count', 'units', 'pieces', 'количество', 'кол во', 'колво', 'шт']],
  ['price', ['price', 'unit price', 'item price', 'цена', 'цена за единицу', 'цена товара']],
]

const consentNames: [ConsentTarget, string[]][] = [
  ['topic', ['topic', 'list', 'list name', 'purpose', 'subscription type', 'newsletter', 'тема', 'рассылка', 'список', 'цель', 'цель обработки']],
  ['action', ['action', 'consent', 'status', 'consent status', 'opt in', 'subscribed', 'согласие', 'статус', 'действие', 'подписка']],
  ['consented_at', ['consent date', 'consent time', 'consented at', 'opt in date', 'opt in time', 'optin time', 'confirm time', 'date', 'timestamp', 'дата согласия', 'время согласия', 'дата подписки', 'дата', 'дата и время']],
  ['wording', ['wording', 'consent text', 'text', 'legal text', 'consent wording', 'текст согласия', 'формулировка', 'текст']],
  ['origin', ['origin', 'consent source', 'source', 'form', 'page', 'url', 'источник', 'источник согласия', 'форма', 'страница', 'где получено']],
  ['ip_address', ['ip', 'ip address', 'optin ip', 'opt in ip', 'confirm ip', 'ip адрес']],
]
const reasonNames = ['reason', 'status', 'type', 'причина', 'статус']

const contactByName = byName(contactNames)
const consentByName = byName(consentNames)
const orderByName = byName(orderNames)
function byName<T extends string>(names: [T, string[]][]): Map<string, T> {
  return new Map(names.flatMap(([target, words]) => words.map(word => [word, target] as const)))
}

/** What a file seems to be: purchases where there are dates and amounts, else contacts; and where each column goes. */
export function guessColumns(names: string[], rows: string[][], context: { fields: KnownField[], phoneCountry: string, kind?: ImportKind | undefined }): Guess {
  const values = names.map((_, index) => rows.map(row => (row[index] ?? '').trim()).filter(value => value !== ''))
  const simple = names.map(simpleName)
  const kind = context.kind ?? (looksLikeOrders(simple) ? 'orders' : looksLikeConsents(simple) ? 'consents' : 'contacts')
  const columns = kind === 'contacts' ? guessContacts(names, simple, values, context) : guessOthers(kind, simple, values, context)
  const amount = columns.findIndex(column => column.to === 'amount')
  const currency = amount === -1 ? null : findCurrency(names[amount]!.replaceAll(/[_\-./()]+/g, ' ')) ?? values[amount]!.map(findCurrency).find(found => found !== null) ?? null
  return { kind, columns, currency, amount_of: guessAmountOf(columns, rows) }
}

function looksLikeOrders(names: string[]): boolean {
  const targets = new Set(names.map(name => orderTarget(name)))
  const hasMoney = targets.has('amount') || targets.has('price')
  return hasMoney && targets.has('ordered_at') || (hasMoney && targets.has('order_id'))
}

function orderTarget(name: string): OrderTarget | undefined {
  const exact = orderByName.get(name)
  if (exact !== undefined) return exact
  if (/^(amount|total|sum|revenue|сумма|итого|стоимость) /.test(name) || / (amount|total|сумма)$/.test(name)) return 'amount'
  if (/^(number of|qty|quantity|количество|кол во) ?/.test(name)) return 'quantity'
  if (/^(order|purchase|дата) (date|time|заказа|покупки)/.test(name)) return 'ordered_at'
  return undefined
}

function looksLikeConsents(names: string[]): boolean {
  const targets = new Set(names.map(name => consentByName.get(name)))
  return targets.has('consented_at') && (targets.has('wording') || targets.has('topic'))
}

function guessOthers(kind: ImportKind, names: string[], values: string[][], context: { phoneCountry: string }): ColumnMapping[] {
  const taken = new Set<string>()
  const take = (to: string | undefined): string => {
    if (to === undefined || to === '' || taken.has(to)) return ''
    taken.add(to)
    return to
  }
  return names.map((name, index) => {
    const person = contactByName.get(name)
    const isPerson = person === 'email' || person === 'phone' || person === 'external_id'
    const own = kind === 'orders' ? orderTarget(name) : kind === 'consents' ? consentByName.get(name) : person === 'email' ? person : reasonNames.includes(name) ? 'reason' : undefined
    const byValue = byValues(values[index]!, context.phoneCountry)
    const to = take(own ?? (isPerson && kind !== 'suppressions' ? person : undefined)) || take(kind === 'suppressions' && byValue === 'phone' ? undefined : byValue)
    return withFormats({ to }, values[index]!)
  })
}

function guessContacts(names: string[], simple: string[], values: string[][], context: { fields: KnownField[], phoneCountry: string }): ColumnMapping[] {
  const taken = new Set<string>()
  let newFields = 0
  const profile = recogniseProfile(names)
  const hasParts = simple.some(name => contactByName.get(name) === 'first_name')
  return simple.map((name, index): ColumnMapping => {
    const column = values[index]!
    const known = profile?.columns[name]
    if (known !== undefined && (known.to === '' || !taken.has(known.to)) && !(known.to === 'full_name' && hasParts)) {
      if (known.to !== '') taken.add(known.to)
      return { ...known }
    }
    const field = context.fields.find(one => simpleName(one.label) === name || one.key === name.replaceAll(' ', '_'))
    let to: string | undefined = contactByName.get(name)
    // A mark like "Mr" in "status" says nothing about a subscription.
    if (to === 'subscription' && column.length > 0 && column.every(value => parseSubscription(value) === 'unknown')) to = undefined
    if (to === 'full_name' && hasParts) to = ''
    if (to === undefined && field !== undefined) to = `fields.${field.key}`
    if (to === undefined && name === '') to = byValues(column, context.phoneCountry)
    if (to === undefined && column.length > 0 && byValues(column, context.phoneCountry) === 'email' && !simple.some(one => contactByName.get(one) === 'email')) to = 'email'
    if (to !== undefined && to !== '' && taken.has(to)) to = undefined
    if (to !== undefined) {
      if (to !== '') taken.add(to)
      return to.startsWith('fields.') ? withFormats({ to }, column, field?.kind) : { to }
    }
    if (column.length === 0 || names[index]!.trim() === '' || newFields++ >= mostNewFields) return { to: '' }
    const kind = guessKind(column)
    return withFormats({ to: 'new_field', new_field: { label: names[index]!.trim().slice(0, 200), kind } }, column, kind)
  })
}

function byValues(values: string[], phoneCountry: string): 'email' | 'phone' | undefined {
  const sample = values.slice(0, 50)
  if (sample.length === 0) return undefined
  if (sample.filter(value => normaliseEmail(value) !== null).length > sample.length * 0.7) return 'email'
  if (sample.filter(value => value.replaceAll(/\D/g, '').length >= 10 && normalisePhone(value, phoneCountry) !== null).length > sample.length * 0.7) return 'phone'
  return undefined
}

function guessKind(values: string[]): 'text' | 'number' | 'date' | 'boolean' | 'link' {
  const sample = values.slice(0, 100)
  const all = (fits: (value: string) => boolean): boolean => sample.every(fits)
  if (all(value => /^(true|false|yes|no|да|нет)$/i.test(value))) return 'boolean'
  if (all(value => /^https?:\/\/\S+\.\S+/i.test(value))) return 'link'
  if (all(value => /[./-]/.test(value) && parseMoment(value, detectDateFormat(sample, 'dmy')) !== null)) return 'date'
  // A postcode or a code is no number: it must not lose its leading zero.
  if (all(value => /^-?[\d\s.,]+$/.test(value) && !/^0\d/.test(value) && parseAmount(value, detectDecimal(sample)) !== null)) return 'number'
  return 'text'
}

function withFormats(mapping: ColumnMapping, values: string[], kind?: string): ColumnMapping {
  if (mapping.to === 'ordered_at' || mapping.to === 'consented_at' || kind === 'date') return { ...mapping, date_format: detectDateFormat(values, hintFor(values)) }
  if (['amount', 'price', 'quantity'].includes(mapping.to) || kind === 'number' || kind === 'money') return { ...mapping, decimal: detectDecimal(values) }
  return mapping
}

/** Slashes are how Americans write dates; everybody else begins with the day. */
const hintFor = (values: string[]): DateFormat => values.some(value => /^\d{1,2}\/\d{1,2}\/\d{2,4}/.test(value)) ? 'mdy' : 'dmy'

/** The same amount on every row of an order is that of the order; different ones are those of its lines. */
function guessAmountOf(columns: ColumnMapping[], rows: string[][]): 'order' | 'line' {
  const order = columns.findIndex(column => column.to === 'order_id')
  const amount = columns.findIndex(column => column.to === 'amount')
  if (order === -1 || amount === -1) return 'order'
  const seen = new Map<string, string>()
  for (const row of rows) {
    const id = row[order] ?? ''
    const before = seen.get(id)
    if (before !== undefined && before !== row[amount]) return 'line'
    seen.set(id, row[amount] ?? '')
  }
  return 'order'
}
