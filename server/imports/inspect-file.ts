import type { z } from 'zod'
import type { ContactInput } from '../../shared/contacts.ts'
import { importDelimiter, importEncoding, importOptions, type ColumnMapping, type ImportKind, type ImportOptions, type ImportPreview, type ImportSettings } from '../../shared/imports.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { checkInput } from '../contacts/check-input.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { detectDelimiter, detectHeader, firstRows } from './detect-layout.ts'
import { firstStoredRows, type StoredFile } from './file-rows.ts'
import { guessColumns, type Guess, type KnownField } from './guess-columns.ts'
import { readPart, type ImportRow, type Settings } from './imports.sql.ts'
import { listMappings } from './mappings.sql.ts'
import { recogniseProfile } from './profiles.ts'
import { readConsent, readSuppression } from './read-permissions.ts'
import { readContext, usableFields } from './read-context.ts'
import { readCompanyRow, readDealRow, readEventRow, titleOf } from './read-records.ts'
import { recall } from './remembered.ts'
import { findMappingProblems, readContact, readOrderLine, type ReadContext } from './read-rows.ts'
import { CsvError, type CsvRow } from './read-csv.ts'

const rowsShown = 20
const rowsLookedAt = 200
const charactersLookedAt = 300_000

export type Inspected = Settings & { names: string[], rows: CsvRow[], malformed: string | null, fields: KnownField[], isWhole: boolean }

/** What stands at the beginning of the file, read by the given settings; what is not given is guessed. */
export async function inspectFile(db: Db, file: ImportFile, settings: ImportSettings): Promise<Inspected> {
  const encoding = settings.encoding ?? 'utf-8'
  const sheet = file.sheets[settings.sheet ?? 0] === undefined ? 0 : settings.sheet ?? 0
  const { found, error, delimiter, isWhole } = await lookInto(db, file, { ...settings, encoding, sheet })
  const has_header = settings.has_header ?? detectHeader(found)
  const width = Math.max(0, ...(has_header ? found.slice(0, 1) : found).map(row => row.cells.length))
  const names = Array.from({ length: width }, (_, index) => has_header ? (found[0]?.cells[index] ?? '').trim() : '')
  const rows = has_header ? found.slice(1) : found

  const company = await readCompany(db)
  const guessAs = (kind: ImportKind | undefined, known: KnownField[]): Guess => guessColumns(names, rows.map(row => row.cells), { fields: known, phoneCountry: company.phone_country, kind })
  const given = settings.columns && settings.columns.length === width ? settings.columns : undefined
  const recalled = given !== undefined || settings.anew === true ? null : await recall(db, names, has_header, settings.kind)
  const kind = settings.kind ?? recalled?.kind ?? guessAs(undefined, []).kind
  const fields = await usableFields(db, kind)
  const guess = guessAs(kind, fields)
  const options: ImportOptions = settings.options ?? recalled?.options ?? importOptions.parse({ ...(guess.currency ? { currency: guess.currency } : {}), amount_of: guess.amount_of })
  return {
    name: settings.name ?? file.name, encoding, delimiter, has_header, sheet, kind, columns: given ?? recalled?.columns ?? guess.columns, options,
    ...(recalled !== null ? { remembered: recalled.id } : settings.anew === true ? { remembered: null } : {}),
    names, rows, malformed: error === null || !isWhole && rows.length > 0 && error.message.includes('never closed') ? null : error.message, fields, isWhole,
  }
}

type ImportFile = StoredFile & Pick<ImportRow, 'name' | 'file_size' | 'mapping'>

async function lookInto(db: Db, file: ImportFile, { encoding, delimiter: given, sheet }: ImportSettings & { encoding: string, sheet: number }): Promise<{ found: CsvRow[], error: CsvError | null, delimiter: string, isWhole: boolean }> {
  if (file.format !== 'csv') return { found: await firstStoredRows(db, file, sheet, rowsLookedAt), error: null, delimiter: ',', isWhole: false }
  const first = await readPart(db, file.id, 0) ?? Buffer.alloc(0)
  const isWhole = first.length >= file.file_size && first.length < charactersLookedAt
  const text = new TextDecoder(encoding).decode(first).slice(0, charactersLookedAt)
  const delimiter = given ?? detectDelimiter(text, isWhole)
  const wholeLines = isWhole ? text : text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1)
  // Nothing of a line without an end is shown as if it were a heading.
  if (wholeLines === '' && !isWhole && text.length >= charactersLookedAt) return { found: [], error: new CsvError(1, `goes on for more than ${charactersLookedAt} characters without an end. Is this really a CSV file?`), delimiter, isWhole }
  const { rows: found, error } = firstRows(wholeLines || text, delimiter, rowsLookedAt)
  return { found, error, delimiter, isWhole }
}

