import { z } from 'zod'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })
const id = z.number().int().positive()

export const taskKinds = ['todo', 'call', 'mail', 'meeting'] as const
export const taskPriorities = ['low', 'normal', 'high'] as const

export const task = z.object({
  id: z.number().int(),
  kind: z.enum(taskKinds),
  title: z.string(),
  note: z.string(),
  contact: named.nullable().describe('null: it is about nobody'),
  company: named.nullable(),
  deal: named.nullable(),
  owner: named.nullable(),
  priority: z.enum(taskPriorities),
  due_at: when.nullable().describe('of a task without a time of day: the last second of its day in the company\'s zone'),
  due_on: z.iso.date().nullable().describe('the day, of a task without a time of day'),
  minutes: z.number().int().nullable().describe('how long it takes'),
  remind_before: z.number().int().nullable().describe('minutes before it is due; of a task without a time of day, before nine in the morning'),
  repeats: z.string().nullable().describe('RFC 5545: FREQ=WEEKLY;BYDAY=MO'),
  done_at: when.nullable(),
  outcome: z.string(),
  source: z.string(),
  created_at: when,
})
export type Task = z.infer<typeof task>
/** `next`: of a task that repeats, the one made as this was done */
export const doneTask = task.extend({ next: task.nullable() })
export type DoneTask = z.infer<typeof doneTask>

export const taskOwner = z.union([z.literal('me'), z.literal('all'), z.literal('nobody'), z.coerce.number().int().positive()])
export const taskListQuery = z.object({
  owner: taskOwner.default('me'),
  state: z.enum(['open', 'done', 'all']).default('open').describe('all: with `from` and `to` only'),
  due: z.enum(['overdue', 'today', 'next', 'never']).optional().describe('next: from tomorrow on'),
  from: z.iso.datetime({ offset: true }).optional().describe('due then or later'),
  to: z.iso.datetime({ offset: true }).optional().describe('due before'),
  done_since: z.iso.datetime({ offset: true }).optional(),
  kind: z.enum(taskKinds).optional(),
  contact: z.coerce.number().int().positive().optional(),
  company: z.coerce.number().int().positive().optional(),
  deal: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})
export const taskListPage = z.object({ data: z.array(task), next_cursor: z.string().nullable() })

const fields = {
  kind: z.enum(taskKinds),
  title: z.string().trim().min(1, 'say what is to be done').max(300),
  note: z.string().trim().max(10_000),
  due_at: z.iso.datetime({ offset: true }).nullable(),
  due_on: z.iso.date().nullable().describe('instead of due_at: a day, without a time'),
  minutes: z.number().int().min(5).max(1440).nullable(),
  remind_before: z.number().int().min(0).max(40_320).nullable(),
  repeats: z.string().trim().max(300).nullable(),
  priority: z.enum(taskPriorities),
  owner_id: id.nullable(),
  contact_id: id.nullable(),
  company_id: id.nullable(),
  deal_id: id.nullable().describe('a deal of the contact whose next step it is'),
}
export const taskBody = z.object({
  ...fields,
  kind: fields.kind.default('todo'), note: fields.note.default(''), priority: fields.priority.default('normal'),
  due_at: fields.due_at.default(null), due_on: fields.due_on.default(null), minutes: fields.minutes.default(null), remind_before: fields.remind_before.default(null), repeats: fields.repeats.default(null),
  owner_id: fields.owner_id.optional().describe('left out: you'),
  contact_id: fields.contact_id.default(null), company_id: fields.company_id.default(null), deal_id: fields.deal_id.default(null),
})
export type TaskBody = z.infer<typeof taskBody>

export const taskPatch = z.object({
  ...fields,
  move_to: z.iso.date().describe('another day at the same time of day'),
  done: z.boolean(),
  outcome: z.string().trim().max(5000).describe('what came of it'),
}).partial()
export type TaskPatch = z.infer<typeof taskPatch>
export const taskChanges = z.object({ tasks: z.array(taskPatch.extend({ id })).min(1).max(500) })
export type TaskChange = TaskPatch & { id: number }
/** `before` undoes the changes when it is sent back. */
export const changedTasks = z.object({ changed: z.number().int(), before: z.array(taskPatch.extend({ id })) })
export type ChangedTasks = z.infer<typeof changedTasks>
export const completionBody = z.object({ outcome: taskPatch.shape.outcome }).nullish()

export const taskCounts = z.object({ today: z.iso.date().describe('the day it is in the company\'s zone'), overdue: z.number().int(), due_today: z.number().int(), next: z.number().int(), never: z.number().int(), done_today: z.number().int() })
export type TaskCounts = z.infer<typeof taskCounts>

export const taskReadingBody = z.object({ text: z.string().trim().min(1).max(500) })
/** What was understood of a line such as "call Anna tomorrow 3pm". */
export const taskReading = z.object({
  kind: z.enum(taskKinds), title: z.string(), due_at: when.nullable(), due_on: z.iso.date().nullable(),
  understood: z.string().nullable().describe('the words the time was read from'),
  contacts: z.array(named).describe('who may be meant, the likeliest first'),
})
export type TaskReading = z.infer<typeof taskReading>

export const calendarFeed = z.object({ url: z.string().nullable(), created_at: when.nullable(), asked_at: when.nullable().describe('when a calendar last fetched it') })
export type CalendarFeed = z.infer<typeof calendarFeed>

export const notification = z.object({ id: z.number().int(), title: z.string(), body: z.string(), link: z.string(), created_at: when, read_at: when.nullable() })
export type Notification = z.infer<typeof notification>
export const notificationListPage = z.object({ data: z.array(notification), next_cursor: z.string().nullable(), unread: z.number().int() })
