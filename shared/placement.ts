import { z } from 'zod'

const time = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

/** What the receiving server says of a check: `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror` … (RFC 8601, 2.7). */
const verdict = z.string()
/** What the receiver found out about who sent a mail, as its headers tell. */
export const authentication = z.object({
  by: z.string().nullable().describe('who says so; null: no such header'),
  spf: z.object({ result: verdict, domain: z.string().nullable() }).nullable(),
  dkim: z.array(z.object({ result: verdict, domain: z.string().nullable(), selector: z.string().nullable() })),
  dmarc: z.object({ result: verdict, domain: z.string().nullable(), policy: z.string().nullable() }).nullable(),
  tls: z.enum(['all', 'some', 'none', 'unknown']).describe('whether the servers on the way say that they handed it on encrypted'),
  hops: z.array(z.object({ from: z.string().nullable(), by: z.string().nullable(), encrypted: z.boolean().nullable(), at: time.nullable() })).describe('from us to the mailbox'),
})
export type Authentication = z.infer<typeof authentication>

/** Where a test mail was found: `tab`: a part of the inbox, or a folder the provider sorts newsletters into. */
export const placementPlace = z.enum(['inbox', 'tab', 'spam', 'other'])
export type PlacementPlace = z.infer<typeof placementPlace>
/** `missing`: it left, and is nowhere; `not_sent`: it did not leave; `unreadable`: the mailbox could not be looked into. */
export const placementState = z.enum(['waiting', 'found', 'missing', 'not_sent', 'unreadable'])
export type PlacementState = z.infer<typeof placementState>
export const placementOutcome = z.enum(['waiting', 'inbox', 'tab', 'spam', 'other', 'missing', 'not_sent', 'unreadable'])
export type PlacementOutcome = z.infer<typeof placementOutcome>

export const placementResult = z.object({
  id: z.number().int(), mailbox_id: z.number().int().nullable(), mailbox: z.string(), address: z.string(),
  outcome: placementOutcome, folder: z.string().nullable(), tab: z.string().nullable().describe('promotions, social, updates, forums, or the name of a folder'),
  sent_at: time.nullable(), arrived_at: time.nullable(), took_seconds: z.number().int().nullable(),
  error: z.string().nullable(), deleted_at: time.nullable().describe('the test mail was deleted from the mailbox'),
  authentication: authentication.nullable(), headers: z.array(z.object({ name: z.string(), value: z.string() })),
})
export type PlacementResult = z.infer<typeof placementResult>

export const placementTest = z.object({
  id: z.number().int(), name: z.string(), template: named.nullable(), campaign: named.nullable(), sender: named.nullable().describe('null: as mails of this kind leave'),
  started_at: time, wait_minutes: z.number().int(), deletes: z.boolean(), state: z.enum(['running', 'done']),
  outcomes: z.partialRecord(placementOutcome, z.number().int()),
})
export type PlacementTest = z.infer<typeof placementTest>
export const placementTestDetail = placementTest.extend({ results: z.array(placementResult) })
export type PlacementTestDetail = z.infer<typeof placementTestDetail>

export const placementTestBody = z.object({
  template_id: z.number().int().positive().optional(),
  campaign_id: z.number().int().positive().optional().describe('its mail and topic; give this or template_id'),
  sender_id: z.number().int().positive().nullable().default(null).describe('null: as mails of this kind leave'),
  contact_id: z.number().int().positive().optional().describe('whose fields fill in the mail; left out: the first contact'),
  locale: z.enum(['en', 'ru']).optional(),
  mailbox_ids: z.array(z.number().int().positive()).max(50).optional().describe('left out: all test mailboxes'),
  wait_minutes: z.number().int().min(1, 'from 1 to 120 minutes').max(120, 'from 1 to 120 minutes').default(15).describe('a mail that is nowhere by then is missing'),
  deletes: z.boolean().default(true).describe('delete the test mail from the mailbox once it was found'),
})
export type PlacementTestBody = z.infer<typeof placementTestBody>

/** A test mailbox with where the last mails landed, the latest last. */
export const placementMailbox = z.object({
  id: z.number().int(), name: z.string(), address: z.string(), error: z.string().nullable(), paused: z.boolean(),
  results: z.array(z.object({ test_id: z.number().int(), at: time, outcome: placementOutcome })).describe('at most 30'),
})
export type PlacementMailbox = z.infer<typeof placementMailbox>
