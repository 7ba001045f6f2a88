import { z } from 'zod'
import { customFieldKind, fieldValue } from './contacts.ts'
import { eventType } from './events.ts'

const when = z.iso.datetime()
const count = z.number().int()

/** newest: unless the card got a later value by hand, by import or by a later event · always: each event, as it is processed · only_empty: what the card has stays. */
export const fieldUpdateRule = z.enum(['newest', 'always', 'only_empty'])
export type FieldUpdateRule = z.infer<typeof fieldUpdateRule>

/** Events the program writes itself as a consequence of something: they do not fill cards. */
export const writtenByProgram = /^(contact|segment|journey|tag|deal|lead|task|hygiene|field|webhook|note|call|meeting)\.|^coupon\.given$/
export const fillsCards = (type: string): boolean => !writtenByProgram.test(type)

export const fieldRuleBody = z.strictObject({
  event_type: eventType.refine(fillsCards, 'the program writes these events itself: choose one that comes from outside'),
  property: z.string().trim().min(1, 'say which property').max(200).regex(/^[^.]+(\.[^.]+)*$/, 'names joined by dots, such as delivery.city').describe('a property of the event, dots lead inside: delivery.city'),
  field: z.string().max(80).describe('of the card, as the API names it: city, fields.size'),
  update_rule: fieldUpdateRule.default('newest'),
  value_map: z.array(z.strictObject({ from: z.string().trim().min(1, 'say which value').max(200), to: z.string().trim().max(200) })).max(200).default([]).describe('values of the event that mean another value on the card, whatever their case; `to` empty: the value is passed over'),
  active: z.boolean().default(true),
})
export type FieldRuleBody = z.infer<typeof fieldRuleBody>
export const changeFieldRuleBody = z.strictObject({
  ...fieldRuleBody.shape,
  update_rule: fieldUpdateRule, value_map: fieldRuleBody.shape.value_map.unwrap(), active: z.boolean(),
}).partial()

export const fieldRule = z.object({
  id: count, event_type: z.string(), property: z.string(), field: z.string(), update_rule: fieldUpdateRule,
  value_map: z.array(z.object({ from: z.string(), to: z.string() })), active: z.boolean(),
  filled: count.describe('values written in the last 30 days'),
  refused: count.describe('values of the last 30 days that the field could not take'),
  created_at: when, updated_at: when,
})
export type FieldRule = z.infer<typeof fieldRule>

/** Where values of a field come from: `form`, `journey` with their number; `rule`; `event`: kept up by the program from events of that type. */
export const fieldFiller = z.object({
  kind: z.enum(['form', 'journey', 'rule', 'event', 'formula']),
  id: count.nullable(),
  name: z.string().describe('of the form or journey; the event type; the formula'),
  rule: fieldRule.nullable(),
})
export type FieldFiller = z.infer<typeof fieldFiller>

export const mappedField = z.object({
  field: z.string().describe('as the API names it: city, fields.size, orders_count'),
  label: z.string().describe('of a custom field; else empty'),
  kind: customFieldKind.or(z.literal('computed')),
  fillers: z.array(fieldFiller),
  lately: z.array(z.object({ by: z.string().describe('user, api, import, form, journey, rule, merge …'), values: count })).describe('who wrote it, of the latest changes of cards'),
})
export type MappedField = z.infer<typeof mappedField>
export const dataMap = z.object({
  fields: z.array(mappedField),
  changes_seen: count.describe('so many of the latest changes of cards `lately` counts'),
})
export type DataMap = z.infer<typeof dataMap>

export const ruleTrial = z.object({
  events: count.describe('looked at: the latest ones with the property, of the last 90 days'),
  filled: count, unchanged: count, kept: count.describe('the card has a value already, or a later one'), refused: count, passed_over: count,
  examples: z.array(z.object({
    contact_id: count, name: z.string(), occurred_at: when, given: z.string(), before: fieldValue, after: fieldValue,
    outcome: z.enum(['filled', 'unchanged', 'kept', 'refused', 'passed_over']), message: z.string().nullable(),
  })),
})
export type RuleTrial = z.infer<typeof ruleTrial>
