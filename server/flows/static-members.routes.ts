import { z } from 'zod'
import { staticMembersBody, staticMembersResult } from '../../shared/segments.ts'
import type { StaticOutcome } from '../../shared/segments.ts'
import type { App } from '../base/app.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { findByReferences } from '../contacts/find-by-references.ts'
import { findSegment } from '../segments/segments.sql.ts'
import { changeStaticMembersAndFollow } from './change-static-members.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const nameOf = (actor: Actor): string => actor.kind === 'user' ? `user:${actor.id}` : 'api'

export const put = route({
  summary: 'Put up to 1,000 contacts into a static segment, each with its own outcome',
  description: 'By id or by email, phone or external id; `data` holds one outcome for each, in order. Whoever is in already stays. 409 `not_static` for a live segment: its members are found by its condition.',
  params, body: staticMembersBody, response: staticMembersResult,
  handler: ({ app, params: { id }, body, actor }) => change(app, id, 'add', body, actor),
})

export const remove = route({
  summary: 'Take up to 1,000 contacts out of a static segment, each with its own outcome',
  params, body: staticMembersBody, response: staticMembersResult,
  handler: ({ app, params: { id }, body, actor }) => change(app, id, 'remove', body, actor),
})

async function change(app: App, segmentId: number, action: 'add' | 'remove', body: z.infer<typeof staticMembersBody>, actor: Actor): Promise<z.infer<typeof staticMembersResult>> {
  if (await findSegment(app.db, segmentId) === undefined) throw notFound('segment')
  const ids = await findByReferences(app.db, body.contacts)
  const { there, moved } = await changeStaticMembersAndFollow(app, app.db, {
    segmentId, contactIds: ids.filter(id => id !== null), action, because: nameOf(actor), now: app.now(),
  })
  const words: Record<typeof action, [StaticOutcome, StaticOutcome]> = { add: ['added', 'already_in'], remove: ['removed', 'was_not_in'] }
  const seen = new Set<number>()
  const data = ids.map((id) => {
    if (id === null || !there.has(id)) return { contact_id: null, outcome: 'not_found' as const }
    // Named twice: the first time did it.
    const did = moved.has(id) && !seen.has(id)
    seen.add(id)
    return { contact_id: id, outcome: words[action][did ? 0 : 1] }
  })
  return { data }
}
