import { z } from 'zod'
import { toMajor } from '../../shared/money.ts'
import { segmentDetail, segmentExplanation, segmentKind, segmentListQuery, segmentListRow, segmentMember, segmentName } from '../../shared/segments.ts'
import type { SegmentDetail, SegmentListRow, SegmentUse } from '../../shared/segments.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { findUses } from '../contacts/find-uses.sql.ts'
import { conditionBody } from '../conditions/condition-body.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ConditionContext } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { explainCondition } from '../conditions/explain-condition.ts'
import { countSeen, findMembership, listMembers, listMoves } from './members.sql.ts'
import { changeSegment, createSegment, recomputeAgain, removeSegment, restoreArchived } from './save-segment.ts'
import { findSegment, listSegmentIds, listSegments } from './segments.sql.ts'
import type { SegmentRow } from './segments.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const paged = z.object({ cursor: z.string().max(1000).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) })
const list = <Row extends z.ZodType>(row: Row) => z.object({ data: z.array(row), next_cursor: z.string().nullable() })

const toCursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url')

function fromCursor<Key extends z.ZodType>(cursor: string | undefined, key: Key): z.infer<Key> | null {
  if (cursor === undefined) return null
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
  }
}

const input = z.object({ name: segmentName, description: z.string().max(2000).default(''), condition: conditionBody.optional() })

export const listAll = route({
  summary: 'Segments',
  query: paged.extend(segmentListQuery.shape),
  response: list(segmentListRow),
  handler: async ({ app, query }) => {
    const by = query.sort.replace('-', '') as 'name' | 'members' | 'updated'
    const after = readCursor(query.cursor, [({ name: 'text', members: 'digits', updated: 'time' } as const)[by], 'number'])
    const used = query.state === 'unused' ? await usedSegmentIds(app) : []
    const found = await listSegments(app.db, { ...query, used }, { by, descending: query.sort.startsWith('-') }, after === undefined ? null : { value: String(after[0]), id: Number(after[1]) }, query.limit + 1)
    const page = found.slice(0, query.limit)
    const uses = await findUses(app.db, 'segment', page.map(segment => segment.id))
    const context = { ...await loadConditionContext(app.db), now: app.now() }
    const last = page.at(-1)
    return {
      data: page.map(segment => presentRow(segment, uses.get(segment.id) ?? [], context)),
      next_cursor: found.length > query.limit && last ? writeCursor([last.sort_key, last.id]) : null,
    }
  },
})

async function usedSegmentIds(app: App): Promise<number[]> {
  const uses = await findUses(app.db, 'segment', await listSegmentIds(app.db))
  return [...uses].filter(([, own]) => own.length > 0).map(([id]) => id)
}

export const create = route({
  summary: 'Make a segment',
  description: 'A live one has a condition: its members are found in the background (state `computing`), then kept up to date by themselves (state `live`). A static one keeps whoever is put in; with a condition the people it is true of now are put in at the start, quietly: nothing can be built on it yet, so nobody "enters".',
  body: input.extend({ kind: segmentKind.default('live') }),
  response: segmentDetail,
  status: 201,
  handler: async ({ app, body, actor }) => detail(app, await createSegment(app.db, body, actor.kind === 'user' ? actor.id : null, app.now())),
})

export const read = route({
  summary: 'A segment',
  params: byId,
  response: segmentDetail,
  handler: async ({ app, params }) => ({ ...await detail(app, params.id), ...(app.isNarrowed ? { members_seen: await countSeen(app.db, params.id) } : {}) }),
})

export const change = route({
  summary: 'Change a segment',
  description: 'With another condition its members are found anew; without one it stays as it is. A static segment has none. `revision` is the one you read; 409 when somebody was faster.',
  params: byId,
  body: input.extend({ revision: z.number().int() }),
  response: segmentDetail,
  handler: async ({ app, params, body }) => {
    await changeSegment(app.db, params.id, body, app.now())
    return detail(app, params.id)
  },
})

export const remove = route({
  summary: 'Put a segment into the archive',
  description: '409 `in_use` while segments, journeys, campaigns, forms or imports use it: they are named in `errors` as `kind:number`.',
  params: byId,
  status: 204,
  handler: async ({ app, params }) => { await removeSegment(app.db, params.id, app.now()) },
})

