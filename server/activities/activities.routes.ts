import { z } from 'zod'
import { notificationListPage, task as taskShape, taskBody, taskListPage, taskListQuery } from '../../shared/activities.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { forbidden, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { contactOfDeal } from '../deals/deals.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { createTasks } from './create-tasks.sql.ts'
import { listNotifications, readNotifications } from './notifications.sql.ts'
import { findTask, listTasks, setDone } from './tasks.sql.ts'
import { userExists } from './user-exists.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null
const by = (actor: Actor): string => actor.kind === 'user' ? `user:${actor.id}` : 'api'

export const tasks = route({
  summary: 'Tasks: yours or everybody\'s, open or done',
  query: taskListQuery, response: taskListPage,
  async handler({ app, query, actor }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const ownerId = query.owner === 'me' ? userOf(actor) : null
    const { tasks: found, next } = await listTasks(app.db, { ownerId, contactId: query.contact, done: query.state === 'done' }, query.limit, key && [key[0] === null ? null : String(key[0]), Number(key[1])])
    return { data: found, next_cursor: next && writeCursor(next) }
  },
})

export const createTask = route({
  summary: 'Make a task about a contact',
  body: taskBody, response: taskShape, status: 201,
  async handler({ app, body, actor }) {
    const now = app.now()
    const ownerId = body.owner_id === undefined ? userOf(actor) : body.owner_id
    if ((await findContacts(app.db, [{ id: body.contact_id }]))[0] === null) throw invalid([{ field: 'contact_id', message: 'there is no such contact' }])
    if (ownerId !== null && !await userExists(app.db, ownerId)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
    if (body.deal_id !== null && await contactOfDeal(app.db, body.deal_id) !== body.contact_id) throw invalid([{ field: 'deal_id', message: 'this contact has no such deal' }])
    const id = await withTransaction(app.db, async tx => {
      const [created] = await createTasks(tx, [{ contact_id: body.contact_id, title: body.title, due_at: body.due_at === null ? null : new Date(body.due_at), owner_id: ownerId, deal_id: body.deal_id, source: 'staff' }], now)
      await appendEvents(tx, [{ key: `task.created:${created!.id}`, type: 'task.created', contact: { id: body.contact_id }, occurred_at: now, properties: { task_id: created!.id, title: body.title, by: by(actor) }, source: by(actor) }], now)
      await touchAll(tx, [`contact:${body.contact_id}`, 'tasks', ...(body.deal_id === null ? [] : ['deals'])])
      return created!.id
    })
    return present(app, id)
  },
})

export const complete = route({
  summary: 'A task is done',
  params, response: taskShape,
  handler: ({ app, params: { id }, actor }) => changeDone(app, id, actor, app.now()),
})

export const reopen = route({
  summary: 'A task is open again',
  params, response: taskShape,
  handler: ({ app, params: { id }, actor }) => changeDone(app, id, actor, null),
})

async function changeDone(app: App, id: number, actor: Actor, doneAt: Date | null) {
  const task = await present(app, id)
  await withTransaction(app.db, async tx => {
    if (!await setDone(tx, id, doneAt)) return
    if (doneAt !== null) await appendEvents(tx, [{ type: 'task.done', contact: { id: task.contact.id }, occurred_at: doneAt, properties: { task_id: id, title: task.title, by: by(actor) }, source: by(actor) }], doneAt)
    await touchAll(tx, [`contact:${task.contact.id}`, 'tasks', 'deals'])
  })
  return present(app, id)
}

async function present(app: App, id: number) {
  const found = await findTask(app.db, id)
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
