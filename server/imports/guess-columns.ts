import { dateTargets, numberTargets } from '../../shared/imports.ts'
import type { ColumnMapping, DateFormat, ImportKind, OrderTarget } from '../../shared/imports.ts'
import { normaliseEmail, normalisePhone } from '../contacts/normalise.ts'
import { companyByName, consentByName, contactByName, dealByName, eventByName, orderByName, reasonNames } from './column-names.ts'
import { recogniseProfile } from './profiles.ts'
import { simpleName } from './simple-name.ts'
import { detectDateFormat, detectDecimal, findCurrency, parseAmount, parseMoment, parseSubscription } from './parse-values.ts'

export type KnownField = { key: string, label: string, kind: string }
export type Guess = { kind: ImportKind, columns: ColumnMapping[], currency: string | null, amount_of: 'order' | 'line' }

/** Nobody wants hundreds of fields of their own because a file has hundreds of columns: those beyond are left out until somebody chooses them. */
const mostNewFields = 40

/** What a file seems to be: purchases where there are dates and amounts, else contacts; and where each column goes. */
export function guessColumns(names: string[], rows: string[][], context: { fields: KnownField[], phoneCountry: string, kind?: ImportKind | undefined }): Guess {
  const values = names.map((_, index) => rows.map(row => (row[index] ?? '').trim()).filter(value => value !== ''))
  const simple = names.map(simpleName)
  const kind = context.kind ?? kindOf(simple)
  const columns = kind === 'contacts' ? guessContacts(names, simple, values, context) : guessOthers(kind, names, simple, values, context)
  const amount = columns.findIndex(column => column.to === 'amount')
  const currency = amount === -1 ? null : findCurrency(names[amount]!.replaceAll(/[_\-./()]+/g, ' ')) ?? values[amount]!.map(findCurrency).find(found => found !== null) ?? null
  return { kind, columns, currency, amount_of: guessAmountOf(columns, rows) }
}

function kindOf(names: string[]): ImportKind {
  const has = (...some: string[]): boolean => names.some(name => some.includes(name))
  const is = <T extends string>(known: Map<string, T>, ...some: T[]): boolean => some.every(target => names.some(name => known.get(name) === target))
  if (has('deal stage', 'stage', 'sales stage', 'этап', 'этап сделки', 'стадия', 'стадия сделки', 'воронка', 'pipeline', 'deal name', 'название сделки') && (is(dealByName, 'amount') || is(dealByName, 'closed_at'))) return 'deals'
  if (looksLikeOrders(names)) return 'orders'
  if (looksLikeConsents(names)) return 'consents'
  if (has('event', 'event type', 'event name', 'событие', 'тип события') && is(eventByName, 'occurred_at')) return 'events'
  if (is(companyByName, 'name', 'domain') && !names.some(name => ['email', 'first_name', 'last_name'].includes(contactByName.get(name) ?? ''))) return 'companies'
  return 'contacts'
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

function ownTarget(kind: ImportKind, name: string, person: string | undefined): string | undefined {
  switch (kind) {
    case 'contacts': return person
    case 'companies': return companyByName.get(name)
    case 'deals': return dealByName.get(name)
    case 'orders': return orderTarget(name)
    case 'events': return eventByName.get(name)
    case 'consents': return consentByName.get(name)
    case 'suppressions': return person === 'email' ? person : reasonNames.includes(name) ? 'reason' : undefined
  }
}

/** By whom a row of each kind may be recognised. */
const identities = ['email', 'phone', 'external_id']
const peopleOf: Partial<Record<ImportKind, string[]>> = { orders: identities, consents: identities, events: identities, suppressions: ['email'], deals: ['email', 'phone', 'first_name', 'last_name'] }

function guessOthers(kind: ImportKind, names: string[], simple: string[], values: string[][], context: { fields: KnownField[], phoneCountry: string }): ColumnMapping[] {
  const taken = new Set<string>()
  const take = (to: string | undefined): string => {
    if (to === undefined || to === '' || taken.has(to)) return ''
    taken.add(to)
    return to
  }
  const people = peopleOf[kind] ?? []
  let others = 0
  return simple.map((name, index): ColumnMapping => {
    const column = values[index]!
    const person = contactByName.get(name)
    const byValue = byValues(column, context.phoneCountry)
    const to = take(ownTarget(kind, name, person)) || take(people.includes(person ?? '') ? person : undefined) || take(people.includes(byValue ?? '') ? byValue : undefined)
    if (to !== '') return withFormats({ to }, column)
    if (kind === 'companies') {
      const field = context.fields.find(one => simpleName(one.label) === name || one.key === name.replaceAll(' ', '_'))
      if (field !== undefined && take(`fields.${field.key}`) !== '') return withFormats({ to: `fields.${field.key}` }, column, field.kind)
      if (column.length > 0 && name !== '' && others++ < mostNewFields) return newField(names[index]!, column)
    }
    if (kind === 'events' && column.length > 0 && name !== '' && others++ < mostNewFields) {
      const property = take(`properties.${names[index]!.trim().replaceAll(/[\s.]+/g, '_').slice(0, 200)}`)
      return property === '' ? { to: '' } : guessKind(column) === 'number' ? { to: property, decimal: detectDecimal(column) } : { to: property }
    }
    return { to: '' }
  })
}

function newField(name: string, column: string[]): ColumnMapping {
  const kind = guessKind(column)
  return withFormats({ to: 'new_field', new_field: { label: name.trim().slice(0, 200), kind } }, column, kind)
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
      return to.startsWith('fields.') || to === 'changed_at' ? withFormats({ to }, column, field?.kind) : { to }
    }
    if (column.length === 0 || names[index]!.trim() === '' || newFields++ >= mostNewFields) return { to: '' }
    return newField(names[index]!, column)
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
  if (dateTargets.includes(mapping.to) || kind === 'date') return { ...mapping, date_format: detectDateFormat(values, hintFor(values)) }
  if (numberTargets.includes(mapping.to) || kind === 'number' || kind === 'money') return { ...mapping, decimal: detectDecimal(values) }
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
