import { z } from 'zod'
import { daysToUndoMerge, merge as mergeShape, mergeBody, mergeList } from '../../shared/merges.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { findMerge, listMerges, type MergeRow } from '../contacts/merges.sql.ts'
import { mergeContacts } from './merge-contacts.ts'
import { undoAct, undoMerge } from './undo-merge.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const create = route({
  summary: 'Merge other cards of the same person into this one',
  description: 'Everything that hangs on the cards of `from` moves: identities, events, orders, consents (whoever withdrew anywhere has withdrawn, unless the person agreed later), mails, leads, deals, tasks, tags, segments, journeys, coupons, conversations. Their numbers, also in links of mails sent before, stand for this card from then on. Can be undone for 30 days. 409 `mail_leaving` while a mail of theirs is on its way to a server; `told_apart` when among more than two cards are different people.',
  params, body: mergeBody, response: z.object({ data: z.array(mergeShape).describe('one for each card that went') }), status: 201,
  async handler({ app, params: { id }, body, actor }) {
    const ids = await mergeContacts(app, { into: id, ...body, by: actor.kind === 'user' ? actor.id : null })
    return { data: await Promise.all(ids.map(each => show(app, each))) }
  },
})

export const list = route({
  summary: 'Merges of cards, the newest first',
  query: z.object({ contact: z.coerce.number().int().positive().optional().describe('of one card, as the one that stayed or went'), run: z.coerce.number().int().positive().optional().describe('of those merged in one go'), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() }),
  response: mergeList,
  async handler({ app, query: { contact, run, limit, cursor } }) {
    const found = await listMerges(app.db, { contact, run, before: readIdCursor(cursor) ?? null, limit: limit + 1 })
    const page = found.slice(0, limit)
    return { data: page.map(row => present(row, app.now())), next_cursor: found.length > limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const undo = route({
  summary: 'Undo a merge: the card that went is there again with what was moved from it',
  description: 'What happened after the merge stays with the card it was merged into; a consent withdrawn after it is withdrawn on both. Fields changed after it stay as they are. 409 `undone`, `too_late` (after 30 days), `merged_again` (undo the later merge first), `mail_leaving`.',
  params, query: z.object({ whole: z.stringbool().default(false).describe('all cards that went in the same act, or none') }), response: mergeShape,
  async handler({ app, params: { id }, query: { whole }, actor }) {
    const by = actor.kind === 'user' ? actor.id : null
    await (whole ? undoAct(app, id, by) : undoMerge(app, id, by))
    return show(app, id)
  },
})

async function show(app: App, id: number) {
  const found = await findMerge(app.db, id)
  if (found === undefined) throw notFound('merge')
  return present(found, app.now())
}

function present(row: MergeRow, now: Date) {
  const until = new Date(row.merged_at.getTime() + daysToUndoMerge * 86_400_000)
  return {
    id: row.id, into: { id: row.into_id, name: row.into_name }, from: { id: row.from_id, name: row.from_name },
    merged_at: row.merged_at.toISOString(), merged_by: row.merged_by, run: row.run_id, act: row.act_id, because: row.because, undone_at: row.undone_at?.toISOString() ?? null, undone_by: row.undone_by,
    undo_until: row.remembered && until > now ? until.toISOString() : null,
  }
}
