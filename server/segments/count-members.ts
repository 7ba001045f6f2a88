import type { App } from '../base/app.ts'
import { touchAll } from '../base/live.ts'
import { listLinks, saveMemberCount } from './segments.sql.ts'

/** Segments whose members changed since they were last counted; `null`: it is not known which, so all. */
const uncounted = new WeakMap<App['live'], { ids: Set<number> | null }>()

/**
 * Keeps the numbers of members that lists show within seconds of the truth, counting only the segments that were
 * heard to change. Counting where the change happens would make everybody wait for one row.
 */
export async function countMembers(app: App): Promise<boolean> {
  const state = uncounted.get(app.live) ?? listen(app)
  const ids = state.ids === null ? (await listLinks(app.db)).map(segment => segment.id) : [...state.ids]
  state.ids = new Set()
  let changed = false
  for (const id of ids) changed = await saveMemberCount(app.db, id) || changed
  if (changed) await touchAll(app.db, ['segments'])
  return false
}

function listen(app: App): { ids: Set<number> | null } {
  const state: { ids: Set<number> | null } = { ids: null }
  uncounted.set(app.live, state)
  app.live.subscribe('live', payload => {
    if (payload === '') state.ids = null
    for (const [, id] of payload.matchAll(/\bsegment:(\d+)/g)) state.ids?.add(Number(id))
  })
  return state
}
