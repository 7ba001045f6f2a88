import type { ChangedTasks, TaskBody, TaskChange, TaskPatch } from '../../shared/activities.ts'
import { instantOf, localDay, localTime } from '../../shared/local-time.ts'
import type { Db } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import type { Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { contactOfDeal } from '../deals/deals.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { companyExists, userExists } from './exists.sql.ts'
import { notifyUsers } from './notify-users.sql.ts'
import { keepRule, nextTime } from './repeats.ts'
import { deleteTasks, holdTasks, insertTasks, moveTask, updateTasks } from './write-tasks.sql.ts'
import type { TaskRow } from './write-tasks.sql.ts'

const by = (actor: Actor): string => actor.kind === 'user' ? `user:${actor.id}` : 'api'
export const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

/** One task is made; its number. Throws 422 naming the field. */
export async function makeTask(tx: Db, body: TaskBody, actor: Actor, now: Date): Promise<number> {
  const { time_zone } = await readCompany(tx)
  const { due_on: _, ...fields } = body
  const blank: TaskRow = { ...fields, id: 0, due_at: null, all_day: false, remind_at: null, done_at: null, outcome: '', source: 'staff', owner_id: body.owner_id === undefined ? userOf(actor) : body.owner_id }
  const task = timed(blank, { due_at: body.due_at, due_on: body.due_on, repeats: body.repeats, remind_before: body.remind_before }, now, time_zone)
  const about = await checkAbout(tx, task)
  const [id] = await insertTasks(tx, [{ ...task, ...about }], now)
  await tellTimelines(tx, 'task.created', [{ ...task, ...about, id: id! }], actor, now)
  await tellOwners(tx, [{ ...task, id: id! }], new Map(), actor, now)
  await touchTasks(tx, [{ ...task, ...about }])
  return id!
}

/**
 * Changes in, as many as wished; how to undo them out. Held in the order of their numbers, so two people at once follow one
 * another. A task that repeats makes the next one as it is done, and takes it back, if still open, as it is opened again.
 */
export async function changeTasks(tx: Db, changes: TaskChange[], actor: Actor, now: Date): Promise<ChangedTasks & { next: Map<number, number> }> {
  const { time_zone } = await readCompany(tx)
  const patches = new Map(changes.map(({ id, ...patch }) => [id, patch]))
  const held = await holdTasks(tx, [...patches.keys()])
  if (held.length < patches.size) throw notFound('task')
  const written: TaskRow[] = []
  for (const task of held) {
    const patch = patches.get(task.id)!
    const changed = patched(task, patch, now, time_zone)
    const moves = patch.contact_id !== undefined && patch.contact_id !== task.contact_id
    const about: Partial<Pick<TaskRow, 'contact_id' | 'company_id' | 'deal_id'>> = moves || patch.deal_id !== undefined || patch.company_id !== undefined ? await checkAbout(tx, { ...changed, deal_id: moves ? patch.deal_id ?? null : changed.deal_id }) : {}
    if (moves) await moveTask(tx, task.id, about.contact_id ?? null)
    written.push({ ...changed, ...about })
  }
  const owners = [...new Set(changes.flatMap(change => change.owner_id ?? []))]
  for (const owner of owners) if (!await userExists(tx, owner)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
  await updateTasks(tx, written, now)
  const before = new Map(held.map(task => [task.id, task]))
  const done = written.filter(task => task.done_at !== null && before.get(task.id)!.done_at === null)
  const reopened = written.filter(task => task.done_at === null && before.get(task.id)!.done_at !== null)
  await deleteTasks(tx, { openWithKeys: reopened.map(task => `repeat:${task.id}`) })
  const next = await repeat(tx, done, now, time_zone)
  await tellTimelines(tx, 'task.done', done, actor, now)
  await tellOwners(tx, written, before, actor, now)
  await touchTasks(tx, [...held, ...written])
  return { changed: written.length, before: held.map(task => formerly(task, patches.get(task.id)!, time_zone)), next }
}

/** A task goes for good. */
export async function removeTask(tx: Db, id: number): Promise<void> {
  const held = await holdTasks(tx, [id])
  if (held.length === 0) throw notFound('task')
  await deleteTasks(tx, { ids: [id] })
  await touchTasks(tx, held)
}

function patched(task: TaskRow, patch: TaskPatch, now: Date, timeZone: string): TaskRow {
  const { due_at: _at, due_on: _on, repeats: _repeats, remind_before: _remind, move_to, done, ...plain } = patch
  const changed = { ...task, ...plain }
  if (done !== undefined) changed.done_at = done ? task.done_at ?? now : null
  if (move_to !== undefined) return timed(changed, task.all_day || task.due_at === null ? { due_on: move_to } : { due_at: instantOf(`${move_to}${localTime(task.due_at, timeZone).slice(10)}`, timeZone).toISOString() }, now, timeZone)
  return 'due_at' in patch || 'due_on' in patch || 'repeats' in patch || 'remind_before' in patch ? timed(changed, patch, now, timeZone) : changed
}

/** What follows from when a task is due: the rule it repeats by, and when to remind of it (nothing is told of what is past). */
function timed(task: TaskRow, times: Pick<TaskPatch, 'due_at' | 'due_on' | 'repeats' | 'remind_before'>, now: Date, timeZone: string): TaskRow {
  if (times.due_at != null && times.due_on != null) throw invalid([{ field: 'due_on', message: 'give either due_at or due_on' }])
  let { due_at, all_day } = task
  if (times.due_on != null) [due_at, all_day] = [instantOf(`${times.due_on}T23:59:59`, timeZone), true]
  else if (times.due_at != null) [due_at, all_day] = [new Date(times.due_at), false]
  else if (times.due_at === null || times.due_on === null) [due_at, all_day] = [null, false]
  const remind_before = times.remind_before === undefined ? task.remind_before : times.remind_before
  if (remind_before !== null && due_at === null) throw invalid([{ field: 'remind_before', message: 'say first when it is due' }])
  const repeats = times.repeats === undefined ? task.repeats : times.repeats || null
  const local = due_at && localTime(due_at, timeZone)
  const from = due_at && (all_day ? instantOf(`${localDay(due_at, timeZone)}T09:00:00`, timeZone) : due_at)
  const remind_at = remind_before === null || from === null ? null : new Date(from.getTime() - remind_before * 60_000)
  return { ...task, due_at, all_day, repeats: repeats === null || times.repeats === undefined && due_at !== null ? repeats : keepRule(repeats, local), remind_before, remind_at: remind_at !== null && remind_at < now ? null : remind_at }
}

/** The card, company and deal a task is about: a deal brings its contact. */
async function checkAbout(tx: Db, task: Pick<TaskRow, 'contact_id' | 'company_id' | 'deal_id' | 'owner_id'>): Promise<Pick<TaskRow, 'contact_id' | 'company_id' | 'deal_id'>> {
  let { contact_id } = task
  if (contact_id !== null) {
    contact_id = (await findContacts(tx, [{ id: contact_id }]))[0] ?? null
    if (contact_id === null) throw invalid([{ field: 'contact_id', message: 'there is no such contact' }])
  }
  if (task.company_id !== null && !await companyExists(tx, task.company_id)) throw invalid([{ field: 'company_id', message: 'there is no such company' }])
  if (task.owner_id !== null && !await userExists(tx, task.owner_id)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
  if (task.deal_id !== null) {
    const of = await contactOfDeal(tx, task.deal_id)
    if (of === undefined || contact_id !== null && of !== contact_id) throw invalid([{ field: 'deal_id', message: 'this contact has no such deal' }])
    contact_id = of
  }
  return { contact_id, company_id: task.company_id, deal_id: task.deal_id }
}

/** The next ones of what was done; task done → task made. */
async function repeat(tx: Db, done: TaskRow[], now: Date, timeZone: string): Promise<Map<number, number>> {
  const made = new Map<number, number>()
  for (const task of done) {
    if (task.repeats === null || task.due_at === null) continue
    const local = nextTime(task.repeats, localTime(task.due_at, timeZone), localTime(now, timeZone))
    if (local === null) continue
    const next = timed(task, task.all_day ? { due_on: local.slice(0, 10) } : { due_at: instantOf(local, timeZone).toISOString() }, now, timeZone)
    const [id] = await insertTasks(tx, [{ ...next, source_key: `repeat:${task.id}` }], now)
    if (id !== undefined) made.set(task.id, id)
  }
  return made
}

/** What the fields of a patch were, for undoing it. */
function formerly(task: TaskRow, patch: TaskPatch, timeZone: string): TaskChange {
  const former: TaskChange = { id: task.id }
  if ('move_to' in patch || 'due_at' in patch || 'due_on' in patch) Object.assign(former, task.all_day && task.due_at !== null ? { due_on: localDay(task.due_at, timeZone) } : { due_at: task.due_at?.toISOString() ?? null })
  for (const name of ['kind', 'title', 'note', 'minutes', 'remind_before', 'repeats', 'priority', 'owner_id', 'contact_id', 'company_id', 'deal_id', 'outcome'] as const) if (name in patch) Object.assign(former, { [name]: task[name] })
  return 'done' in patch ? { ...former, done: task.done_at !== null } : former
}

async function tellTimelines(tx: Db, type: 'task.created' | 'task.done', tasks: TaskRow[], actor: Actor, now: Date): Promise<void> {
  await appendEvents(tx, tasks.filter(task => task.contact_id !== null).map(task => ({
    ...type === 'task.created' ? { key: `task.created:${task.id}` } : {}, type, contact: { id: task.contact_id! }, occurred_at: now, source: by(actor),
    properties: { task_id: task.id, title: task.title, kind: task.kind, ...task.outcome === '' ? {} : { outcome: task.outcome }, ...task.deal_id === null ? {} : { deal_id: task.deal_id }, by: by(actor) },
  })), now)
}

/** Whoever is given tasks by somebody else hears of it, once for all of them. */
async function tellOwners(tx: Db, tasks: TaskRow[], before: Map<number, TaskRow>, actor: Actor, now: Date): Promise<void> {
  const given = tasks.filter(task => task.done_at === null && task.owner_id !== null && task.owner_id !== userOf(actor) && task.owner_id !== before.get(task.id)?.owner_id)
  if (given.length === 0) return
  const russian = (await readCompany(tx)).language === 'ru'
  await notifyUsers(tx, [...Map.groupBy(given, task => task.owner_id!)].map(([user_id, [first, ...others]]) => ({
    user_id, body: first!.title, link: others.length > 0 || first!.contact_id === null ? '/day' : `/contacts/${first!.contact_id}`,
    title: others.length > 0 ? russian ? `Вам переданы задачи: ${others.length + 1}` : `Tasks given to you: ${others.length + 1}` : russian ? 'Вам передана задача' : 'A task was given to you',
  })), now)
}

async function touchTasks(tx: Db, tasks: Pick<TaskRow, 'contact_id' | 'deal_id'>[]): Promise<void> {
  await touchAll(tx, ['tasks', ...tasks.flatMap(task => task.contact_id === null ? [] : [`contact:${task.contact_id}`]), ...tasks.some(task => task.deal_id !== null) ? ['deals'] : []])
}
