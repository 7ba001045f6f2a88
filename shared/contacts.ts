import { z } from 'zod'
import { mailWhy } from './messages.ts'
import { fieldAccess, narrowedRole } from './rights.ts'

const when = z.iso.datetime()

export const customFieldKind = z.enum(['text', 'long_text', 'number', 'money', 'date', 'datetime', 'choice', 'multi_choice', 'boolean', 'link', 'email', 'phone', 'user'])
export type CustomFieldKind = z.infer<typeof customFieldKind>
export const fieldOption = z.object({ value: z.string().trim().min(1).max(200), label: z.string().trim().min(1).max(200) })

/** What a custom field is a field of. */
export const fieldOf = z.enum(['contact', 'company', 'deal'])
export type FieldOf = z.infer<typeof fieldOf>
/** What each role but the administrator's may do with a field; a role that is not named may edit it. */
export const accessOfRoles = z.partialRecord(narrowedRole, fieldAccess)

/** A value of a custom field: text, link, choice, email, phone: string · number, money: number (major units) · date: `2026-11-24` · datetime: `2026-11-24T10:00:00.000Z` · user: the number of a member of staff · multi_choice: array · boolean */
export const fieldValue = z.union([z.string().max(10_000), z.number().finite(), z.boolean(), z.array(z.string().max(200)).max(200), z.null()])
export type FieldValue = z.infer<typeof fieldValue>

export const customField = z.object({
  id: z.number().int(),
  key: z.string(),
  label: z.string(),
  of: fieldOf,
  kind: customFieldKind,
  options: z.array(fieldOption),
  position: z.number().int(),
  group_name: z.string().describe('heading the card shows it under; empty: none'),
  required: z.boolean().describe('a person who adds a card fills it in, and nobody empties it; imports, forms and events may bring cards without it'),
  is_unique: z.boolean().describe('no two cards have the same value; small and capital letters are the same'),
  access: accessOfRoles,
  formula: z.string().nullable().describe('computed from other fields, such as `{price} * {quantity}`; nobody writes it'),
  archived_at: when.nullable(),
})
export type CustomField = z.infer<typeof customField>
const fieldSettings = {
  label: z.string().trim().min(1).max(200),
  options: z.array(fieldOption).max(500),
  position: z.number().int().min(0).max(10_000),
  group_name: z.string().trim().max(100),
  required: z.boolean(),
  is_unique: z.boolean(),
  access: accessOfRoles,
}
const formula = z.string().trim().min(1, 'write the formula').max(2000)
export const createCustomFieldBody = z.object({
  ...fieldSettings,
  of: fieldOf.default('contact'),
  key: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'small Latin letters, digits and _, beginning with a letter'),
  kind: customFieldKind,
  options: fieldSettings.options.default([]),
  position: fieldSettings.position.default(0),
  group_name: fieldSettings.group_name.default(''),
  required: fieldSettings.required.default(false),
  is_unique: fieldSettings.is_unique.default(false),
  access: fieldSettings.access.default({}),
  formula: formula.nullable().default(null).describe('makes it a computed field; fields of contacts of the kinds number, money, text, date and boolean'),
})
export const changeCustomFieldBody = z.object({ ...fieldSettings, formula: formula.describe('of a field that was made with one: every card is computed anew'), archived: z.boolean() }).partial()

export const tag = z.object({ id: z.number().int(), name: z.string(), contacts_count: z.number().int().optional() })
export type Tag = z.infer<typeof tag>
export const tagBody = z.object({ name: z.string().trim().min(1, 'give the tag a name').max(100) })

const text = (max: number) => z.string().max(max).nullable().optional()

/** What can be written on a card. Left out: stays. null or "": emptied. Tags are added, fields are set one by one. */
export const contactInput = z.object({
  email: text(320),
  phone: text(40),
  external_id: text(200),
  first_name: text(200),
  last_name: text(200),
  company: text(200).describe('by name; created when nobody has it'),
  job_title: text(200).describe('what the person does at the company'),
  locale: text(10).describe('language of mails to the person: ru, en, …'),
  time_zone: text(100).describe('IANA, such as Europe/Moscow'),
  city: text(200),
  source: text(200).describe('where the contact came from'),
  owner_id: z.number().int().positive().nullable().optional().describe('the member of staff who looks after the contact'),
  tags: z.array(z.string().trim().min(1).max(100)).max(100).optional().describe('added to those there are'),
  fields: z.record(z.string().max(50), fieldValue).optional().describe('custom fields by key'),
})
export type ContactInput = z.infer<typeof contactInput> & {
  /** the card meant, when known */
  id?: number
  /** refused with `changed_meanwhile` when the card is not at it any more */
  revision?: number
  import_id?: number
  /** when what is said was so; left out: now */
  as_of?: Date
}