export const restore = route({
  summary: 'Bring a segment back from the archive',
  description: 'The members of a live one are found anew; a static one has its people as before.',
  params: byId,
  response: segmentDetail,
  handler: async ({ app, params }) => {
    await restoreArchived(app.db, params.id, app.now())
    return detail(app, params.id)
  },
})

export const recompute = route({
  summary: 'Find the members anew',
  params: byId,
  response: segmentDetail,
  status: 202,
  handler: async ({ app, params }) => {
    await recomputeAgain(app.db, params.id, app.now())
    return detail(app, params.id)
  },
})

export const members = route({
  summary: 'Members of a segment, newest cards first',
  params: byId,
  query: paged,
  response: list(segmentMember),
  handler: async ({ app, params, query }) => {
    if (await findSegment(app.db, params.id) === undefined) throw notFound('segment')
    const found = await listMembers(app.db, params.id, fromCursor(query.cursor, z.number()), query.limit + 1)
    const page = found.slice(0, query.limit)
    const { currency } = await loadConditionContext(app.db)
    const last = page.at(-1)
    return {
      data: page.map(member => ({
        ...member,
        revenue: toMajor(member.revenue, currency),
        currency,
        last_event_at: member.last_event_at?.toISOString() ?? null,
        entered_at: member.entered_at.toISOString(),
      })),
      next_cursor: found.length > query.limit && last ? toCursor(last.id) : null,
    }
  },
})

export const explanation = route({
  summary: 'Why a contact is (not) in a segment',
  params: byId,
  query: z.object({ contact: z.coerce.number().int().positive() }),
  response: segmentExplanation,
  handler: async ({ app, params, query }) => {
    const segment = await findSegment(app.db, params.id)
    if (segment === undefined) throw notFound('segment')
    const contact = await findMembership(app.db, params.id, query.contact)
    const tree = await explainCondition(app.db, query.contact, segment.condition, app.now())
    if (contact === undefined || tree === undefined) throw notFound('contact')
    const { entered_at, ...person } = contact
    const moves = await listMoves(app.db, params.id, query.contact)
    return {
      contact: person,
      is_member: entered_at !== null,
      entered_at: entered_at?.toISOString() ?? null,
      holds: segment.kind === 'static' ? entered_at !== null : tree.holds,
      tree,
      history: moves.map(move => ({
        what: move.type === 'segment.entered' ? 'entered' as const : 'left' as const,
        at: move.occurred_at.toISOString(),
        because: Array.isArray(move.because) ? move.because.map(String) : typeof move.because === 'string' ? [move.because] : [],
      })),
    }
  },
})

async function detail(app: App, id: number): Promise<SegmentDetail> {
  const segment = await findSegment(app.db, id, true)
  if (segment === undefined) throw notFound('segment')
  const uses = (await findUses(app.db, 'segment', [id])).get(id) ?? []
  return {
    ...presentRow(segment, uses, { ...await loadConditionContext(app.db), now: app.now() }),
    condition: segment.condition,
    made_from: segment.made_from,
    revision: segment.revision,
    used_by: uses,
    created_at: segment.created_at.toISOString(),
  }
}

/** In a base of fewer people it says nothing of a condition that nobody fits it. */
const enoughToJudge = 100

function presentRow(segment: SegmentRow, uses: SegmentUse[], context: ConditionContext): SegmentListRow {
  const followsClock = segment.state === 'live' && compileCondition(segment.condition, context).clockEdges.length > 0
  return {
    id: segment.id,
    kind: segment.kind,
    name: segment.name,
    description: segment.description,
    state: segment.state,
    error: segment.error,
    members_count: segment.members_count,
    computed_percent: segment.state === 'live' ? 100 : segment.last_contact_id === 0 ? 0 : Math.min(100, Math.floor(100 * segment.computed_up_to / segment.last_contact_id)),
    clock_lag_seconds: followsClock ? Math.max(0, Math.round((context.now.getTime() - segment.clock_at.getTime()) / 1000)) : 0,
    depends_on: segment.depends_on,
    used_by_count: uses.length,
    example_key: segment.example_key,
    never_matched: segment.kind === 'live' && segment.state === 'live' && !segment.had_members && segment.last_contact_id >= enoughToJudge,
    problems: segment.problems,
    archived_at: segment.archived_at?.toISOString() ?? null,
    updated_at: segment.updated_at.toISOString(),
  }
}
