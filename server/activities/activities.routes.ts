import { z } from 'zod'
import { changedTasks, completionBody, doneTask, notificationListPage, task as taskShape, taskBody, taskChanges, taskCounts, taskListPage, taskListQuery, taskOwner, taskPatch } from '../../shared/activities.ts'
import type { TaskPatch } from '../../shared/activities.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { forbidden, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { changeTasks, makeTask, removeTask, userOf } from './change-tasks.ts'
import { listNotifications, readNotifications } from './notifications.sql.ts'
import { countTasks, findTask, listTasks } from './tasks.sql.ts'
import type { TaskFilter } from './tasks.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
/** A key of the API is nobody: its own tasks are everybody's. */
const ownerOf = (asked: z.output<typeof taskOwner>, actor: Actor): TaskFilter['owner'] => asked === 'me' ? userOf(actor) ?? 'all' : asked
const moment = (text: string | undefined): Date | undefined => text === undefined ? undefined : new Date(text)

export const tasks = route({
  summary: 'Tasks of a person or of all, open or done',
  description: 'Open ones by when they are due, those without a date last; done ones the latest first. With `state=all` those due between `from` and `to`, as a calendar shows them.',
  query: taskListQuery, response: taskListPage,
  async handler({ app, query, actor }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    if (query.state === 'all' && (query.from === undefined || query.to === undefined)) throw invalid([{ field: 'from', message: 'give from and to with state=all' }])
    const filter = { ...query, owner: ownerOf(query.owner, actor), from: moment(query.from), to: moment(query.to), doneSince: moment(query.done_since), contactId: query.contact, companyId: query.company, dealId: query.deal }
    const { tasks: found, next } = await listTasks(app.db, filter, query.limit, key && [key[0] === null ? null : String(key[0]), Number(key[1])], app.now(), (await readCompany(app.db)).time_zone)
    return { data: found, next_cursor: next && writeCursor(next) }
  },
})

export const counts = route({
  summary: 'How many tasks are overdue, due today, later or never, and how many were done today',
  query: z.object({ owner: taskOwner.default('me') }), response: taskCounts,
  handler: async ({ app, query, actor }) => countTasks(app.db, ownerOf(query.owner, actor), app.now(), (await readCompany(app.db)).time_zone),
})

export const createTask = route({
  summary: 'Make a task: a call, a mail, a meeting or something to do',
  description: 'About a contact, a company, a deal or nobody. `repeats` takes FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and UNTIL of RFC 5545; the next one is made when this one is done. Every month from the 29th, 30th or 31st on means the last day of shorter months.',
  body: taskBody, response: taskShape, status: 201,
  async handler({ app, body, actor }) {
    return present(app, await withTransaction(app.db, tx => makeTask(tx, body, actor, app.now())))
  },
})

export const showTask = route({
  summary: 'A task',
  params, response: taskShape,
  handler: ({ app, params: { id } }) => present(app, id),
})

export const changeTask = route({
  summary: 'Change a task',
  params, body: taskPatch, response: taskShape,
  async handler({ app, params: { id }, body, actor }) {
    await change(app, id, body, actor)
    return present(app, id)
  },
})

export const changeMany = route({
  summary: 'Change up to 500 tasks at once: done, another day, somebody else\'s',
  description: 'All of them or, where one cannot be, none. `before` holds what the changed fields were: sent back as `tasks`, it undoes the change.',
  body: taskChanges, response: changedTasks,
  async handler({ app, body, actor }) {
    const { changed, before } = await withTransaction(app.db, tx => changeTasks(tx, body.tasks, actor, app.now()))
    return { changed, before }
  },
})

export const deleteTask = route({
  summary: 'Delete a task',
  params,
  handler: ({ app, params: { id } }) => withTransaction(app.db, tx => removeTask(tx, id)),
})

export const complete = route({
  summary: 'A task is done',
  description: 'With what came of it, if you like. Of a task that repeats the next one is made and comes with the answer as `next`.',
  params, body: completionBody, response: doneTask,
  async handler({ app, params: { id }, body, actor }) {
    const next = await change(app, id, { done: true, ...body }, actor)
    return { ...await present(app, id), next: next === undefined ? null : await present(app, next) }
  },
})

export const reopen = route({
  summary: 'A task is open again',
  description: 'The next one of a task that repeats goes, if it is still open.',
  params, response: taskShape,
  async handler({ app, params: { id }, actor }) {
    await change(app, id, { done: false }, actor)
    return present(app, id)
  },
})

async function change(app: App, id: number, patch: TaskPatch, actor: Actor): Promise<number | undefined> {
  const { next } = await withTransaction(app.db, tx => changeTasks(tx, [{ id, ...patch }], actor, app.now()))
  return next.get(id)
}

async function present(app: App, id: number) {
  const found = await findTask(app.db, id, (await readCompany(app.db)).time_zone)
  if (found === undefined) throw notFound('task')
  return found
}

export const notifications = route({
  summary: 'Your notifications, the newest first, and how many are unread',
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(30), cursor: z.string().max(200).optional() }),
  response: notificationListPage,
  async handler({ app, query, actor }) {
    const key = readCursor(query.cursor, ['number'])
    if (actor.kind !== 'user') return { data: [], next_cursor: null, unread: 0 }
    const { data, next, unread } = await listNotifications(app.db, actor.id, query.limit, key && Number(key[0]))
    return { data, next_cursor: next === null ? null : writeCursor([next]), unread }
  },
})

export const readAll = route({
  summary: 'You have read your notifications',
  async handler({ app, actor }) {
    if (actor.kind !== 'user') throw forbidden()
    await withTransaction(app.db, tx => readNotifications(tx, actor.id, app.now()))
  },
})
