import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { CustomFieldKind } from '../../shared/contacts.ts'
import type { CursorPart } from '../base/cursor.ts'

/** What a list of contacts is sorted by. */
export type SortKey = {
  key: RawBuilder<unknown>
  /** of the table whose index is read */
  id: RawBuilder<unknown>
  type: 'timestamptz' | 'text' | 'bigint' | 'numeric'
  cursor: CursorPart
  nullable: boolean
  /** the list begins from contact_rollups */
  rollups: boolean
  /** Without an index all that fit are sorted for every page: only for so many as that takes a moment. */
  indexed: boolean
}

const ofContact = (key: RawBuilder<unknown>, type: SortKey['type'], more: Partial<SortKey> = {}): SortKey => ({ key, id: sql.ref('c.id'), type, cursor: cursors[type], nullable: true, rollups: false, indexed: true, ...more })
const ofRollups = (name: string, type: SortKey['type'], more: Partial<SortKey> = {}): SortKey => ({ key: sql.ref(`r.${name}`), id: sql.ref('r.contact_id'), type, cursor: cursors[type], nullable: true, rollups: true, indexed: false, ...more })
const cursors: Record<SortKey['type'], CursorPart> = { timestamptz: 'time', text: 'text', bigint: 'digits', numeric: 'decimal' }

const keys: Record<string, SortKey> = {
  created_at: ofContact(sql.ref('c.created_at'), 'timestamptz', { nullable: false }),
  updated_at: ofContact(sql.ref('c.updated_at'), 'timestamptz', { nullable: false, indexed: false }),
  name: ofContact(sql`left(c.search_text, 60)`, 'text', { nullable: false }),
  email: ofContact(sql`lower(c.email)`, 'text', { indexed: false }),
  city: ofContact(sql`lower(c.city)`, 'text'),
  source: ofContact(sql`lower(c.source)`, 'text'),
  locale: ofContact(sql`lower(c.locale)`, 'text'),
  company: ofContact(sql`(select lower(of.name) from companies of where of.id = c.company_id)`, 'text', { indexed: false }),
  owner: ofContact(sql`(select lower(of.name) from users of where of.id = c.owner_id)`, 'text', { indexed: false }),
  revenue: ofRollups('revenue', 'bigint', { nullable: false, indexed: true }),
  // The higher the score, the later the moment that is kept of it.
  engagement_score: ofRollups('engagement_at', 'timestamptz', { indexed: true }),
  last_event_at: ofRollups('last_event_at', 'timestamptz', { indexed: true }),
  last_order_at: ofRollups('last_order_at', 'timestamptz', { indexed: true }),
  orders_count: ofRollups('orders_count', 'bigint', { nullable: false }),
  rfm_class: ofRollups('rfm_class', 'text'),
  predicted_value: ofRollups('predicted_value', 'bigint'),
  mails_sent: ofRollups('mails_sent', 'bigint', { nullable: false }),
  last_mail_at: ofRollups('last_mail_at', 'timestamptz'),
  last_open_at: ofRollups('last_open_at', 'timestamptz'),
  last_click_at: ofRollups('last_click_at', 'timestamptz'),
  last_visit_at: ofRollups('last_visit_at', 'timestamptz'),
}

/** undefined: there is no such order. */
export function sortKey(by: string, fields: { key: string, kind: CustomFieldKind }[]): SortKey | undefined {
  if (Object.hasOwn(keys, by)) return keys[by]
  const field = fields.find(each => `fields.${each.key}` === by)
  if (field === undefined) return undefined
  if (field.kind === 'number' || field.kind === 'money') return ofContact(sql`case when jsonb_typeof(c.fields -> ${field.key}) = 'number' then (c.fields ->> ${field.key})::numeric end`, 'numeric', { indexed: false })
  return ofContact(sql`lower(c.fields ->> ${field.key})`, 'text', { indexed: false })
}
