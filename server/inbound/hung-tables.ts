import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  { table: 'conversations', key: ['id'] },
  { table: 'letters', key: ['id'], unique: [{ column: 'mail_key', instead: 'not moved' }], belongsTo: { table: 'conversations', column: 'conversation_id' } },
  { table: 'complaints', key: ['id'] },
  { table: 'accepted_reports', key: ['id'] },
]
