import type { App } from '../base/app.ts'
import type { JobHelpers } from '../base/jobs.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { journeysAskedAbout } from '../journeys/dependants.sql.ts'
import { archivedAfter } from '../journeys/ways.sql.ts'
import { applyChanges, changesOfWays } from './apply-changes.ts'

const manyAtOnce = 1000

/** Whoever was on their way when a journey was archived: segments and journeys that ask about it follow, some people at a time. A second run finds nothing to change. */
export async function followArchived(app: App, { journey_id }: { journey_id: number }, { abortSignal }: JobHelpers): Promise<void> {
  if (!(await journeysAskedAbout(app.db, [journey_id])).has(journey_id)) return
  for (let after = 0; ;) {
    abortSignal.throwIfAborted()
    const people = await archivedAfter(app.db, journey_id, after, manyAtOnce)
    if (people.length === 0) return
    const now = app.now()
    await ensureMonths(app, [now])
    await withTransaction(app.db, async tx => {
      const held = await lockContacts(tx, people)
      await applyChanges(tx, app, await changesOfWays(tx, [...held].map(contact_id => ({ contact_id, journey_id }))), now)
    })
    after = people.at(-1)!
  }
}
