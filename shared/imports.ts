import { z } from 'zod'
import { eventType } from './events.ts'
import { isCurrency } from './money.ts'

const when = z.iso.datetime()

export const importEncoding = z.enum(['utf-8', 'windows-1251', 'utf-16le', 'utf-16be', 'koi8-r', 'ibm866', 'windows-1252'])
export const importDelimiter = z.enum([',', ';', '\t', '|'])
export const importKind = z.enum(['contacts', 'companies', 'deals', 'orders', 'events', 'consents', 'suppressions'])
export type ImportKind = z.infer<typeof importKind>
export const importFormat = z.enum(['csv', 'xlsx', 'vcard'])
export type ImportFormat = z.infer<typeof importFormat>
export const importState = z.enum(['uploaded', 'queued', 'running', 'done', 'failed', 'undoing', 'undone'])
export type ImportState = z.infer<typeof importState>

/** What a column of a contact file can be, besides `fields.<key>` and `new_field`. */
export const contactTargets = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'full_name', 'company', 'job_title', 'locale', 'time_zone', 'city', 'source', 'tags', 'subscription', 'changed_at'] as const
export type ContactTarget = typeof contactTargets[number]
/** What a column of a file of purchases can be. */
export const orderTargets = ['external_id', 'email', 'phone', 'order_id', 'ordered_at', 'amount', 'currency', 'coupon', 'sku', 'product', 'category', 'quantity', 'price'] as const
export type OrderTarget = typeof orderTargets[number]

/** What a column of a file of consents can be: who, to what, and on what it rests. */
export const consentTargets = ['external_id', 'email', 'phone', 'topic', 'action', 'consented_at', 'wording', 'origin', 'ip_address'] as const
export type ConsentTarget = typeof consentTargets[number]
/** What a column of a list of addresses that must not be mailed can be. */
export const suppressionTargets = ['email', 'reason'] as const
/** What a column of a file of companies can be, besides `fields.<key>` and `new_field`. */
export const companyTargets = ['name', 'domain', 'phone', 'address', 'owner', 'changed_at'] as const
export type CompanyTarget = typeof companyTargets[number]
/** What a column of a file of deals can be. */
export const dealTargets = ['deal_id', 'title', 'email', 'phone', 'external_id', 'first_name', 'last_name', 'full_name', 'company', 'company_domain', 'pipeline', 'stage', 'state', 'amount', 'currency', 'owner', 'created_at', 'stage_since', 'closed_at', 'expected_on', 'lost_reason', 'product', 'quantity', 'price', 'changed_at'] as const
export type DealTarget = typeof dealTargets[number]
/** What a column of a file of events can be, besides `properties.<name>`. */
export const eventTargets = ['event_type', 'occurred_at', 'external_id', 'email', 'phone', 'properties'] as const
export type EventTarget = typeof eventTargets[number]
export const targetsOf: Record<ImportKind, readonly string[]> = {
  contacts: contactTargets, companies: companyTargets, deals: dealTargets, orders: orderTargets, events: eventTargets, consents: consentTargets, suppressions: suppressionTargets,
}
/** Kinds whose rows may fill custom fields, and of what these are fields. */
export const fieldsOfKind: Partial<Record<ImportKind, 'contact' | 'company'>> = { contacts: 'contact', companies: 'company' }
/** Columns that hold a moment or a day. */
export const dateTargets: readonly string[] = ['ordered_at', 'consented_at', 'occurred_at', 'created_at', 'stage_since', 'closed_at', 'expected_on', 'changed_at']
export const numberTargets: readonly string[] = ['amount', 'price', 'quantity']

export const dateFormat = z.enum(['ymd', 'dmy', 'mdy'])
export type DateFormat = z.infer<typeof dateFormat>
export const decimalMark = z.enum(['.', ','])

/** newest: the file wins where its row (by the column `changed_at`) is later than what stands there; what is empty is filled in any case. */
export const updateRule = z.enum(['overwrite', 'only_empty', 'newest'])
export type UpdateRule = z.infer<typeof updateRule>

export const columnMapping = z.strictObject({
  to: z.string().max(220).describe('where the column goes: a name the preview offers, `fields.<key>`, of events `properties.<name>`; empty: it is left out'),
  new_field: z.strictObject({
    label: z.string().trim().min(1).max(200),
    kind: z.enum(['text', 'number', 'money', 'date', 'boolean', 'link']),
  }).optional().describe('with `to: "new_field"`: the custom field that is made for it'),
  date_format: dateFormat.optional().describe('of a column with dates: the order of day, month and year'),
  values: z.record(z.string().max(200), z.string().max(200)).optional().describe('what a value of the file (in small letters) is in Otklik; the empty one: an empty cell; `*`: every other one; to nothing: none'),
  decimal: decimalMark.optional().describe('of a column with numbers: the mark before the decimals'),
  update: updateRule.optional().describe('of contacts, companies and deals that are there already; left out: as the options say'),
})
export type ColumnMapping = z.infer<typeof columnMapping>