export const changeContactBody = contactInput.extend({ revision: z.number().int().describe('the revision you saw') })
export const contactBatchBody = z.object({ contacts: z.array(z.record(z.string(), z.unknown())).min(1).max(1000) })
export const contactBatchOutcome = z.union([
  z.object({ index: z.number().int(), id: z.number().int(), created: z.boolean() }),
  z.object({ index: z.number().int(), error: z.object({ code: z.string(), field: z.string(), message: z.string() }) }),
])
export const contactBatchResult = z.object({ created: z.number().int(), updated: z.number().int(), unchanged: z.number().int(), failed: z.number().int(), data: z.array(contactBatchOutcome) })

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────

const named = z.object({ id: z.number().int(), name: z.string() })

export const contactListRow = z.object({
  id: z.number().int(),
  revision: z.number().int(),
  first_name: z.string().nullable(), last_name: z.string().nullable(), external_id: z.string().nullable(), time_zone: z.string().nullable(),
  name: z.string().describe('first and last name, or the email, phone or external id while there is none'),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  city: z.string().nullable(),
  source: z.string().nullable(),
  locale: z.string().nullable(),
  company: z.string().nullable(),
  owner: named.nullable(),
  tags: z.array(named),
  fields: z.record(z.string(), fieldValue),
  orders_count: z.number().int(),
  revenue: z.number().describe("major units of the company's currency"),
  currency: z.string(),
  engagement_score: z.number(),
  rfm_class: z.string().nullable(),
  predicted_value: z.number().nullable().describe('expected revenue of the coming 12 months, major units'),
  mails_sent: z.number().int(),
  last_mail_at: when.nullable(), last_open_at: when.nullable(), last_click_at: when.nullable(), last_visit_at: when.nullable(), last_order_at: when.nullable(),
  last_event_at: when.nullable(),
  created_at: when,
  updated_at: when,
})
export type ContactListRow = z.infer<typeof contactListRow>

/** `?segment=` means the same as leaving it out. */
const orEmpty = <T extends z.ZodType>(schema: T) => z.preprocess(value => value === '' ? undefined : value, schema)

export const contactSort = z.string().regex(/^-?[a-z_]+(\.[a-z0-9_]+)?$/, 'is not an order of this list').describe('a column of the list, such as created_at, name, revenue, city or fields.<key>; with - before it the other way round; without an index for at most 50,000 people')
export const contactListQuery = z.object({
  search: z.string().max(200).optional().describe('parts of name, email, phone, external id or city, in any order'),
  segment: orEmpty(z.coerce.number().int().positive().optional()),
  tag: orEmpty(z.coerce.number().int().positive().optional()),
  owner: orEmpty(z.coerce.number().int().positive().optional()),
  filter: z.string().max(100_000).optional().describe('a condition as JSON, see the schema Condition'),
  sort: orEmpty(contactSort.default('-created_at')),
  ids: orEmpty(z.string().regex(/^\d{1,15}(,\d{1,15}){0,199}$/).optional()).describe('only these cards: rows already shown, read again'),
  limit: orEmpty(z.coerce.number().int().min(1).max(200).default(50)),
  cursor: z.string().max(2000).optional(),
})
export const contactListPage = z.object({ data: z.array(contactListRow), next_cursor: z.string().nullable() })

export const contactRollups = z.object({
  orders_count: z.number().int(),
  revenue: z.number().describe("major units of the company's currency"),
  average_order: z.number().nullable(),
  currency: z.string(),
  first_order_at: when.nullable(),
  last_order_at: when.nullable(),
  mails_sent: z.number().int(),
  last_mail_at: when.nullable(),
  opens: z.number().int(),
  machine_opens: z.number().int(),
  last_open_at: when.nullable(),
  clicks: z.number().int(),
  machine_clicks: z.number().int(),
  last_click_at: when.nullable(),
  last_visit_at: when.nullable(),
  subscribed_at: when.nullable(),
  unsubscribed_at: when.nullable(),
  bounced_at: when.nullable(),
  complained_at: when.nullable(),
  events_count: z.number().int().describe('acts of the person: orders, opens and clicks by people, forms, visits, replies'),
  first_event_at: when.nullable(),
  last_event_at: when.nullable(),
  interactions_per_month: z.number().nullable().describe('acts of the person per 30 days since the first one'),
  days_between_orders: z.number().nullable().describe('average; null with fewer than two orders'),
})
export type ContactRollups = z.infer<typeof contactRollups>

