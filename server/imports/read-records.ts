import type { CompanyInput } from '../../shared/companies.ts'
import type { DealInput } from '../../shared/deal-input.ts'
import type { IncomingEvent } from '../../shared/events.ts'
import type { ColumnMapping, ImportOptions } from '../../shared/imports.ts'
import type { FieldError } from '../base/errors.ts'
import { normaliseEmail, normaliseName } from '../contacts/normalise.ts'
import { asDay, findCurrency, parseAmount, parseDealState, parseMoment, splitName } from './parse-values.ts'
import type { CsvRow } from './read-csv.ts'
import { cellOf, readField, readMoment, tooWide, type ReadContext } from './read-rows.ts'

/** `owner`: email or name of a member of staff, as the file has it. */
export type CompanyRow = { row: CsvRow, input: Partial<Omit<CompanyInput, 'revision'>>, owner: string | null, /** when the row was changed there */ as_of: Date | null, errors: FieldError[] }

/** A company as a row tells of it. Empty cells say nothing. Pure. */
export function readCompanyRow(row: CsvRow, columns: ColumnMapping[], context: ReadContext): CompanyRow {
  const company: CompanyRow = { row, input: {}, owner: null, as_of: null, errors: tooWide(row, columns) }
  if (company.errors.length > 0) return company
  const fields: NonNullable<CompanyInput['fields']> = {}
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '') continue
    switch (column.to) {
      case 'name': company.input.name = normaliseName(value).slice(0, 200); break
      case 'domain': company.input.domain = value.slice(0, 300); break
      case 'phone': company.input.phone = value.split(/[,;]/)[0]!; break
      case 'address': company.input.address = value.slice(0, 1000); break
      case 'owner': company.owner = value; break
      case 'changed_at': company.as_of = changedAt(value, column, context, company.errors); break
      default: {
        if (!column.to.startsWith('fields.')) break
        const key = column.to.slice(7)
        const read = readField(value, context.fields.find(field => field.key === key)?.kind ?? 'text', column)
        if (read === null) company.errors.push({ field: column.to, message: `"${value.slice(0, 60)}" does not fit` })
        else fields[key] = read
      }
    }
  }
  if (Object.keys(fields).length > 0) company.input.fields = fields
  return company
}

function changedAt(value: string, column: ColumnMapping, context: ReadContext, errors: FieldError[]): Date | null {
  const at = readMoment(value, column.date_format, context)
  if (at === null) errors.push({ field: 'changed_at', message: `"${value.slice(0, 60)}" is no date` })
  return at
}

export type DealRow = {
  row: CsvRow
  /** the number of the deal in the program it comes from; null: the file has none */
  deal_id: string | null
  input: Omit<DealInput, 'external_id' | 'contact'>
  contact: NonNullable<DealInput['contact']> | null
  company_domain: string | null
  owner: string | null
  as_of: Date | null
  errors: FieldError[]
}

/** A deal as a row tells of it. Empty cells say nothing. Pure. */
export function readDealRow(row: CsvRow, columns: ColumnMapping[], options: ImportOptions, context: ReadContext): DealRow {
  const deal: DealRow = { row, deal_id: null, input: {}, contact: null, company_domain: null, owner: null, as_of: null, errors: tooWide(row, columns) }
  if (deal.errors.length > 0) return deal
  const { input } = deal
  const contact: NonNullable<DealRow['contact']> = {}
  const line: { product?: string, quantity?: number, price?: number } = {}
  const fault = (field: string, message: string): void => { deal.errors.push({ field, message }) }
  const number = (value: string, column: ColumnMapping, least = 0): number | undefined => {
    const read = parseAmount(value, column.decimal ?? '.')
    if (read === null || read > 1e12) fault(column.to, `"${value.slice(0, 60)}" is no number`)
    else if (read < least) fault(column.to, 'is less than nothing')
    else return read
    return undefined
  }
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '') continue
    switch (column.to) {
      case 'deal_id': deal.deal_id = normaliseName(value).slice(0, 200); break
      case 'title': input.title = normaliseName(value).slice(0, 300); break
      case 'email': contact.email = normaliseEmail(value) === null ? value.split(/[,;\s]+/)[0]! : value; break
      case 'phone': contact.phone = value.split(/[,;]/)[0]!; break
      case 'external_id': case 'first_name': case 'last_name': contact[column.to] = value.slice(0, 200); break
      case 'full_name': {
        const { first_name, last_name } = splitName(value)
        contact.first_name ??= first_name.slice(0, 200)
        contact.last_name ??= last_name.slice(0, 200)
        break
      }
      case 'company': case 'pipeline': case 'stage': input[column.to] = normaliseName(value).slice(0, 200); break
      case 'company_domain': deal.company_domain = value; break
      case 'owner': deal.owner = value; break
      case 'changed_at': deal.as_of = changedAt(value, column, context, deal.errors); break
      case 'lost_reason': input.lost_reason = value.slice(0, 1000); break
      case 'state': {
        const state = parseDealState(value)
        if (state === null) fault('state', `"${value.slice(0, 60)}" says neither open nor won nor lost`)
        else input.state = state
        break
      }
      case 'amount': {
        const amount = number(value, column)
        if (amount !== undefined) input.amount = amount
        break
      }
      case 'currency': {
        const currency = findCurrency(value)
        if (currency === null) fault('currency', `"${value.slice(0, 60)}" is no currency such as RUB, EUR, USD`)
        else input.currency = currency
        break
      }
      case 'created_at': case 'stage_since': case 'closed_at': {
        const at = readMoment(value, column.date_format, context)
        if (at === null) fault(column.to, `"${value.slice(0, 60)}" is no date`)
        else if (at.getTime() < 0) fault(column.to, 'is before 1970')
        else input[column.to] = at.toISOString()
        break
      }
      case 'expected_on': {
        const at = parseMoment(value, column.date_format ?? 'dmy')
        if (at === null) fault('expected_on', `"${value.slice(0, 60)}" is no date`)
        else input.expected_on = asDay(at)
        break
      }
      case 'product': line.product = normaliseName(value).slice(0, 500); break
      case 'quantity': case 'price': {
        const read = number(value, column, column.to === 'quantity' ? 0.001 : 0)
        if (read !== undefined) line[column.to] = read
      }
    }
  }
  input.currency ??= options.currency
  // Other programs write one date for both: of an open deal the day it closes is that on which it is expected to.
  if (input.closed_at !== undefined && (input.state ?? context.stages.get((input.stage as string | undefined)?.toLowerCase() ?? '') ?? 'open') === 'open') {
    const index = columns.findIndex(column => column.to === 'closed_at')
    input.expected_on ??= asDay(parseMoment(cellOf(row, index, columns[index]!), columns[index]!.date_format ?? 'dmy')!)
    delete input.closed_at
  }
  if (line.product !== undefined) {
    const { product, quantity = 1 } = line
    const price = line.price ?? (typeof input.amount === 'number' ? Math.round(input.amount / quantity * 10_000) / 10_000 : undefined)
    input.lines = [{ product, quantity, ...(price === undefined ? {} : { price }) }]
  } else if (input.amount === undefined && line.price !== undefined) {
    input.amount = Math.round(line.price * (line.quantity ?? 1) * 10_000) / 10_000
  }
  if (contact.email !== undefined || contact.phone !== undefined || contact.external_id !== undefined) deal.contact = contact
  if (deal.contact === null && input.company === undefined && deal.company_domain === null) fault(columns.find(({ to }) => ['email', 'phone', 'external_id', 'company', 'company_domain'].includes(to))?.to ?? 'company', 'is empty: whose deal is it?')
  return deal
}