/** The first rows as they will be kept, and what keeps the import from being run. */
export async function previewFile(db: Db, file: ImportFile, settings: ImportSettings, now: Date): Promise<ImportPreview> {
  const inspected = await inspectFile(db, file, settings)
  const [reading, context] = await Promise.all([readContext(db, inspected.kind, now), loadInputContext(db)])
  const problems: ImportPreview['problems'] = findMappingProblems(inspected.kind, inspected.columns, inspected.options)
  if (inspected.malformed !== null) problems.unshift({ code: 'malformed', message: inspected.malformed })
  else if (inspected.rows.length === 0) problems.unshift({ code: 'empty', message: 'There are no rows in the file.' })
  return {
    kind: inspected.kind,
    encoding: importEncoding.parse(inspected.encoding),
    delimiter: importDelimiter.parse(inspected.delimiter),
    has_header: inspected.has_header,
    options: inspected.options,
    recognised: presentProfile(inspected),
    remembered: await presentRemembered(db, inspected.remembered === undefined ? file.mapping.remembered ?? null : inspected.remembered),
    columns: inspected.columns.map((mapping, index) => ({
      name: inspected.names[index] ?? '', mapping,
      examples: [...new Set(inspected.rows.map(row => (row.cells[index] ?? '').trim()).filter(value => value !== ''))].slice(0, 3).map(value => value.slice(0, 200)),
    })),
    rows: inspected.rows.slice(0, rowsShown).map(row => presentRow(row, inspected, reading, context)),
    problems,
    fields: inspected.fields,
  }
}

async function presentRemembered(db: Db, id: number | null): Promise<ImportPreview['remembered']> {
  const [found] = id === null ? [] : await listMappings(db, { id, limit: 1 })
  return found === undefined ? null : { id: found.id, name: found.name, used_at: found.used_at.toISOString() }
}

function presentProfile({ kind, names }: Inspected): ImportPreview['recognised'] {
  const profile = kind === 'contacts' ? recogniseProfile(names) : null
  return profile === null ? null : { name: profile.name, because: profile.because }
}

function presentRow(row: CsvRow, { kind, columns, options }: { kind: ImportKind, columns: ColumnMapping[], options: ImportOptions }, reading: ReadContext, context: Parameters<typeof checkInput>[1]): ImportPreview['rows'][number] {
  const cells = row.cells.map(cell => cell.slice(0, 300))
  if (kind === 'orders') {
    const line = readOrderLine(row, columns, options, reading)
    return {
      line: row.line, cells, errors: line.errors,
      stored: clean({ ...line.customer, order_id: line.order_id, ordered_at: line.occurred_at?.toISOString(), amount: line.amount, currency: line.currency, coupon: line.coupon, ...line.item }),
    }
  }
  if (kind === 'consents') {
    const { customer, errors, occurred_at, topic, action, wording, ip_address } = readConsent(row, columns, options, reading)
    return { line: row.line, cells, errors, stored: clean({ ...customer, topic, action, consented_at: occurred_at?.toISOString(), wording: wording === '' ? null : wording, ip_address }) }
  }
  if (kind === 'suppressions') {
    const { email, reason, errors } = readSuppression(row, columns)
    return { line: row.line, cells, errors, stored: clean({ email, reason }) }
  }
  if (kind === 'companies') {
    const { input: { fields, ...own }, owner, errors } = readCompanyRow(row, columns, reading)
    return { line: row.line, cells, errors, stored: clean({ ...own, owner, ...Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [`fields.${key}`, value])), ...freshOf(row, columns) }) }
  }
  if (kind === 'deals') {
    const read = readDealRow(row, columns, options, reading)
    const { lines, ...own } = read.input
    return { line: row.line, cells, errors: read.errors, stored: clean({ deal_id: read.deal_id, title: titleOf(read), ...read.contact, company_domain: read.company_domain, ...own, owner: read.owner, ...lines?.[0] }) }
  }
  if (kind === 'events') {
    const { event, errors } = readEventRow(row, columns, options, reading)
    return { line: row.line, cells, errors, stored: event === null ? {} : clean({ ...event.contact, event_type: event.type, occurred_at: event.occurred_at, ...Object.fromEntries(Object.entries(event.properties).map(([name, value]) => [`properties.${name}`, typeof value === 'object' ? JSON.stringify(value) : value])) }) }
  }
  const read = readContact(row, columns, reading)
  const fresh = freshOf(row, columns)
  const checked = checkInput(read.input as ContactInput, context)
  if ('errors' in checked) return { line: row.line, cells, stored: clean({ ...read.input, ...fresh }), errors: [...read.errors, ...checked.errors] }
  const custom = Object.fromEntries(Object.entries(checked.fields).map(([key, value]) => [`fields.${key}`, value]))
  return {
    line: row.line, cells, errors: read.errors,
    stored: clean({ ...checked.values, ...custom, ...fresh, ...(checked.tags.length > 0 ? { tags: checked.tags } : {}), ...(read.subscription ? { subscription: read.subscription } : {}) }),
  }
}

/** Fields that are only made when the import runs are shown as they are. */
const freshOf = (row: CsvRow, columns: ColumnMapping[]): Record<string, string> =>
  Object.fromEntries(columns.flatMap((column, index) => column.to === 'new_field' && (row.cells[index] ?? '').trim() !== '' ? [[`new_field.${index}`, row.cells[index]!.trim()]] : []))

const clean = (values: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))

/** The settings an import has kept, in the form they are given in. */
export function keptSettings(row: ImportRow): Required<Omit<ImportSettings, 'columns' | 'anew'>> & { columns: ColumnMapping[] } {
  const { kind, ...options } = row.options
  return {
    name: row.name, kind: kind ?? 'contacts', encoding: row.encoding as z.infer<typeof importEncoding>, delimiter: row.delimiter as z.infer<typeof importDelimiter>,
    has_header: row.has_header, sheet: row.sheet, columns: row.mapping.columns ?? [], options: importOptions.parse(options),
  }
}
