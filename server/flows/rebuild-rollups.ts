import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { addJob } from '../base/jobs.ts'
import { readCompany } from '../company/company.sql.ts'
import { contactIdsAfter } from '../contacts/contact-ids.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { compareOrders, rewriteOrders } from '../events/orders.sql.ts'
import { compareRollups, rewriteRollups } from '../events/rollups.sql.ts'
import type { RollupDifference } from '../events/rollups.sql.ts'
import { compareTopicReactions, rewriteTopicReactions } from '../events/topic-reactions.sql.ts'
import { countOrders } from '../messages/mark-messages.sql.ts'

const manyAtOnce = 500

export type Rebuilt = { contacts: number, differences: RollupDifference[], differing: number }

/**
 * Makes orders, rollups, reactions to topics and the orders of mails anew from all events, some hundred contacts a transaction, so that the
 * program goes on meanwhile. What differed is told (the first hundred in full), unless `tell` is off; with `check`
 * nothing is changed.
 */
export async function rebuildRollups(app: App, { check = false, tell = true, onProgress }: { check?: boolean, tell?: boolean, onProgress?: (contacts: number) => void } = {}): Promise<Rebuilt> {
  const result: Rebuilt = { contacts: 0, differences: [], differing: 0 }
  for (let after = 0; ;) {
    const ids = await contactIdsAfter(app.db, after, manyAtOnce)
    if (ids.length === 0) return result
    await withTransaction(app.db, async tx => {
      await lockContacts(tx, ids)
      const found = tell ? await findDifferences(tx, ids) : []
      if (!check) await rebuildContacts(tx, ids)
      result.differing += found.length
      result.differences.push(...found.slice(0, 100 - result.differences.length))
    })
    result.contacts += ids.length
    after = ids.at(-1)!
    onProgress?.(result.contacts)
  }
}

/** The same for some contacts, held by the caller: after events of theirs were taken away, for example. */
export async function rebuildContacts(tx: Db, ids: number[]): Promise<void> {
  const { currency, attribution_window_days: attributionDays } = await readCompany(tx)
  await rewriteOrders(tx, ids, { currency, attributionDays })
  await rewriteRollups(tx, ids, currency)
  await rewriteTopicReactions(tx, ids)
  await countOrders(tx, ids)
}

async function findDifferences(tx: Db, ids: number[]): Promise<RollupDifference[]> {
  const { currency, attribution_window_days: attributionDays } = await readCompany(tx)
  return [...await compareRollups(tx, ids, currency), ...await compareOrders(tx, ids, { currency, attributionDays }), ...await compareTopicReactions(tx, ids)]
}

/** A job: the company counts in another currency, credits orders by another window or weighs acts otherwise. The segments follow. */
export async function rebuildEverything(app: App): Promise<void> {
  await rebuildRollups(app, { tell: false })
  await addJob(app.db, 'segments.recompute', {}, { key: 'segments.recompute' })
}
