import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { conditionFields } from '../../shared/conditions.ts'
import type { ConditionFieldKind } from '../../shared/conditions.ts'
import type { CompileOptions, ConditionContext } from './compile-condition.ts'
import { engagementScore } from './engagement-leaf.sql.ts'

/** Where a field of the card is found. */
export type CardField = {
  name: string
  kind: ConditionFieldKind
  /** text for text kinds; minor units for built-in money; timestamptz for built-in dates; jsonb for custom fields */
  expression: RawBuilder<unknown>
  custom: boolean
  dependsOn: string[]
}

const contactColumns = new Set(['email', 'phone', 'external_id', 'first_name', 'last_name', 'locale', 'time_zone', 'city', 'source', 'job_title', 'owner_id', 'created_at'])
const counters = new Set(['orders_count', 'revenue', 'mails_sent', 'opens', 'clicks'])

/** The kind of a field, or nothing when there is no such field. */
export function fieldKind(name: string, context: Pick<ConditionContext, 'customFields'>): ConditionFieldKind | undefined {
  if (Object.hasOwn(conditionFields, name)) return conditionFields[name as keyof typeof conditionFields]
  if (!name.startsWith('fields.')) return undefined
  return context.customFields.find(field => field.key === name.slice('fields.'.length))?.kind as ConditionFieldKind | undefined
}

export const isDay = (field: Pick<CardField, 'custom' | 'kind'>): boolean => field.custom && field.kind === 'date'

/** The field as SQL. A field nobody knows any more (a custom field taken away) reads as unknown. */
export function cardField(name: string, options: CompileOptions): CardField {
  const contact = options.alias ?? 'c'
  const rollup = options.rollupAlias ?? 'r'
  const kind = fieldKind(name, options)
  const field = { name, kind: kind ?? 'text', custom: false, dependsOn: [`field:${name}`] }
  if (kind === undefined) return { ...field, custom: true, expression: sql`null::jsonb` }
  if (name.startsWith('fields.')) {
    return { ...field, custom: true, expression: sql`(${sql.ref(`${contact}.fields`)} -> ${name.slice('fields.'.length)}::text)` }
  }
  if (name === 'company') {
    return { ...field, expression: sql`(select companies.name from companies where companies.id = ${sql.ref(`${contact}.company_id`)})` }
  }
  if (name === 'average_order') {
    const orders = sql.ref(`${rollup}.orders_count`)
    return {
      ...field,
      dependsOn: ['field:orders_count', 'field:revenue'],
      expression: sql`(case when ${orders} > 0 then round(${sql.ref(`${rollup}.revenue`)}::numeric / ${orders}) end)`,
    }
  }
  if (name === 'order_interval_days') {
    const orders = sql.ref(`${rollup}.orders_count`)
    return {
      ...field,
      dependsOn: ['field:orders_count', 'field:first_order_at', 'field:last_order_at'],
      expression: sql`(case when ${orders} > 1 then round(extract(epoch from ${sql.ref(`${rollup}.last_order_at`)} - ${sql.ref(`${rollup}.first_order_at`)}) / 86400 / (${orders} - 1), 1) end)`,
    }
  }
  if (name === 'engagement_score') return { ...field, expression: engagementScore(options) }
  // Kept as short floating point numbers, whose decimals come back by way of numeric.
  if (name === 'alive_probability' || name === 'expected_orders') return { ...field, expression: sql`${sql.ref(`${rollup}.${name}`)}::numeric` }
  if (contactColumns.has(name)) return { ...field, expression: sql.ref(`${contact}.${name}`) }
  if (counters.has(name)) return { ...field, expression: sql`coalesce(${sql.ref(`${rollup}.${name}`)}, 0)` }
  return { ...field, expression: sql.ref(`${rollup}.${name}`) }
}

/** The table and column an index finds a built-in date by; nothing for custom dates. */
export function indexedDate(name: string): { table: 'contacts' | 'contact_rollups', column: string, contactId: string } | undefined {
  if (name === 'engagement_at') return { table: 'contact_rollups', column: name, contactId: 'contact_id' }
  if (!Object.hasOwn(conditionFields, name) || conditionFields[name as keyof typeof conditionFields] !== 'date') return undefined
  return contactColumns.has(name)
    ? { table: 'contacts', column: name, contactId: 'id' }
    : { table: 'contact_rollups', column: name, contactId: 'contact_id' }
}

/**
 * Dates of the card that are the time of an event: the index of events finds them. An index of their own would have to
 * be kept with every event of everybody, which is most of what an event costs.
 */
export const datedBy: Partial<Record<string, string>> = {
  first_order_at: 'order.placed', last_open_at: 'email.opened', last_click_at: 'email.clicked', subscribed_at: 'subscription.confirmed',
  last_mail_at: 'email.sent', last_visit_at: 'page.viewed',
}
