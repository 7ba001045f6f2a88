import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  // Undoing an import leaves people alone who were merged since: what it would take back is another person's by now.
  { table: 'import_changes', key: ['import_id'], stays: true },
]
