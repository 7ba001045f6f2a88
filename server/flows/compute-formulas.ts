import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { addJob } from '../base/jobs.ts'
import { contactIdsAfter } from '../contacts/contact-ids.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

const manyAtOnce = 1000

/** A formula is new: every card is computed anew, some at a time. How far it came is with the next job, so a restart goes on there. */
export async function computeFormulas(app: App, { after }: { after: number }): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const ids = await contactIdsAfter(tx, after, manyAtOnce)
    if (ids.length === 0) return
    await saveContactsAndFollow(app, tx, ids.map(id => ({ id })), { now, by: 'formula', mode: 'overwrite' })
    await addJob(tx, 'contacts.compute-formulas', { after: ids.at(-1) }, { queue: 'formulas' })
  })
}
