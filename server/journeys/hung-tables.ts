import type { HungTable } from '../base/hung-rows.sql.ts'

/** What of this folder hangs on a contact, and how it follows when two cards become one. */
export const hungTables: HungTable[] = [
  { table: 'enrolments', key: ['id'], unique: [{ column: 'trigger_key', within: ['journey_id'], instead: 'suffix' }] },
  { table: 'enrolment_steps', key: ['enrolment_id', 'visit'], belongsTo: { table: 'enrolments', column: 'enrolment_id' } },
]