export const importOptions = z.strictObject({
  update: updateRule.default('overwrite').describe('what happens to contacts, companies and deals that are there already'),
  tags: z.array(z.string().trim().min(1).max(100)).max(20).default([]).describe('put on everybody in the file'),
  segment_id: z.number().int().positive().nullable().default(null).describe('a static segment everybody of the file is put into'),
  as_leads: z.boolean().default(false).describe('of contacts: everybody of the file without an open lead becomes one, given out by the routing rules'),
  source: z.string().trim().max(200).default('').describe('of new contacts, where the file names none'),
  consent: z.strictObject({
    topic_ids: z.array(z.number().int()).min(1).max(50),
    wording: z.string().trim().min(10, 'say what people agreed to and where the proof is kept').max(4000),
  }).nullable().default(null).describe('null: nobody is subscribed by this import. Whoever unsubscribed before stays unsubscribed'),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').optional().describe('of the amounts; left out: of the company'),
  amount_of: z.enum(['order', 'line']).default('order').describe('whether the amount of a row is that of the whole order or of one line of it'),
  pipeline_id: z.number().int().positive().nullable().default(null).describe('of deals: where the file names none; null: the first, or that of the stage'),
  event_type: eventType.nullable().default(null).describe('of events: where the file names none'),
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
  anew: z.boolean().optional().describe('true: no remembered mapping is taken, the columns are guessed'),
})
export type ImportSettings = z.infer<typeof importSettings>

/** What was left out or passed over while the file was read. */
export const importNote = z.object({ code: z.enum(['photos', 'formulas', 'merged', 'hidden_sheets', 'more_sheets', 'title_rows']), count: z.number().int() })
export type ImportNote = z.infer<typeof importNote>
export const importSheet = z.object({ name: z.string(), rows: z.number().int(), first_part: z.number().int(), parts: z.number().int() })
export type ImportSheet = z.infer<typeof importSheet>

export const importCounts = z.object({
  rows_total: z.number().int(), rows_done: z.number().int(), contacts_created: z.number().int(), contacts_updated: z.number().int(),
  events_created: z.number().int().describe('orders, events, consents, addresses, companies or deals it brought'), records_updated: z.number().int().describe('companies or deals it changed'), rows_rejected: z.number().int(), rows_unchanged: z.number().int(),
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
  remembered: z.object({ id: z.number().int(), name: z.string(), used_at: when }).nullable().describe('the mapping of an earlier file with the same columns that was taken'),
  columns: z.array(z.object({ name: z.string(), examples: z.array(z.string()), mapping: columnMapping })),
  rows: z.array(z.object({
    line: z.number().int(),
    cells: z.array(z.string()),
    stored: z.record(z.string(), z.unknown()).describe('as it will be kept, by target'),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
  })),
  problems: z.array(z.object({ code: z.enum(['malformed', 'no_identity', 'no_date', 'no_amount', 'no_topic', 'no_name', 'no_owner', 'no_type', 'no_changed', 'twice', 'empty']), message: z.string() })).describe('what keeps the import from being run'),
  fields: z.array(z.object({ key: z.string(), label: z.string(), kind: z.string() })).describe('custom fields there are'),
})
export type ImportPreview = z.infer<typeof importPreview>

export const importValues = z.object({
  different: z.number().int(),
  complete: z.boolean().describe('false: only the most frequent values of the first rows'),
  values: z.array(z.object({ value: z.string().describe('empty: of empty cells'), rows: z.number().int(), taken_for: z.string().nullable().describe('without a map of values; null: for itself') })),
})
export type ImportValues = z.infer<typeof importValues>

export const importEstimate = z.object({
  rows: z.number().int(),
  complete: z.boolean().describe('false: only the first rows of a large file were looked at'),
  contacts_new: z.number().int(),
  contacts_known: z.number().int().describe('people who have a card already'),
  contacts_changed: z.number().int().describe('of these, those whose card changes'),
  duplicates: z.number().int().describe('rows about somebody named in the file before'),
  records: z.number().int().describe('orders, events, consents, addresses, companies or deals that would come'),
  records_changed: z.number().int().describe('companies or deals that would change'),
  records_known: z.number().int().describe('those there are already, just like this'),
  rejected: z.number().int(),
  reasons: z.array(z.object({ field: z.string(), message: z.string(), kept: z.boolean().describe('true: the rows are taken, without this value'), rows: z.number().int(), first_line: z.number().int() })),
  examples: z.array(z.object({ kind: z.enum(['contact', 'company', 'deal']), id: z.number().int(), name: z.string(), changes: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })) })).describe('some of the cards, companies or deals that change'),
})
export type ImportEstimate = z.infer<typeof importEstimate>

export const importRejection = z.object({ line: z.number().int(), field: z.string().nullable(), reason: z.string(), kept: z.boolean().describe('true: the row was taken, without this value'), row: z.array(z.string()) })
export type ImportRejection = z.infer<typeof importRejection>
export const importRejectionList = z.object({ data: z.array(importRejection), next_cursor: z.string().nullable() })
export const importPeople = z.object({
  data: z.array(z.object({ contact_id: z.number().int(), name: z.string(), email: z.string().nullable() })),
  next_cursor: z.string().nullable(),
})
/** Companies or deals an import made or changed. */
export const importRecords = z.object({
  data: z.array(z.object({ name: z.string(), company_id: z.number().int().optional(), deal_id: z.number().int().optional(), contact_id: z.number().int().optional().describe('whose deal it is') })),
  next_cursor: z.string().nullable(),
})

export const importMapping = z.object({
  id: z.number().int(), name: z.string(), kind: importKind,
  columns: z.array(columnMapping.extend({ header: z.string().describe('the name of the column in the file') })),
  uses: z.number().int(), created_at: when, used_at: when,
})
export type ImportMapping = z.infer<typeof importMapping>
export const importMappingList = z.object({ data: z.array(importMapping), next_cursor: z.string().nullable() })
export const importMappingBody = z.object({ name: z.string().trim().min(1, 'give the mapping a name').max(200) })
