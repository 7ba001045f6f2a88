import { isDeepStrictEqual } from 'node:util'
import type { Condition } from '../../shared/conditions.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { notify, touchAll } from '../base/live.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { findCycle, usedSegments } from './find-cycle.ts'
import { archiveSegment, findSegment, insertSegment, listLinks, lockSegmentLinks, restartAllSegments, restartSegment, saveDepths, unarchiveSegment, updateSegment } from './segments.sql.ts'
import type { NewSegment } from './segments.sql.ts'

/** Of a static segment the condition says who is put in at the start; left out: nobody. Of a live one it must be there. */
export type SegmentInput = { name: string, description: string, kind?: 'live' | 'static', condition?: unknown }

export async function createSegment(db: Db, input: SegmentInput, by: number | null, now: Date): Promise<number> {
  return withTransaction(db, async tx => {
    await lockSegmentLinks(tx)
    const id = await insertSegment(tx, { ...await definition(tx, input), created_by: by }, now)
    if (id === undefined) throw new Error('a segment without an example key is always inserted')
    await saveDepths(tx)
    await notify(tx, 'segments', String(id))
    await touchAll(tx, ['segments'])
    return id
  })
}

type Definition = Pick<NewSegment, 'name' | 'description' | 'kind' | 'condition' | 'made_from' | 'depends_on'>

async function definition(tx: Db, { name, description, kind = 'live', condition: given }: SegmentInput): Promise<Definition> {
  if (kind === 'static') {
    const made_from = given === undefined ? null : (await checked(tx, given)).condition
    return { name, description, kind, condition: nobody, made_from, depends_on: [] }
  }
  if (given === undefined) throw invalid([{ field: 'condition', message: 'say who belongs to it' }])
  const { condition, dependsOn } = await checked(tx, given)
  return { name, description, kind, condition, made_from: null, depends_on: dependsOn }
}

/** What a static segment asks: its members are put in, not found. */
const nobody: Condition = { any: [] }

/** Without a condition only name and description change. */
export async function changeSegment(db: Db, id: number, input: Omit<SegmentInput, 'kind'> & { revision: number }, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    await lockSegmentLinks(tx)
    const before = await findSegment(tx, id)
    if (before === undefined) throw notFound('segment')
    if (before.revision !== input.revision) throw changedMeanwhile()
    if (before.kind === 'static' && input.condition !== undefined) throw invalid([{ field: 'condition', message: 'a static segment has none: its members are put in and taken out' }])
    const { condition, dependsOn } = input.condition === undefined ? { condition: before.condition, dependsOn: before.depends_on } : await checked(tx, input.condition)
    const path = findCycle({ id, name: input.name, uses: usedSegments(dependsOn) }, await listLinks(tx))
    if (path) throw invalid([{ field: 'condition', message: `segments would go round in a circle: ${path.join(' → ')}` }])
    const recompute = !isDeepStrictEqual(before.condition, condition) || (before.state === 'failed' && input.condition !== undefined)
    const saved = await updateSegment(tx, id, input.revision, { name: input.name, description: input.description, condition, depends_on: dependsOn }, recompute, now)
    if (!saved) throw changedMeanwhile()
    await saveDepths(tx)
    if (recompute) await notify(tx, 'segments', String(id))
    await touchAll(tx, ['segments', `segment:${id}`])
  })
}

const changedMeanwhile = (): AppError => conflict('changed_meanwhile', 'Somebody else has changed this segment meanwhile. Look at their version before saving yours.')

export async function removeSegment(db: Db, id: number, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    await lockSegmentLinks(tx)
    if (await findSegment(tx, id) === undefined) throw notFound('segment')
    assertUnused('segment', (await findUses(tx, 'segment', [id])).get(id) ?? [])
    await archiveSegment(tx, id, now)
    await touchAll(tx, ['segments'])
  })
}

/** Brought back from the archive as it was; what its condition names and is gone meanwhile is pointed out. */
export async function restoreArchived(db: Db, id: number, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    await lockSegmentLinks(tx)
    if (await findSegment(tx, id, true) === undefined) throw notFound('segment')
    await unarchiveSegment(tx, id, now)
    await saveDepths(tx)
    await notify(tx, 'segments', String(id))
    await touchAll(tx, ['segments', `segment:${id}`])
  })
}

export async function recomputeAgain(db: Db, id: number, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    const segment = await findSegment(tx, id)
    if (segment === undefined) throw notFound('segment')
    if (segment.kind === 'static') throw conflict('static_segment', 'The members of a static segment are put in and taken out; there is nothing to find anew.')
    await restartSegment(tx, id, now)
    await notify(tx, 'segments', String(id))
  })
}

/** The job for when all conditions came to mean something else: another currency or time zone of the company. */
export async function recomputeAllSegments(app: App): Promise<void> {
  await withTransaction(app.db, async tx => {
    await restartAllSegments(tx, app.now())
    await notify(tx, 'segments')
  })
}

async function checked(db: Db, value: unknown): Promise<{ condition: Condition, dependsOn: string[] }> {
  const { condition, errors } = await readCondition(db, value)
  if (condition === null) throw invalid(errors)
  const { dependsOn } = compileCondition(condition, { ...await loadConditionContext(db), now: new Date(0) })
  return { condition, dependsOn }
}
