import { z } from 'zod'

export const duplicateLevels = ['certain', 'likely', 'possible'] as const
export type DuplicateLevel = typeof duplicateLevels[number]

export const reasonKinds = [
  'mailbox_same', 'mailbox_name_same', 'mailbox_differs', 'phone_same', 'phone_slip', 'phone_differs', 'name_same', 'name_swapped',
  'last_same', 'last_close', 'last_differs', 'first_same', 'first_close', 'first_short', 'first_initial', 'first_differs', 'name_unknown',
  'birthday_same', 'birthday_slip', 'birthday_differs', 'address_same', 'address_close', 'address_differs', 'postcode_same', 'postcode_differs',
  'company_same', 'company_differs', 'city_same', 'city_close', 'city_differs',
] as const
export const duplicateReason = z.object({
  kind: z.enum(reasonKinds).describe('what was compared and how it came out'),
  bits: z.number().describe('what it says: above zero for one person, below for two; each bit doubles the odds'),
  cards: z.number().int().optional().describe('how many cards have this name, where that decided; 41: more than 40'),
})
export type DuplicateReason = z.infer<typeof duplicateReason>

export const duplicateCard = z.object({
  id: z.number().int(), name: z.string(), email: z.string().nullable(), phone: z.string().nullable(), company: z.string().nullable(), city: z.string().nullable(),
  birthday: z.string().nullable(), address: z.string().nullable(), source: z.string().nullable(), created_at: z.string(), orders: z.number().int(),
})
export type DuplicateCard = z.infer<typeof duplicateCard>

export const heldBecause = z.enum(['consents_differ', 'external_ids_differ'])

export const duplicatePair = z.object({
  level: z.enum(duplicateLevels), score: z.number().describe('log2 of the odds that this is one person'), reasons: z.array(duplicateReason),
  held_because: heldBecause.nullable().describe('why it is not merged together with others, although it is certain'),
  stays: z.number().int().describe('the card that should stay: with more orders, else the older one'),
  cards: z.tuple([duplicateCard, duplicateCard]),
})
export type DuplicatePair = z.infer<typeof duplicatePair>
export const duplicatePairs = z.object({ data: z.array(duplicatePair), next_cursor: z.string().nullable() })

const pairOfGroup = duplicatePair.omit({ cards: true, stays: true }).extend({ cards: z.tuple([z.number().int(), z.number().int()]).describe('numbers of the two cards') })
export const duplicateGroup = z.object({
  level: z.enum(duplicateLevels).describe('that of its surest pair'), score: z.number().describe('that of its surest pair'),
  stays: z.number().int().describe('the card that should stay: with most orders, else the oldest'),
  cards: z.array(duplicateCard).describe('the oldest first; at most 11, as many as one merge takes'),
  pairs: z.array(pairOfGroup).min(1).describe('what they hang together by, the surest first'),
})
export type DuplicateGroup = z.infer<typeof duplicateGroup>
export const duplicateGroups = z.object({ data: z.array(duplicateGroup), next_cursor: z.string().nullable() })

const countsByLevel = z.object({ certain: z.number().int(), likely: z.number().int(), possible: z.number().int() })
export const duplicateOverview = z.object({
  counts: countsByLevel.describe('pairs of cards'),
  groups: countsByLevel.describe('groups of cards, each by its surest pair'),
  mergeable: z.number().int().describe('certain ones that nothing holds: what is merged together'),
  different: z.number().int().describe('pairs somebody said are two people'),
  checking: z.number().min(0).max(1).nullable().describe('how far the check of all contacts is; null: none goes on'),
  checked_at: z.string().nullable().describe('when the last check of all contacts ended'),
  waiting: z.number().int().describe('changed cards that are still to be compared'),
  automatic: z.boolean().describe('whether certain ones are merged by themselves'),
})
export type DuplicateOverview = z.infer<typeof duplicateOverview>

/** A person being typed in: only what is filled in already. */
export const likeBody = z.strictObject({
  email: z.string().max(320).optional(), phone: z.string().max(60).optional(), first_name: z.string().max(200).optional(), last_name: z.string().max(200).optional(),
  company: z.string().max(200).optional(), city: z.string().max(200).optional(), birthday: z.string().max(30).optional(), without: z.number().int().positive().optional().describe('the number of the card itself'),
})
export const foundDuplicate = duplicatePair.omit({ cards: true, stays: true, held_because: true }).extend({ card: duplicateCard })
export type FoundDuplicate = z.infer<typeof foundDuplicate>
export const foundDuplicates = z.object({ data: z.array(foundDuplicate) })

export const differenceBody = z.strictObject({ contacts: z.array(z.number().int().positive()).min(2).max(11).describe('the first is somebody else than each of the others') })
export const difference = z.object({ cards: z.tuple([duplicateCard, duplicateCard]), said_by: z.string().nullable(), said_at: z.string() })
export type Difference = z.infer<typeof difference>
export const differences = z.object({ data: z.array(difference), next_cursor: z.string().nullable() })

export const mergeRun = z.object({
  id: z.number().int(), state: z.enum(['running', 'done', 'undoing', 'undone']), automatic: z.boolean(),
  total: z.number().int(), merged: z.number().int(), left_alone: z.number().int().describe('not merged: changed meanwhile, or a mail of theirs was leaving; or not undone any more'), undone: z.number().int(),
  started_at: z.string(), started_by: z.string().nullable(), finished_at: z.string().nullable(),
})
export type MergeRun = z.infer<typeof mergeRun>
export const mergeRuns = z.object({ data: z.array(mergeRun), next_cursor: z.string().nullable() })
