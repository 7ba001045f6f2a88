import { z } from 'zod'
import { bulkAction, bulkBody, bulkPreview, type BulkAction, type BulkBody } from '../../shared/bulk.ts'
import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import { reportPerson } from '../../shared/reports.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError, conflict, invalid } from '../base/errors.ts'
import { rolesAllowed, route, type Actor } from '../base/route.ts'
import { userExists } from '../activities/exists.sql.ts'
import { beginAction, checkGiven, presentAction } from '../bulk/begin-action.ts'
import { beginUndoing, idsOfPeople, listActions, listChanged, stopAction, type NewAction } from '../bulk/bulk-actions.sql.ts'
import { previewAction } from '../bulk/preview-action.sql.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { checkInput } from '../contacts/check-input.ts'
import { loadInputContext } from '../contacts/save-contacts.sql.ts'
import { tagCalled } from '../contacts/tags.sql.ts'
import { listedPeople } from '../search/people-of-list.sql.ts'
import { inputOf } from './undo-bulk-actions.ts'

const idParams = z.object({ id: z.coerce.number().int().positive() })
const paging = z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) })

export const preview = route({
  summary: 'What a bulk action would do: to how many, to whom for example, and who would stay as they are and why',
  reads: true,
  body: bulkBody, response: bulkPreview,
  async handler({ app, body }) {
    const action = await readAction(app, body)
    const tag_id = body.tag === undefined ? null : await tagCalled(app.db, body.tag)
    return previewAction(app.db, await listedPeople(app.db, action, app.now()), { ...action, tag_id, segment_id: body.segment_id ?? null })
  },
})

export const create = route({
  summary: 'Do something with people of the list of contacts, chosen ones or all that fit, in the background',
  description: 'Edits a field, puts a tag on or takes it off, puts into a static segment, deletes. Done in parts, each in one transaction; who does not fit any more by the time their turn comes is left alone. `delete` erases after 24 hours; customers stay. All of it can be stopped and undone, a deletion until it begins.',
  body: bulkBody, response: bulkAction, status: 202,
  async handler({ app, seen, body, actor }) {
    const action = await readAction(app, body)
    // Whoever sees a part means those they see now, whatever comes to fit the filter later.
    if (seen.isNarrowed && action.filter !== null) Object.assign(action, { filter: null, contact_ids: await idsOfPeople(seen.db, await listedPeople(seen.db, action, app.now())) })
    return withTransaction(app.db, async tx => beginAction(tx, action, body, await listedPeople(tx, action, app.now()), actor, app.now()))
  },
})

export const list = route({
  summary: 'What was done with many people at once, the latest first',
  query: paging.extend({ of: z.enum(['hygiene', 'list']).optional().describe('with groups of list hygiene, or with people of the list of contacts') }),
  response: z.object({ data: z.array(bulkAction), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await listActions(app.db, { ...(query.of === undefined ? {} : { of: query.of }), before: readIdCursor(query.cursor), limit: query.limit + 1 })
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const show = route({
  summary: 'A bulk action and how far it has come',
  params: idParams, response: bulkAction,
  handler: ({ app, params }) => presentAction(app.db, params.id),
})

export const people = route({
  summary: 'Whom a bulk action has changed',
  params: idParams, query: paging, response: z.object({ data: z.array(reportPerson), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    await presentAction(app.db, params.id)
    const found = await listChanged(app.db, params.id, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    return { data: found.slice(0, query.limit).map(person => ({ ...person, at: null })), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.contact_id]) : null }
  },
})

export const stop = route({
  summary: 'Stop a bulk action: what is done stays done',
  description: '409 `not_running` when it does not run.',
  params: idParams, response: bulkAction,
  handler: ({ app, params, actor }) => withTransaction(app.db, async tx => {
    assertMay(actor, await presentAction(tx, params.id))
    if (!await stopAction(tx, params.id, app.now())) throw conflict('not_running', 'This is not under way any more.')
    return presentAction(tx, params.id)
  }),
})

export const undo = route({
  summary: 'Undo a bulk action, in the background: all as it was, except what people or others have changed since',
  description: '409 `not_undoable` once it is undone, or a deletion has begun.',
  params: idParams, response: bulkAction, status: 202,
  handler: ({ app, params, actor }) => withTransaction(app.db, async tx => {
    assertMay(actor, await presentAction(tx, params.id))
    if (!await beginUndoing(tx, params.id)) throw conflict('not_undoable', 'This has been undone already, or the people are deleted.')
    return presentAction(tx, params.id)
  }),
})

/** List hygiene is for those who may send. */
function assertMay(actor: Actor, action: BulkAction): void {
  if (action.kind !== null && (actor.kind === 'public' || !rolesAllowed.marketing.includes(actor.role))) throw new AppError('forbidden', 403, 'Your role does not allow this.')
}

type Intended = Pick<NewAction, 'action' | 'contact_ids' | 'filter' | 'field' | 'value'> & { kind: null }

/** Throws 422 for what cannot be done, with the field named. */
async function readAction(app: App, body: BulkBody): Promise<Intended> {
  checkGiven(body)
  if ((body.contact_ids === undefined) === (body.all === undefined)) throw invalid([{ field: 'contact_ids', message: 'choose people, or all that fit a filter' }])
  const whom = { contact_ids: body.contact_ids ?? null, filter: body.all === undefined ? null : { search: body.all.search.trim(), condition: null } }
  const action: Intended = { kind: null, action: body.action, ...whom, field: null, value: null }
  if (body.all?.filter !== undefined && body.all.filter !== null) {
    const { condition, errors } = await readCondition(app.db, body.all.filter, { path: 'all.filter' })
    if (condition === null) throw invalid(errors)
    action.filter = { search: action.filter!.search, condition }
  }
  return body.action === 'set' ? { ...action, ...await readSetting(app.db, body) } : action
}

/** Not what tells people apart. */
const settable = new Set(['city', 'company', 'job_title', 'source', 'locale', 'time_zone', 'first_name', 'last_name', 'owner_id'])

async function readSetting(db: Db, { field, value }: BulkBody): Promise<{ field: string, value: FieldValue }> {
  if (field === undefined || !(settable.has(field) || field.startsWith('fields.'))) throw invalid([{ field: 'field', message: 'choose a field of the card' }])
  if (value === undefined) throw invalid([{ field: 'value', message: 'say what it becomes' }])
  const name = field.replace(/^fields\./, '')
  const context = await loadInputContext(db)
  if (field.startsWith('fields.') && context.fields.get(name)?.is_unique === true) throw invalid([{ field: 'field', message: 'this field is different on every card' }])
  const checked = checkInput(inputOf(1, { [field]: value }) as ContactInput, context)
  if ('errors' in checked) throw invalid(checked.errors.map(error => ({ field: 'value', message: error.message })))
  const clean = field.startsWith('fields.') ? checked.fields[name] : checked.values[name as 'city']
  if (field === 'owner_id' && typeof clean === 'number' && !await userExists(db, clean)) throw invalid([{ field: 'value', message: 'there is no such member of staff' }])
  return { field, value: clean ?? null }
}
