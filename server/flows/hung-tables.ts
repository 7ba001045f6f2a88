import { hungTables as activities } from '../activities/hung-tables.ts'
import type { HungTable } from '../base/hung-rows.sql.ts'
import { hungTables as bulk } from '../bulk/hung-tables.ts'
import { hungTables as campaigns } from '../campaigns/hung-tables.ts'
import { hungTables as consent } from '../consent/hung-tables.ts'
import { hungTables as contacts } from '../contacts/hung-tables.ts'
import { hungTables as coupons } from '../coupons/hung-tables.ts'
import { hungTables as deals } from '../deals/hung-tables.ts'
import { hungTables as duplicates } from '../duplicates/hung-tables.ts'
import { hungTables as events } from '../events/hung-tables.ts'
import { hungTables as hygiene } from '../hygiene/hung-tables.ts'
import { hungTables as imports } from '../imports/hung-tables.ts'
import { hungTables as inbound } from '../inbound/hung-tables.ts'
import { hungTables as journeys } from '../journeys/hung-tables.ts'
import { hungTables as leads } from '../leads/hung-tables.ts'
import { hungTables as messages } from '../messages/hung-tables.ts'
import { hungTables as notes } from '../notes/hung-tables.ts'
import { hungTables as segments } from '../segments/hung-tables.ts'
import { hungTables as tracking } from '../tracking/hung-tables.ts'
import { hungTables as webhooks } from '../webhooks/hung-tables.ts'

/** Everything that follows a contact when two cards become one, parents before their parts. */
export const hungTables: HungTable[] = [
  ...contacts, ...consent, ...events, ...segments, ...leads, ...deals, ...activities, ...notes, ...coupons, ...webhooks, ...messages,
  ...tracking, ...inbound, ...campaigns, ...journeys, ...bulk, ...hygiene, ...duplicates, ...imports,
]

/** Tables that name a contact and do not follow by rows, with the reason. A test looks for those that stand in neither list. */
export const followOtherwise: Record<string, string> = {
  contact_identities: 'change their owner: an identity is one person’s at a time',
  consent_states: 'the stricter of both: joinConsentStates',
  contact_rollups: 'made anew from the events',
  orders: 'made anew from the events',
  order_lines: 'made anew from the events',
  topic_reactions: 'made anew from the events',
  incoming_events: 'a queue: whose events these are is looked up when they are processed',
  merged_contacts: 'the numbers of cards that went',
  duplicate_pairs: 'found anew',
  duplicate_queue: 'a queue of cards to be compared',
}
