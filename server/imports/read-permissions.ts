import type { ConsentAction, SuppressionReason } from '../../shared/consent.ts'
import type { ColumnMapping, ImportOptions } from '../../shared/imports.ts'
import type { FieldError } from '../base/errors.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { parseSubscription } from './parse-values.ts'
import type { CsvRow } from './read-csv.ts'
import { cellOf, readMoment, tooWide, type ReadContext } from './read-rows.ts'

export type ConsentRow = {
  row: CsvRow
  customer: { email?: string, phone?: string, external_id?: string }
  /** as the file names it; null: the topics of the options */
  topic: string | null
  action: ConsentAction
  /** null: now, of withdrawals only */
  occurred_at: Date | null
  wording: string
  ip_address: string | null
  errors: FieldError[]
}
export type SuppressionRow = { row: CsvRow, email: string | null, reason: SuppressionReason, errors: FieldError[] }

/**
 * A consent as a row tells of it. Given, it is nothing without its proof: when, to which words and where. Withdrawn, it
 * needs none: a no counts whatever is known of it. Pure.
 */
export function readConsent(row: CsvRow, columns: ColumnMapping[], options: ImportOptions, context: ReadContext): ConsentRow {
  const consent: ConsentRow = { row, customer: {}, topic: null, action: 'granted', occurred_at: null, wording: options.consent?.wording ?? '', ip_address: null, errors: tooWide(row, columns) }
  if (consent.errors.length > 0) return consent
  let origin = ''
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (value === '') continue
    switch (column.to) {
      case 'email': case 'phone': case 'external_id': consent.customer[column.to] = value; break
      case 'topic': consent.topic = value.slice(0, 200); break
      case 'action': {
        const said = parseSubscription(value)
        if (said === 'unknown') consent.errors.push({ field: 'action', message: `"${value.slice(0, 60)}" says neither that somebody agreed nor that they left` })
        consent.action = said === 'granted' ? 'granted' : 'withdrawn'
        break
      }
      case 'consented_at': {
        consent.occurred_at = readMoment(value, column.date_format, context)
        if (consent.occurred_at === null) consent.errors.push({ field: 'consented_at', message: `"${value.slice(0, 60)}" is no date` })
        break
      }
      case 'wording': consent.wording = value.slice(0, 3500); break
      case 'origin': origin = value.slice(0, 400); break
      case 'ip_address': consent.ip_address = /^[\da-f.:]{3,45}$/i.test(value) ? value : null
    }
  }
  if (Object.keys(consent.customer).length === 0) consent.errors.push({ field: 'email', message: 'is empty: nobody can be recognised by this row' })
  if (consent.errors.length > 0) return consent
  if (consent.occurred_at !== null && consent.occurred_at.getTime() > context.now.getTime() + 86_400_000) consent.errors.push({ field: 'consented_at', message: 'lies in the future' })
  else if (consent.occurred_at !== null && consent.occurred_at.getTime() < 0) consent.errors.push({ field: 'consented_at', message: 'is before 1970' })
  if (consent.action === 'granted') {
    if (consent.occurred_at === null) consent.errors.push({ field: 'consented_at', message: 'is empty: without the time a consent proves nothing' })
    if (consent.wording === '') consent.errors.push({ field: 'wording', message: 'is empty: without what was agreed to a consent proves nothing' })
    // The wording of the whole file says where the proof lies.
    if (origin === '' && options.consent === null) consent.errors.push({ field: 'origin', message: 'is empty: without where it was given a consent proves nothing' })
  }
  if (origin !== '') consent.wording = consent.wording === '' ? origin : `${consent.wording} (${origin})`
  return consent
}

/** An address nobody may mail, as a row tells of it. Pure. */
export function readSuppression(row: CsvRow, columns: ColumnMapping[]): SuppressionRow {
  const found: SuppressionRow = { row, email: null, reason: 'imported', errors: tooWide(row, columns) }
  if (found.errors.length > 0) return found
  for (const [index, column] of columns.entries()) {
    const value = cellOf(row, index, column)
    if (column.to === 'email') {
      found.email = normaliseEmail(value)
      if (found.email === null) found.errors.push({ field: 'email', message: value === '' ? 'is empty' : 'is not an email address' })
    }
    if (column.to === 'reason' && parseSubscription(value) === 'complained') found.reason = 'complaint'
  }
  return found
}
