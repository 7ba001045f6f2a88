import type { ContactInput } from '../../shared/contacts.ts'
import type { ColumnMapping, DateFormat, ImportKind, ImportOptions } from '../../shared/imports.ts'
import type { StageKind } from '../../shared/deals.ts'
import type { FieldError } from '../base/errors.ts'
import { normaliseEmail, normaliseLocale, normaliseName } from '../contacts/normalise.ts'
import type { KnownField } from './guess-columns.ts'
import { asDate, asDay, findCurrency, parseAmount, parseMoment, parseSubscription, splitName, type Subscription } from './parse-values.ts'
import type { CsvRow } from './read-csv.ts'

/** `stages`: of deals, what a stage of this name (in small letters) is. */
export type ReadContext = { fields: KnownField[], timeZone: string, currency: string, now: Date, stages: ReadonlyMap<string, StageKind> }
export type ContactRow = { row: CsvRow, input: ContactInput, subscription: Subscription | null, errors: FieldError[], /** nothing of it can be taken */ refused: boolean }
export type OrderLine = {
  row: CsvRow
  customer: { email?: string, phone?: string, external_id?: string }
  order_id: string | null
  occurred_at: Date | null
  amount: number | null
  currency: string
  coupon: string | null
  item: { sku?: string, name?: string, category?: string, price?: number, quantity?: number } | null
  errors: FieldError[]
}

const languages: Record<string, string> = { russian: 'ru', русский: 'ru', рус: 'ru', english: 'en', английский: 'en', англ: 'en', german: 'de', deutsch: 'de', немецкий: 'de', french: 'fr', français: 'fr', spanish: 'es', español: 'es' }

/** A row with more cells than there are columns is one whose separators or quotes went wrong. */
export function tooWide(row: CsvRow, columns: ColumnMapping[]): FieldError[] {
  if (row.cells.length <= columns.length || row.cells.slice(columns.length).every(cell => cell.trim() === '')) return []
  return [{ field: 'row', message: `has ${row.cells.length} columns where there should be ${columns.length}` }]
}

/** What stands in a cell, by the column's map of values. */
export function cellOf(row: CsvRow, index: number, column: ColumnMapping): string {
  const value = (row.cells[index] ?? '').trim()
  if (column.values === undefined) return value
  // An empty cell says nothing, unless the map names it.
  return column.values[value.toLowerCase()] ?? (value === '' ? value : column.values['*'] ?? value)
}

/** A person as a row tells of them. Empty cells say nothing. Pure. */
export function readContact(row: CsvRow, columns: ColumnMapping[], context: ReadContext): ContactRow {
  const wide = tooWide(row, columns)
  if (wide.length > 0) return { row, input: {}, subscription: null, errors: wide, refused: true }
  const input: ContactInput = {}
  const fields: NonNullable<ContactInput['fields']> = {}
  const errors: FieldError[] = []
  let subscription: Subscription | null = null
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '' || column.to === '') continue
    switch (column.to) {
      // Several addresses or numbers in one cell: the first is the person's own.
      case 'email': input.email = normaliseEmail(value) === null ? value.split(/[,;\s]+/)[0]! : value; break
      case 'phone': input.phone = value.split(/[,;]/)[0]!.replace(/x\d+$/i, ''); break
      case 'full_name': {
        const { first_name, last_name } = splitName(value)
        input.first_name ??= first_name
        input.last_name ??= last_name
        break
      }
      case 'tags': input.tags = value.split(/[,;|]/).map(tag => normaliseName(tag).slice(0, 100)).filter(tag => tag !== ''); break
      case 'subscription': subscription = parseSubscription(value); break
      case 'changed_at': {
        const at = readMoment(value, column.date_format, context)
        if (at === null) errors.push({ field: 'changed_at', message: `"${value.slice(0, 60)}" is no date` })
        else input.as_of = at
        break
      }
      case 'locale': input.locale = languages[value.toLowerCase()] ?? (normaliseLocale(value) === null ? undefined : value); break
      case 'external_id': case 'first_name': case 'last_name': case 'company': case 'job_title': case 'time_zone': case 'city': case 'source': input[column.to] = value; break
      default: {
        if (!column.to.startsWith('fields.')) break
        const key = column.to.slice(7)
        const read = readField(value, context.fields.find(field => field.key === key)?.kind ?? 'text', column)
        if (read === null) errors.push({ field: column.to, message: `"${value.slice(0, 60)}" does not fit` })
        else fields[key] = read
      }
    }
  }
  if (Object.keys(fields).length > 0) input.fields = fields
  const hasIdentity = Boolean(input.email || input.phone || input.external_id)
  if (!hasIdentity) errors.push({ field: columns.find(column => ['email', 'external_id', 'phone'].includes(column.to))?.to ?? 'email', message: 'is empty: nobody can be recognised by this row' })
  return { row, input, subscription, errors, refused: !hasIdentity }
}

export function readField(value: string, kind: string, column: ColumnMapping): string | number | null {
  if (kind === 'date') {
    const at = parseMoment(value, column.date_format ?? 'dmy')
    return at === null ? null : asDay(at)
  }
  if (kind === 'number' || kind === 'money') return parseAmount(value, column.decimal ?? '.')
  return value
}

/** The number of the order a row belongs to; null: it names none. */
export function orderIdOf(row: CsvRow, columns: ColumnMapping[]): string | null {
  if (tooWide(row, columns).length > 0) return null
  const id = normaliseName(row.cells[columns.findIndex(column => column.to === 'order_id')] ?? '').slice(0, 200)
  return id === '' ? null : id
}

