import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  { table: 'different_people', key: ['other_id'], joins: true },
]
