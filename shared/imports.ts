import { z } from 'zod'
import { isCurrency } from './money.ts'

const when = z.iso.datetime()

export const importEncoding = z.enum(['utf-8', 'windows-1251', 'utf-16le', 'utf-16be', 'koi8-r', 'ibm866', 'windows-1252'])
export const importDelimiter = z.enum([',', ';', '\t', '|'])
export const importKind = z.enum(['contacts', 'orders', 'consents', 'suppressions'])
export type ImportKind = z.infer<typeof importKind>
export const importFormat = z.enum(['csv', 'xlsx', 'vcard'])
export type ImportFormat = z.infer<typeof importFormat>
export const importState = z.enum(['uploaded', 'queued', 'running', 'done', 'failed', 'undoing', 'undone'])
export type ImportState = z.infer<typeof importState>

/** What a column of a contact file can be, besides `fields.<key>` and `new_field`. */
export const contactTargets = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'full_name', 'company', 'job_title', 'locale', 'time_zone', 'city', 'source', 'tags', 'subscription'] as const
export type ContactTarget = typeof contactTargets[number]
/** What a column of a file of purchases can be. */
export const orderTargets = ['external_id', 'email', 'phone', 'order_id', 'ordered_at', 'amount', 'currency', 'coupon', 'sku', 'product', 'category', 'quantity', 'price'] as const
export type OrderTarget = typeof orderTargets[number]

/** What a column of a file of consents can be: who, to what, and on what it rests. */
export const consentTargets = ['external_id', 'email', 'phone', 'topic', 'action', 'consented_at', 'wording', 'origin', 'ip_address'] as const
export type ConsentTarget = typeof consentTargets[number]
/** What a column of a list of addresses that must not be mailed can be. */
export const suppressionTargets = ['email', 'reason'] as const
export const targetsOf: Record<ImportKind, readonly string[]> = { contacts: contactTargets, orders: orderTargets, consents: consentTargets, suppressions: suppressionTargets }

export const dateFormat = z.enum(['ymd', 'dmy', 'mdy'])
export type DateFormat = z.infer<typeof dateFormat>
export const decimalMark = z.enum(['.', ','])

export const columnMapping = z.strictObject({
  to: z.string().max(80).describe('where the column goes; empty: it is left out'),
  new_field: z.strictObject({
    label: z.string().trim().min(1).max(200),
    kind: z.enum(['text', 'number', 'money', 'date', 'boolean', 'link']),
  }).optional().describe('with `to: "new_field"`: the custom field that is made for it'),
  date_format: dateFormat.optional().describe('of a column with dates: the order of day, month and year'),
  values: z.record(z.string().max(200), z.string().max(200)).optional().describe('what a value of the file (in small letters) is in Otklik; `*`: every other one; empty: nothing'),
  decimal: decimalMark.optional().describe('of a column with numbers: the mark before the decimals'),
})
export type ColumnMapping = z.infer<typeof columnMapping>

export const importOptions = z.strictObject({
  update: z.enum(['overwrite', 'only_empty']).default('overwrite').describe('what happens to cards that are there already'),
  tags: z.array(z.string().trim().min(1).max(100)).max(20).default([]).describe('put on everybody in the file'),
  segment_id: z.number().int().positive().nullable().default(null).describe('a static segment everybody of the file is put into'),
  source: z.string().trim().max(200).default('').describe('of new contacts, where the file names none'),
  consent: z.strictObject({
    topic_ids: z.array(z.number().int()).min(1).max(50),
    wording: z.string().trim().min(10, 'say what people agreed to and where the proof is kept').max(4000),
  }).nullable().default(null).describe('null: nobody is subscribed by this import. Whoever unsubscribed before stays unsubscribed'),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').optional().describe('of the amounts; left out: of the company'),
  amount_of: z.enum(['order', 'line']).default('order').describe('whether the amount of a row is that of the whole order or of one line of it'),
})
export type ImportOptions = z.infer<typeof importOptions>

export const importSettings = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  kind: importKind.optional(),
  encoding: importEncoding.optional(),
  delimiter: importDelimiter.optional(),
  has_header: z.boolean().optional(),
  sheet: z.number().int().min(0).max(100).optional().describe('which of `sheets`, from 0'),
  columns: z.array(columnMapping).max(2000).optional().describe('one for each column; left out: as guessed from names and values'),
  options: importOptions.optional(),
})
export type ImportSettings = z.infer<typeof importSettings>