export const contactLead = z.object({ id: z.number().int(), status: z.enum(['new', 'in_work', 'converted', 'refused']), source_label: z.string(), owner: named.nullable(), created_at: when })

export const contactCard = z.object({
  id: z.number().int(),
  revision: z.number().int(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  external_id: z.string().nullable(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  company: named.nullable(),
  job_title: z.string().nullable(),
  locale: z.string().nullable(),
  time_zone: z.string().nullable(),
  city: z.string().nullable(),
  source: z.string().nullable(),
  owner: named.nullable(),
  import_id: z.number().int().nullable(),
  created_at: when,
  updated_at: when,
  fields: z.record(z.string(), fieldValue),
  tags: z.array(named.extend({ added_at: when })),
  consents: z.array(z.object({ topic_id: z.number().int(), name_en: z.string(), name_ru: z.string(), status: z.enum(['requested', 'granted', 'withdrawn']), since: when })),
  suppression: z.object({ reason: z.string(), detail: z.string(), since: when }).nullable().describe('nobody may mail this address'),
  rollups: contactRollups,
  segments: z.array(named.extend({ entered_at: when })),
  journeys: z.array(z.object({
    enrolment_id: z.number().int(), journey_id: z.number().int(), name: z.string(), step_key: z.string(),
    state: z.enum(['active', 'waiting', 'done', 'left', 'failed']), wake_at: when.nullable(), entered_at: when, ended_at: when.nullable(), is_test: z.boolean(),
  })),
  leads: z.array(contactLead),
  tasks: z.array(z.object({ id: z.number().int(), title: z.string(), due_at: when.nullable(), owner: named.nullable(), done_at: when.nullable() })),
})
export type ContactCard = z.infer<typeof contactCard>
export const savedContact = contactCard.extend({ created: z.boolean().describe('false: the contact was there before') })

/** One field of a card that was changed. */
export const fieldChange = z.object({
  id: z.number().int(),
  at: when,
  by: z.string().describe('user:3, api, import:7, form:2, journey:4 …'),
  by_name: z.string().nullable().describe('of a member of staff'),
  field: z.string().describe('`city`, `fields.size`'),
  from: fieldValue,
  to: fieldValue,
})
export type FieldChange = z.infer<typeof fieldChange>
export const fieldChangesQuery = z.object({
  field: z.string().max(60).optional().describe('of one field only'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(500).optional(),
})
export const fieldChangesPage = z.object({ data: z.array(fieldChange), next_cursor: z.string().nullable() })

/** What a timeline can be narrowed to. */
export const timelineKind = z.enum(['all', 'mail', 'order', 'subscription', 'form', 'deal', 'visit', 'journey', 'segment', 'card', 'task', 'note', 'call', 'other'])
export type TimelineKind = z.infer<typeof timelineKind>
export const timelineQuery = z.object({
  kind: timelineKind.default('all'),
  search: z.string().max(200).optional().describe('words that occur in what happened, in a note or in the name of a mail'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})
export const timelineEntry = z.object({
  id: z.number().int(),
  contact: named,
  type: z.string(),
  kind: timelineKind,
  occurred_at: when,
  received_at: when,
  source: z.string(),
  is_machine: z.boolean(),
  machine_reason: z.string().nullable(),
  amount: z.number().nullable().describe('major units'),
  currency: z.string().nullable(),
  message_id: z.number().int().nullable(),
  campaign: named.nullable(),
  journey: named.nullable(),
  segment: named.nullable(),
  mail: z.object({ template_id: z.number().int(), name: z.string() }).nullable(),
  note: z.object({ id: z.number().int(), body: z.string() }).nullable().describe('of a note, which is no event, and of a call'),
  why: mailWhy.nullable().describe('of a mail that waits (`mail.waiting`), was left out (`mail.skipped`), may have been lost (`mail.unknown`), was refused or came back'),
  properties: z.record(z.string(), z.unknown()),
})
export type TimelineEntry = z.infer<typeof timelineEntry>
export const timelinePage = z.object({ data: z.array(timelineEntry), next_cursor: z.string().nullable() })

export const lag = z.object({ oldest_event_seconds: z.number().describe('how long the oldest unprocessed event has been waiting'), queue: z.number().int().describe('events waiting') })
export type Lag = z.infer<typeof lag>
