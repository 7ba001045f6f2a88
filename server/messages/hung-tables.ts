import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  // A campaign counts a person once; the other mail stays on the card.
  { table: 'messages', key: ['id'], unique: [{ column: 'campaign_id', instead: 'null' }, { column: 'dedup_key', instead: 'suffix' }] },
]
