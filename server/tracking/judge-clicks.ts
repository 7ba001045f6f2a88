import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { takeHeldClicks } from './held-clicks.sql.ts'

/** A burst is over two seconds after a click; half a second more for other processes to commit theirs. */
export const judgedAfter = 2500
const mostAtOnce = 1000

/** The loop: held clicks go on as events once it is known whether they were part of a burst. True: more may be due. */
export async function judgeClicks(app: App): Promise<boolean> {
  const now = app.now()
  const taken = await withTransaction(app.db, async tx => {
    const clicks = await takeHeldClicks(tx, new Date(now.getTime() - judgedAfter), mostAtOnce)
    await appendEvents(tx, clicks.map(({ event, in_burst }) => ({ ...event, occurred_at: new Date(event.occurred_at), machine_reason: event.machine_reason ?? (in_burst ? 'many_links' : null) })), now)
    return clicks.length
  })
  return taken === mostAtOnce
}
