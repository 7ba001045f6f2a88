import { z } from 'zod'
import { fieldValue } from './contacts.ts'
import { hygieneAct, hygieneKind } from './hygiene.ts'

/** What can be done with people of a list. */
export const bulkAct = z.enum(['set', 'tidy_names', 'tag', 'untag', 'segment', 'unsegment', 'delete'])
export type BulkAct = z.infer<typeof bulkAct>
/** Hours between putting people of a list down for deletion and deleting them: until then it can be undone. */
export const hoursToErase = 24

export const bulkWhom = z.object({
  contact_ids: z.array(z.number().int().positive()).min(1).max(10_000).optional().describe('these people'),
  all: z.object({
    search: z.string().max(200).default(''),
    filter: z.unknown().optional().describe('a condition, see the schema Condition; left out: everybody'),
  }).optional().describe('everybody whom a list with this search and filter shows'),
})
export const bulkBody = bulkWhom.extend({
  action: bulkAct,
  field: z.string().max(60).optional().describe('set: city, company, job_title, source, locale, time_zone, first_name, last_name, owner_id or fields.<key>'),
  value: fieldValue.optional().describe('set: what it becomes; null empties it'),
  tag: z.string().trim().min(1, 'give the tag a name').max(100).optional().describe('tag, untag: its name; made when there is none'),
  segment_id: z.number().int().positive().optional().describe('segment, unsegment: a static segment'),
  segment_name: z.string().trim().min(1, 'give the segment a name').max(200).optional().describe('segment: a new static segment'),
})
export type BulkBody = z.infer<typeof bulkBody>

const count = z.number().int()
const time = z.iso.datetime()
const named = z.object({ id: count, name: z.string() })
export const bulkAction = z.object({
  id: count,
  kind: hygieneKind.nullable().describe('the group of list hygiene; null: people of a list'),
  action: z.enum([...hygieneAct.options, ...bulkAct.options]),
  chosen: z.boolean().describe('for people chosen one by one; false: for all that fit'),
  filter: z.object({ search: z.string(), condition: z.unknown().nullable() }).nullable(),
  field: z.string().nullable(), value: fieldValue,
  tag: named.nullable(), segment: named.nullable(),
  state: z.enum(['running', 'waiting', 'erasing', 'done', 'undoing', 'undone', 'stopped', 'failed']).describe('waiting: people are put down for deletion, which begins at `erase_at`'),
  total: count, done: count.describe('looked at so far'), changed: count, erased: count, restored: count,
  error: z.string().nullable(), erase_at: time.nullable(), by: z.string().nullable(), created_at: time, finished_at: time.nullable(),
  undoable: z.boolean(), stoppable: z.boolean(),
})
export type BulkAction = z.infer<typeof bulkAction>

export const bulkPreview = z.object({
  people: count, will_change: count,
  stay: z.array(z.object({ reason: z.enum(['already', 'taken', 'customer']), count })).describe('already: nothing to change; taken: another contact has the right address; customer: has bought or has a deal, and is not deleted'),
  examples: z.array(z.object({ contact_id: count, name: z.string(), email: z.string(), before: z.string().nullable().describe('what stands in the field now'), after: z.string().nullable() })),
})
export type BulkPreview = z.infer<typeof bulkPreview>
