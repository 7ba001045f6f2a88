import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { contactIdsAfter } from '../contacts/contact-ids.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { compareOrders, rewriteOrders } from '../events/orders.sql.ts'
import { compareRollups, rewriteRollups } from '../events/rollups.sql.ts'
import type { RollupDifference } from '../events/rollups.sql.ts'
import { countOrders } from '../messages/mark-messages.sql.ts'

const manyAtOnce = 500

export type Rebuilt = { contacts: number, differences: RollupDifference[], differing: number }

/**
 * Makes orders, rollups and the orders of mails anew from all events, some hundred contacts a transaction, so that the
 * program goes on meanwhile. With `check` nothing is changed: what differs is told (the first hundred in full).
 */
export async function rebuildRollups(app: App, { check = false, onProgress }: { check?: boolean, onProgress?: (contacts: number) => void } = {}): Promise<Rebuilt> {
  const result: Rebuilt = { contacts: 0, differences: [], differing: 0 }
  for (let after = 0; ;) {
    const ids = await contactIdsAfter(app.db, after, manyAtOnce)
    if (ids.length === 0) return result
    await withTransaction(app.db, async tx => {
      await lockContacts(tx, ids)
      const found = await rebuildContacts(app, tx, ids, check)
      result.differing += found.length
      result.differences.push(...found.slice(0, 100 - result.differences.length))
    })
    result.contacts += ids.length
    after = ids.at(-1)!
    onProgress?.(result.contacts)
  }
}

/** The same for some contacts, held by the caller: after events of theirs were taken away, for example. */
export async function rebuildContacts(_app: Pick<App, 'log'>, tx: App['db'], ids: number[], check = false): Promise<RollupDifference[]> {
  const { currency, attribution_window_days: attributionDays } = await readCompany(tx)
  const differences = [...await compareRollups(tx, ids, currency), ...await compareOrders(tx, ids, { currency, attributionDays })]
  if (check) return differences
  await rewriteOrders(tx, ids, { currency, attributionDays })
  await rewriteRollups(tx, ids, currency)
  await countOrders(tx, ids)
  return differences
}
