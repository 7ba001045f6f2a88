import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  { table: 'deals', key: ['id'], unique: [{ column: 'source_key', instead: 'suffix' }] },
  { table: 'deal_lines', key: ['id'], belongsTo: { table: 'deals', column: 'deal_id' } },
]