/** What a deal is called where the file says nothing: the product and whose it is. */
export function titleOf({ input, contact, deal_id }: DealRow): string {
  const whose = input.company ?? [contact?.first_name, contact?.last_name].filter(Boolean).join(' ')
  return [input.lines?.[0]?.product, whose || contact?.email || contact?.phone].filter(Boolean).join(' ').slice(0, 300) || deal_id || '—'
}

export type EventOfRow = { row: CsvRow, event: IncomingEvent | null, errors: FieldError[] }

/** An event as a row tells of it, to be looked at as those of the API are. Pure. */
export function readEventRow(row: CsvRow, columns: ColumnMapping[], options: ImportOptions, context: ReadContext): EventOfRow {
  const errors = tooWide(row, columns)
  if (errors.length > 0) return { row, event: null, errors }
  const contact: IncomingEvent['contact'] = {}
  let type = options.event_type ?? ''
  let occurred: Date | null = null
  const properties: Record<string, unknown> = {}
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '') continue
    switch (column.to) {
      case 'email': case 'phone': case 'external_id': contact[column.to] = value; break
      case 'event_type': type = value; break
      case 'occurred_at': {
        occurred = readMoment(value, column.date_format, context)
        if (occurred === null) errors.push({ field: 'occurred_at', message: `"${value.slice(0, 60)}" is no date` })
        break
      }
      case 'properties': {
        const read = jsonObject(value)
        if (read === null) errors.push({ field: 'properties', message: 'is no JSON object such as {"plan": "pro"}' })
        else Object.assign(properties, read)
        break
      }
      default: if (column.to.startsWith('properties.')) setProperty(properties, column.to.slice('properties.'.length), propertyValue(value, column))
    }
  }
  if (occurred === null && errors.length === 0) errors.push({ field: 'occurred_at', message: 'is empty: when did it happen?' })
  if (type === '') errors.push({ field: 'event_type', message: 'is empty: what happened?' })
  if (Object.keys(contact).length === 0) errors.push({ field: columns.find(({ to }) => ['email', 'phone', 'external_id'].includes(to))?.to ?? 'email', message: 'is empty: nobody can be recognised by this row' })
  return { row, event: errors.length > 0 ? null : { type, contact, occurred_at: occurred!.toISOString(), properties }, errors }
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read as Record<string, unknown> : null
  } catch {
    return null
  }
}

/** Dots lead inside: `delivery.city`. */
function setProperty(properties: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.')
  let inside = properties
  for (const name of names.slice(0, -1)) {
    const next = Object.hasOwn(inside, name) ? inside[name] : undefined
    if (typeof next !== 'object' || next === null) Object.defineProperty(inside, name, { value: {}, enumerable: true, configurable: true, writable: true })
    inside = inside[name] as Record<string, unknown>
  }
  Object.defineProperty(inside, names.at(-1)!, { value, enumerable: true, configurable: true, writable: true })
}

/** A column of numbers has the mark before its decimals; whatever is no number there stays a text. */
function propertyValue(value: string, column: ColumnMapping): unknown {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  return column.decimal === undefined ? value : parseAmount(value, column.decimal) ?? value
}
