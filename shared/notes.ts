import { z } from 'zod'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

/** Bytes of one file, and how many files one contact, company or deal may have. */
export const largestFile = 20 * 1024 * 1024
export const mostFiles = 500

export const callDirection = z.enum(['in', 'out'])
export const callOutcome = z.enum(['reached', 'no_answer', 'busy', 'left_message', 'wrong_number'])
export const call = z.object({
  direction: callDirection,
  outcome: callOutcome,
  minutes: z.number().int().min(0).max(1440).nullable().default(null),
})

export const keptFile = z.object({
  id: z.number().int(), name: z.string(), content_type: z.string(), size: z.number().int().describe('bytes'),
  note_id: z.number().int().nullable().describe('the note it is attached to'), author: named.nullable(), created_at: when,
})
export type KeptFile = z.infer<typeof keptFile>
export const filesPage = z.object({ data: z.array(keptFile), next_cursor: z.string().nullable() })

export const note = z.object({
  id: z.number().int(),
  kind: z.enum(['note', 'call']),
  body: z.string(),
  call: call.nullable(),
  happened_at: when.describe('of a call: when it was made'),
  author: named.nullable().describe('null: written by API, or the person is gone'),
  created_at: when,
  edited_at: when.nullable(),
  pinned: z.boolean(),
  deal_id: z.number().int().nullable(),
  files: z.array(z.object({ id: z.number().int(), name: z.string(), size: z.number().int(), content_type: z.string() })),
})
export type Note = z.infer<typeof note>
export const notesPage = z.object({ data: z.array(note), next_cursor: z.string().nullable() })
export const notesQuery = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(500).optional() })

const body = z.string().trim().max(20_000).describe('`@Name` of a member of staff tells them')
export const noteBody = z.object({
  body: body.default(''),
  call: call.optional().describe('left out: a note'),
  happened_at: z.iso.datetime({ offset: true }).optional().describe('left out: now'),
  file_ids: z.array(z.number().int().positive()).max(50).default([]).describe('files uploaded before'),
}).refine(given => given.body !== '' || given.call !== undefined || given.file_ids.length > 0, { path: ['body'], message: 'write something' })
export const changeNoteBody = z.object({ body: body.optional(), pinned: z.boolean().optional() })
