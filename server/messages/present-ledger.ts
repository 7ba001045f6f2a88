import { Readable } from 'node:stream'
import type { LedgerEntry, LedgerFilter } from '../../shared/messages.ts'
import { toMajor } from '../../shared/money.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import type { Db } from '../base/db.ts'
import { presentWhy } from '../events/why-of-mail.sql.ts'
import { type LedgerKey, type LedgerOwner, type LedgerRow, listLedger } from './ledger.sql.ts'

const iso = (date: Date | null) => date?.toISOString() ?? null
const keyOf = (row: LedgerRow): LedgerKey => [row.step ?? '', row.state, row.contact_id, row.message_id]

const presentEntry = (row: LedgerRow): LedgerEntry => {
  const why = presentWhy(row.why)
  return {
    contact_id: row.contact_id, message_id: row.message_id, name: row.name, email: row.email, step: row.step, state: row.state, reason: row.reason, detail: row.detail, why,
    waits_until: why.until, queued_at: row.queued_at.toISOString(), sent_at: iso(row.sent_at), attempts: row.attempts, sender: row.sender, provider: row.provider,
  }
}

/** One page of a ledger. Throws 422 for a cursor that is not ours. */
export async function readLedgerPage(db: Db, owner: LedgerOwner, filter: LedgerFilter, cursor: string | undefined, limit: number): Promise<{ data: LedgerEntry[], next_cursor: string | null }> {
  const after = readCursor(cursor, ['text', 'text', 'number', 'number']) as LedgerKey | undefined
  const found = await listLedger(db, owner, filter, after ?? null, limit + 1)
  const page = found.slice(0, limit)
  return { data: page.map(presentEntry), next_cursor: found.length > limit ? writeCursor(keyOf(page.at(-1)!)) : null }
}

/** What a spreadsheet would take for a formula is given a quote in front. */
const cell = (value: string | number | Date | null): string => {
  const text = value === null ? '' : value instanceof Date ? value.toISOString() : String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const columns = ['contact_id', 'email', 'name', 'state', 'reason', 'detail', 'attempts', 'queued_at', 'sent_at', 'opened_at', 'clicked_at', 'bounced_at', 'unsubscribed_at', 'orders', 'revenue', 'currency', 'waits_until', 'sender', 'provider']

/** The ledger as CSV, read two thousand rows at a time; of a journey with the step in front. */
export function ledgerAsCsv(db: Db, owner: LedgerOwner, filter: LedgerFilter, currency: string): Readable {
  const withStep = 'journey' in owner
  async function* lines() {
    // The mark tells spreadsheets that this is UTF-8.
    yield `\uFEFF${[...withStep ? ['step'] : [], ...columns].join(',')}\r\n`
    for (let after: LedgerKey | null = null; ;) {
      const rows: LedgerRow[] = await listLedger(db, owner, filter, after, 2000)
      if (rows.length === 0) return
      after = keyOf(rows.at(-1)!)
      yield rows.map(row => [
        ...withStep ? [row.step] : [], row.contact_id, row.email, row.name, row.state, row.reason, row.detail, row.attempts, row.queued_at, row.sent_at, row.opened_at, row.clicked_at, row.bounced_at, row.unsubscribed_at,
        row.orders, toMajor(row.revenue, currency), currency, row.waits_until, row.sender, row.provider,
      ].map(cell).join(',')).join('\r\n') + '\r\n'
    }
  }
  return Readable.from(lines())
}
