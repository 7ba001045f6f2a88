import { z } from 'zod'
import { actsOf, changeHygieneSettingsBody, hygieneActBody, type HygieneActBody, hygieneAction, hygieneKind, type HygieneKind, hygieneOverview, hygienePeople, hygienePreview, hygieneSettings } from '../../shared/hygiene.ts'
import { reportPerson } from '../../shared/reports.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { route, type Actor } from '../base/route.ts'
import { ensureTags } from '../contacts/tags.sql.ts'
import { holdStaticSegment } from '../segments/change-static-members.sql.ts'
import { createSegment } from '../segments/save-segment.ts'
import { beginUndoing, insertAction, listActions, listChanged } from './actions.sql.ts'
import { countAnew, readHygieneSettings, readRound, writeHygieneSettings } from './count-groups.ts'
import { countDomainsToAsk } from './domains.sql.ts'
import { countMembers, listMembers, partDone, previewAction, tagCalled } from './groups.sql.ts'

const kindParams = z.object({ kind: hygieneKind })
const idParams = z.object({ id: z.coerce.number().int().positive() })
const paging = z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) })

export const overview = route({
  summary: 'Groups of people to whom mail does harm, with how many they are',
  description: 'Counted twice a day and after a change of the settings; `as_of` says when. Whoever was dealt with leaves at once.',
  response: hygieneOverview,
  handler: ({ app }) => present(app),
})

async function present(app: App): Promise<z.infer<typeof hygieneOverview>> {
  const [round, counts, settings, domains_to_ask] = await Promise.all([readRound(app.db), countMembers(app.db), readHygieneSettings(app.db), countDomainsToAsk(app.db)])
  return {
    as_of: round?.as_of ?? null, counting: round === null ? 0 : round.upto === null ? null : await partDone(app.db, round.upto),
    contacts: round?.contacts ?? 0, domains_to_ask, groups: hygieneKind.options.map(kind => ({ kind, count: counts.get(kind) ?? 0, actions: actsOf[kind] })), settings,
  }
}

export const changeSettings = route({
  summary: 'Change who belongs to the groups; they are counted anew',
  body: changeHygieneSettingsBody, response: hygieneOverview,
  async handler({ app, body }) {
    await writeHygieneSettings(app.db, hygieneSettings.parse({ ...await readHygieneSettings(app.db), ...body }), app.now())
    return present(app)
  },
})

export const count = route({
  summary: 'Count the groups anew now',
  response: hygieneOverview, status: 202,
  async handler({ app }) {
    await withTransaction(app.db, tx => countAnew(tx, app.now()))
    return present(app)
  },
})

export const people = route({
  summary: 'The people of a group',
  params: kindParams, query: paging, response: hygienePeople,
  async handler({ app, params, query }) {
    const found = await listMembers(app.db, params.kind, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.contact_id]) : null }
  },
})

export const preview = route({
  summary: 'What an action on a group would do: to how many, to whom for example, and who would stay as they are',
  params: kindParams, body: hygieneActBody, response: hygienePreview,
  async handler({ app, params, body }) {
    check(params.kind, body)
    const tagId = body.tag === undefined ? null : await tagCalled(app.db, body.tag)
    return previewAction(app.db, params.kind, body, tagId)
  },
})

export const act = route({
  summary: 'Do something with everybody of a group, or with some of them, in the background',
  description: 'Who has left the group by the time their turn comes is left alone. `delete` stops all mail at once and deletes after seven days; customers stay. All of it can be undone (`/hygiene/actions/:id/reversal`), a deletion until it begins.',
  params: kindParams, body: hygieneActBody, response: hygieneAction, status: 202,
  async handler({ app, params, body, actor }) {
    check(params.kind, body)
    return withTransaction(app.db, async tx => presentAction(tx, await insertAction(tx, {
      kind: params.kind, action: body.action, contact_ids: body.contact_ids ?? null, created_by: userOf(actor),
      tag_id: body.tag === undefined ? null : (await ensureTags(tx, [body.tag])).get(body.tag.toLowerCase())!,
      segment_id: await segmentOf(tx, body, actor, app.now()),
    }, app.now())))
  },
})

export const actions = route({
  summary: 'What was done about the groups, the latest first',
  query: paging, response: z.object({ data: z.array(hygieneAction), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await listActions(app.db, readIdCursor(query.cursor), query.limit + 1)
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const showAction = route({
  summary: 'An action and how far it has come',
  params: idParams, response: hygieneAction,
  handler: ({ app, params }) => presentAction(app.db, params.id),
})

export const changedPeople = route({
  summary: 'Whom an action has changed',
  params: idParams, query: paging, response: z.object({ data: z.array(reportPerson), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    await presentAction(app.db, params.id)
    const found = await listChanged(app.db, params.id, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    return { data: found.slice(0, query.limit).map(person => ({ ...person, at: null })), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.contact_id]) : null }
  },
})

export const undo = route({
  summary: 'Undo an action, in the background: all as it was, except what people or others have changed since',
  description: '409 `not_undoable` once it is undone, or a deletion has begun.',
  params: idParams, response: hygieneAction, status: 202,
  async handler({ app, params }) {
    return withTransaction(app.db, async tx => {
      await presentAction(tx, params.id)
      if (!await beginUndoing(tx, params.id)) throw conflict('not_undoable', 'This has been undone already, or the people are deleted.')
      return presentAction(tx, params.id)
    })
  },
})

/** Throws 422 for an action that does not go with the group or is not complete. */
function check(kind: HygieneKind, body: HygieneActBody): void {
  if (!actsOf[kind].includes(body.action)) throw invalid([{ field: 'action', message: 'this cannot be done with this group' }])
  if (body.action === 'tag' && body.tag === undefined) throw invalid([{ field: 'tag', message: 'give the tag a name' }])
  if (body.action === 'segment' && (body.segment_id === undefined) === (body.segment_name === undefined)) throw invalid([{ field: 'segment_id', message: 'choose a static segment, or name a new one' }])
}

async function segmentOf(tx: Db, body: HygieneActBody, actor: Actor, now: Date): Promise<number | null> {
  if (body.action !== 'segment') return null
  if (body.segment_id === undefined) return createSegment(tx, { name: body.segment_name!, description: '', kind: 'static' }, userOf(actor), now)
  if (!await holdStaticSegment(tx, body.segment_id)) throw invalid([{ field: 'segment_id', message: `there is no static segment ${body.segment_id}` }])
  return body.segment_id
}

async function presentAction(db: Db, id: number): Promise<z.infer<typeof hygieneAction>> {
  const [found] = await listActions(db, undefined, 1, id)
  if (found === undefined) throw notFound('action')
  return found
}

const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null