/** What was left out or passed over while the file was read. */
export const importNote = z.object({ code: z.enum(['photos', 'formulas', 'merged', 'hidden_sheets', 'more_sheets', 'title_rows']), count: z.number().int() })
export type ImportNote = z.infer<typeof importNote>
export const importSheet = z.object({ name: z.string(), rows: z.number().int(), first_part: z.number().int(), parts: z.number().int() })
export type ImportSheet = z.infer<typeof importSheet>

export const importCounts = z.object({
  rows_total: z.number().int(), rows_done: z.number().int(), contacts_created: z.number().int(), contacts_updated: z.number().int(),
  events_created: z.number().int(), rows_rejected: z.number().int(), rows_unchanged: z.number().int(),
})
export const importView = z.object({
  id: z.number().int(),
  name: z.string(),
  kind: importKind,
  file_name: z.string(),
  file_size: z.number().int(),
  format: importFormat.describe('by what the file is, whatever it is called'),
  sheets: z.array(importSheet.pick({ name: true, rows: true })).describe('of a workbook'),
  sheet: z.number().int(),
  notes: z.array(importNote),
  encoding: importEncoding,
  delimiter: importDelimiter,
  has_header: z.boolean(),
  columns: z.array(columnMapping),
  options: importOptions,
  state: importState,
  ...importCounts.shape,
  error: z.string().nullable(),
  can_undo: z.boolean(),
  created_by: z.string().nullable(),
  created_at: when,
  started_at: when.nullable(),
  finished_at: when.nullable(),
})
export type ImportView = z.infer<typeof importView>
export const importList = z.object({ data: z.array(importView), next_cursor: z.string().nullable() })

export const importPreview = z.object({
  kind: importKind,
  encoding: importEncoding,
  delimiter: importDelimiter,
  has_header: z.boolean(),
  options: importOptions,
  recognised: z.object({ name: z.string(), because: z.array(z.string()) }).nullable().describe('the program whose export this seems to be, and by which columns'),
  columns: z.array(z.object({ name: z.string(), examples: z.array(z.string()), mapping: columnMapping })),
  rows: z.array(z.object({
    line: z.number().int(),
    cells: z.array(z.string()),
    stored: z.record(z.string(), z.unknown()).describe('as it will be kept, by target'),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
  })),
  problems: z.array(z.object({ code: z.enum(['malformed', 'no_identity', 'no_date', 'no_amount', 'no_topic', 'twice', 'empty']), message: z.string() })).describe('what keeps the import from being run'),
  fields: z.array(z.object({ key: z.string(), label: z.string(), kind: z.string() })).describe('custom fields there are'),
})
export type ImportPreview = z.infer<typeof importPreview>

export const importValues = z.object({
  different: z.number().int(),
  complete: z.boolean().describe('false: only the most frequent values of the first rows'),
  values: z.array(z.object({ value: z.string(), rows: z.number().int(), taken_for: z.string().nullable().describe('without a map of values; null: for itself') })),
})
export type ImportValues = z.infer<typeof importValues>

export const importEstimate = z.object({
  rows: z.number().int(),
  complete: z.boolean().describe('false: only the first rows of a large file were looked at'),
  contacts_new: z.number().int(),
  contacts_known: z.number().int().describe('people who have a card already'),
  contacts_changed: z.number().int().describe('of these, those whose card changes'),
  duplicates: z.number().int().describe('rows about somebody named in the file before'),
  records: z.number().int().describe('orders, consents or addresses that would come'),
  records_known: z.number().int().describe('those there are already, just like this'),
  rejected: z.number().int(),
  reasons: z.array(z.object({ field: z.string(), message: z.string(), kept: z.boolean().describe('true: the rows are taken, without this value'), rows: z.number().int(), first_line: z.number().int() })),
  examples: z.array(z.object({ contact_id: z.number().int(), name: z.string(), changes: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })) })).describe('some of the cards that change'),
})
export type ImportEstimate = z.infer<typeof importEstimate>

export const importRejection = z.object({ line: z.number().int(), field: z.string().nullable(), reason: z.string(), kept: z.boolean().describe('true: the row was taken, without this value'), row: z.array(z.string()) })
export type ImportRejection = z.infer<typeof importRejection>
export const importRejectionList = z.object({ data: z.array(importRejection), next_cursor: z.string().nullable() })
export const importPeople = z.object({
  data: z.array(z.object({ contact_id: z.number().int(), name: z.string(), email: z.string().nullable() })),
  next_cursor: z.string().nullable(),
})
