import { z } from 'zod'
import { actsOf, changeHygieneSettingsBody, hygieneActBody, type HygieneActBody, hygieneKind, type HygieneKind, hygieneOverview, hygienePeople, hygieneSettings } from '../../shared/hygiene.ts'
import { bulkAction, bulkPreview } from '../../shared/bulk.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { beginAction, checkGiven } from '../bulk/begin-action.ts'
import { previewAction } from '../bulk/preview-action.sql.ts'
import { tagCalled } from '../contacts/tags.sql.ts'
import { countAnew, readHygieneSettings, readRound, writeHygieneSettings } from './count-groups.ts'
import { countDomainsToAsk } from './domains.sql.ts'
import { countMembers, listMembers, membersOf, partDone } from './groups.sql.ts'

const kindParams = z.object({ kind: hygieneKind })
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
  reads: true,
  params: kindParams, body: hygieneActBody, response: bulkPreview,
  async handler({ app, params, body }) {
    check(params.kind, body)
    const tagId = body.tag === undefined ? null : await tagCalled(app.db, body.tag)
    return previewAction(app.db, membersOf(params.kind, body.contact_ids), { action: body.action, tag_id: tagId, segment_id: body.segment_id ?? null, field: null, value: null })
  },
})

export const act = route({
  summary: 'Do something with everybody of a group, or with some of them, in the background',
  ofEverybody: true,
  description: 'Who has left the group by the time their turn comes is left alone. `delete` stops all mail at once and deletes after seven days; customers stay. All of it can be undone (`/bulk-actions/:id/reversal`), a deletion until it begins.',
  params: kindParams, body: hygieneActBody, response: bulkAction, status: 202,
  async handler({ app, params, body, actor }) {
    check(params.kind, body)
    return withTransaction(app.db, tx => beginAction(tx, {
      kind: params.kind, action: body.action, contact_ids: body.contact_ids ?? null, filter: null, field: null, value: null,
    }, body, membersOf(params.kind, body.contact_ids), actor, app.now()))
  },
})

/** Throws 422 for an action that does not go with the group or is not complete. */
function check(kind: HygieneKind, body: HygieneActBody): void {
  if (!actsOf[kind].includes(body.action)) throw invalid([{ field: 'action', message: 'this cannot be done with this group' }])
  checkGiven(body)
}
