import { z } from 'zod'
import { changeViewBody, createViewBody, placeViewBody, view, viewList, type View } from '../../shared/views.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { changedMeanwhile, forbidden, invalid, notFound } from '../base/errors.ts'
import { rolesAllowed, route, type Actor } from '../base/route.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { deleteView, insertView, listViews, placeView, updateView } from './views.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const list = route({
  summary: 'Saved views of a list: your own and shared ones, by name',
  query: z.object({ list: viewList }),
  response: z.object({ data: z.array(view), next_cursor: z.null() }),
  handler: async ({ app, query, actor }) => ({ data: (await listViews(app.db, userOf(actor), { list: query.list })).map(found => present(found, actor)), next_cursor: null }),
})

export const create = route({
  summary: 'Save a list as it is shown now: search, filter, columns, order',
  description: 'A view of your own is pinned as a tab at once. Shared ones are seen by everybody; observers share none.',
  body: createViewBody, response: view, status: 201,
  async handler({ app, body, actor }) {
    if (body.is_shared || actor.kind !== 'user') assertShares(actor)
    const look = { ...body, is_shared: body.is_shared || actor.kind !== 'user', filter: await readFilter(app.db, body.filter) }
    return withTransaction(app.db, async tx => {
      const id = await insertView(tx, body.list, look, userOf(actor), app.now())
      if (actor.kind === 'user') await placeView(tx, actor.id, { id, list: body.list }, { is_pinned: true, is_first: false })
      return find(tx, id, actor)
    })
  },
})

export const show = route({
  summary: 'A saved view',
  params, response: view,
  handler: ({ app, params: { id }, actor }) => find(app.db, id, actor),
})

export const change = route({
  summary: 'Change a saved view: its owner or an administrator',
  description: 'Carries the revision you saw: 409 `changed_meanwhile` when somebody else has changed it since.',
  params, body: changeViewBody, response: view,
  handler: ({ app, params: { id }, body, actor }) => withTransaction(app.db, async tx => {
    assertEdits(await find(tx, id, actor))
    if (body.is_shared === true) assertShares(actor)
    const { revision, ...look } = body
    const filter = look.filter === undefined ? undefined : await readFilter(tx, look.filter)
    if (!await updateView(tx, id, revision, { ...look, filter }, app.now())) throw changedMeanwhile()
    return find(tx, id, actor)
  }),
})

export const remove = route({
  summary: 'Delete a saved view: its owner or an administrator',
  params,
  handler: ({ app, params: { id }, actor }) => withTransaction(app.db, async tx => {
    assertEdits(await find(tx, id, actor))
    await deleteView(tx, id)
  }),
})

export const place = route({
  summary: 'Pin a view as a tab, or let the list open with it: for yourself',
  params, body: placeViewBody, response: view,
  handler: ({ app, params: { id }, body, actor }) => withTransaction(app.db, async tx => {
    if (actor.kind !== 'user') throw forbidden()
    const found = await find(tx, id, actor)
    await placeView(tx, actor.id, found, { is_pinned: body.is_pinned ?? found.is_pinned, is_first: body.is_first ?? found.is_first })
    return find(tx, id, actor)
  }),
})

const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

function present(found: Awaited<ReturnType<typeof listViews>>[number], actor: Actor): View {
  return { ...found, may_edit: actor.kind !== 'public' && (actor.role === 'administrator' || actor.kind === 'user' && found.owner?.id === actor.id) }
}

async function find(db: Db, id: number, actor: Actor): Promise<View> {
  const [found] = await listViews(db, userOf(actor), { id })
  if (found === undefined) throw notFound('view')
  return present(found, actor)
}

function assertEdits(found: View): void {
  if (!found.may_edit) throw forbidden()
}

function assertShares(actor: Actor): void {
  if (actor.kind === 'public' || !rolesAllowed.contacts.includes(actor.role)) throw forbidden()
}

async function readFilter(db: Db, parts: unknown[]): Promise<unknown[]> {
  if (parts.length === 0) return []
  const { condition, errors } = await readCondition(db, { all: parts }, { path: 'filter' })
  if (condition === null) throw invalid(errors)
  return 'all' in condition ? condition.all : [condition]
}
