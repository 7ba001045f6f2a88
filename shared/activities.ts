import { z } from 'zod'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

export const task = z.object({
  id: z.number().int(),
  contact: named,
  title: z.string(),
  due_at: when.nullable(),
  owner: named.nullable(),
  done_at: when.nullable(),
  source: z.string(),
  created_at: when,
})
export type Task = z.infer<typeof task>
export const taskListQuery = z.object({
  owner: z.union([z.literal('me'), z.literal('all')]).default('me'),
  state: z.enum(['open', 'done']).default('open'),
  contact: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})
export const taskListPage = z.object({ data: z.array(task), next_cursor: z.string().nullable() })
export const taskBody = z.object({
  contact_id: z.number().int().positive(),
  title: z.string().trim().min(1, 'say what is to be done').max(300),
  due_at: z.iso.datetime({ offset: true }).nullable().default(null),
  owner_id: z.number().int().positive().nullable().optional().describe('left out: you'),
  deal_id: z.number().int().positive().nullable().default(null).describe('a deal of the contact whose next step it is'),
})

export const notification = z.object({ id: z.number().int(), title: z.string(), body: z.string(), link: z.string(), created_at: when, read_at: when.nullable() })
export type Notification = z.infer<typeof notification>
export const notificationListPage = z.object({ data: z.array(notification), next_cursor: z.string().nullable(), unread: z.number().int() })