/** A purchase, or one line of it, as a row tells of it. Pure. */
export function readOrderLine(row: CsvRow, columns: ColumnMapping[], options: ImportOptions, context: ReadContext): OrderLine {
  const line: OrderLine = { row, customer: {}, order_id: null, occurred_at: null, amount: null, currency: options.currency ?? context.currency, coupon: null, item: null, errors: tooWide(row, columns) }
  if (line.errors.length > 0) return line
  const item: NonNullable<OrderLine['item']> = {}
  const number = (value: string, column: ColumnMapping, field: string): number | undefined => {
    const read = parseAmount(value, column.decimal ?? '.')
    if (read === null || Math.abs(read) > 1e12) line.errors.push({ field, message: `"${value.slice(0, 60)}" is no number` })
    return read ?? undefined
  }
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '') continue
    switch (column.to) {
      case 'email': case 'phone': case 'external_id': line.customer[column.to] = value; break
      case 'order_id': line.order_id = orderIdOf(row, columns); break
      case 'ordered_at': {
        line.occurred_at = readMoment(value, column.date_format, context)
        if (line.occurred_at === null) line.errors.push({ field: 'ordered_at', message: `"${value.slice(0, 60)}" is no date` })
        break
      }
      case 'amount': line.amount = number(value, column, 'amount') ?? null; break
      case 'currency': {
        const currency = findCurrency(value)
        if (currency === null) line.errors.push({ field: 'currency', message: `"${value.slice(0, 60)}" is no currency such as RUB, EUR, USD` })
        else line.currency = currency
        break
      }
      case 'coupon': line.coupon = value.slice(0, 200); break
      case 'sku': item.sku = value.slice(0, 200); break
      case 'product': item.name = value.slice(0, 500); break
      case 'category': item.category = value.slice(0, 200); break
      case 'quantity': {
        const quantity = number(value, column, 'quantity')
        if (quantity !== undefined && quantity > 0) item.quantity = Math.min(quantity, 1e9)
        break
      }
      case 'price': {
        const price = number(value, column, 'price')
        if (price !== undefined) item.price = price
      }
    }
  }
  if (item.sku !== undefined || item.name !== undefined) line.item = item
  if (line.amount === null && item.price !== undefined) line.amount = item.price * (item.quantity ?? 1)
  if (Object.keys(line.customer).length === 0) line.errors.push({ field: 'external_id', message: 'is empty: nobody can be recognised by this row' })
  if (line.errors.length === 0) {
    if (line.occurred_at === null) line.errors.push({ field: 'ordered_at', message: 'is empty: when was it bought?' })
    else if (line.occurred_at.getTime() > context.now.getTime() + 86_400_000) line.errors.push({ field: 'ordered_at', message: 'lies in the future' })
    else if (line.occurred_at.getTime() < 0) line.errors.push({ field: 'ordered_at', message: 'is before 1970' })
    if (line.amount === null) line.errors.push({ field: 'amount', message: 'is empty: what did it cost?' })
  }
  return line
}

export function readMoment(value: string, format: DateFormat | undefined, context: ReadContext): Date | null {
  const at = parseMoment(value, format ?? 'dmy')
  return at === null ? null : asDate(at, context.timeZone)
}

/** All rules that hold for some column of the file. */
const fileRules = (columns: ColumnMapping[], { update }: Pick<ImportOptions, 'update'>): string[] => [update, ...columns.flatMap(column => column.update ?? [])]

type Problem = { code: 'no_identity' | 'no_date' | 'no_amount' | 'no_topic' | 'no_name' | 'no_owner' | 'no_type' | 'no_changed' | 'twice', message: string }

/** What keeps an import with these columns from being run. */
export function findMappingProblems(kind: ImportKind, columns: ColumnMapping[], options: Pick<ImportOptions, 'consent' | 'event_type' | 'update'>): Problem[] {
  const targets = columns.map(column => column.to).filter(to => to !== '' && to !== 'new_field')
  const has = (...names: string[]): boolean => targets.some(to => names.includes(to))
  const isSomebody = has('email', 'phone', 'external_id')
  const twice = targets.find((to, index) => targets.indexOf(to) !== index)
  const problems: [boolean, Problem['code'], string][] = [
    [kind !== 'companies' && kind !== 'deals' && !isSomebody, 'no_identity', 'No column says who the people are: choose one for the email, the phone or the external id.'],
    [kind === 'companies' && !has('name', 'domain'), 'no_name', 'No column says which company it is: choose one for the name or the site.'],
    [kind === 'deals' && !isSomebody && !has('company', 'company_domain'), 'no_owner', 'No column says whose the deals are: choose one for the email, the phone or the number of the person, or for the company.'],
    [kind === 'consents' && !has('topic') && options.consent === null, 'no_topic', 'No column says to which topic people agreed: choose one, or say it for the whole file.'],
    [kind === 'events' && !has('event_type') && options.event_type === null, 'no_type', 'No column says what happened: choose one, or say it for the whole file.'],
    [kind === 'orders' && !has('ordered_at') || kind === 'events' && !has('occurred_at'), 'no_date', 'No column says when it happened.'],
    [kind === 'orders' && !has('amount', 'price'), 'no_amount', 'No column says what it cost.'],
    [fileRules(columns, options).includes('newest') && !has('changed_at'), 'no_changed', 'The newest value can win only where a column says when a row was changed: choose one, or another rule.'],
    [twice !== undefined, 'twice', `Two columns go to "${twice}".`],
  ]
  return problems.flatMap(([is, code, message]) => is ? [{ code, message }] : [])
}
