import { z } from 'zod'
import { duplicateReason } from './duplicates.ts'

export const daysToUndoMerge = 30

/** Fields of the card of which a merge may choose either value; own ones as `fields.size`. */
const chosenField = z.string().max(100).regex(/^(email|phone|external_id|first_name|last_name|company|job_title|locale|time_zone|city|source|owner|fields\.[a-z][a-z0-9_]*)$/, 'a field of the card, such as email, city or fields.size')

export const mergeBody = z.strictObject({
  from: z.array(z.number().int().positive()).min(1).max(10).describe('the cards that go, in the order in which their values fill what is empty'),
  fields: z.record(chosenField, z.number().int().positive()).default({}).describe('which card gives a field: its number by field. Left out: that of the card that stays, or the first in `from` where that is empty'),
})

export const merge = z.object({
  id: z.number().int(),
  into: z.object({ id: z.number().int(), name: z.string().nullable() }).describe('the card that stayed'),
  from: z.object({ id: z.number().int(), name: z.string().nullable().describe('null once the merge cannot be undone any more') }).describe('the card that went; its number stands for the other'),
  merged_at: z.string(), merged_by: z.string().nullable(), run: z.number().int().nullable().describe('the merging of many at once it was part of'),
  act: z.number().int().nullable().describe('the same number for all cards that went into this one in one act; null: it went alone'),
  because: z.array(duplicateReason).nullable().describe('why the two were taken for one person, where the program found them'),
  undone_at: z.string().nullable(), undone_by: z.string().nullable(),
  undo_until: z.string().nullable().describe('null: undone, or too late'),
})
export type Merge = z.infer<typeof merge>
export const mergeList = z.object({ data: z.array(merge), next_cursor: z.string().nullable() })
