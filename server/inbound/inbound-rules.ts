import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'

/** What the company has decided about mail that comes in. */
export type InboundRules = {
  /** an address that returned this many mails softly within so many days is mailed no more */
  soft_bounces: number
  soft_bounce_days: number
  /** a task for the contact's manager when somebody answers */
  reply_tasks: boolean
  /** somebody nobody knows who writes becomes a contact and a lead */
  stranger_leads: boolean
  /** how long whole mails are kept */
  keep_days: number
}
const defaults: InboundRules = { soft_bounces: 5, soft_bounce_days: 30, reply_tasks: true, stranger_leads: false, keep_days: 90 }
const key = 'incoming_mail'

export const readInboundRules = async (db: Db): Promise<InboundRules> => ({ ...defaults, ...await readSetting<Partial<InboundRules>>(db, key) })
export const writeInboundRules = async (db: Db, changes: Partial<InboundRules>): Promise<void> => writeSetting(db, key, { ...await readInboundRules(db), ...changes })
