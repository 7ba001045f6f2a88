import { z } from 'zod'

/** How mail that comes back is taken in. */
export const inboundSettings = z.object({
  return_address: z.string().describe('a host (mails return to b+…@host) or a mailbox (…+…@host); empty: to the sender'),
  example: z.string().nullable().describe('what the return path of a mail looks like'),
  server: z.object({ protocol: z.enum(['smtp', 'lmtp']), port: z.number().int() }).nullable().describe('the server for what comes back, set by MAILBOX_PORT'),
  soft_bounces: z.number().int().describe('an address that returned so many mails softly …'),
  soft_bounce_days: z.number().int().describe('… within so many days is mailed no more'),
  reply_tasks: z.boolean().describe('a task when somebody answers'),
  stranger_leads: z.boolean().describe('somebody nobody knows who writes becomes a contact and a lead'),
  keep_days: z.number().int().describe('how long whole mails are kept'),
})
export type InboundSettings = z.infer<typeof inboundSettings>
export const changeInboundBody = z.object({
  return_address: z.string().trim().max(255).optional(),
  soft_bounces: z.number().int().min(1).max(100).optional(),
  soft_bounce_days: z.number().int().min(1).max(365).optional(),
  reply_tasks: z.boolean().optional(),
  stranger_leads: z.boolean().optional(),
  keep_days: z.number().int().min(1).max(3650).optional(),
})
export type ChangeInboundBody = z.infer<typeof changeInboundBody>

const time = z.iso.datetime()

/** A mailbox that is read by IMAP. The password and the tokens are never given out. */
export const mailbox = z.object({
  id: z.number().int(), name: z.string(), host: z.string(), port: z.number().int(),
  security: z.enum(['tls', 'starttls', 'none']), verify: z.boolean(),
  username: z.string(), sign_in: z.enum(['password', 'google', 'microsoft', 'oauth2']),
  folders: z.array(z.object({ folder: z.string(), last_uid: z.number().int().nullable(), uid_validity: z.number().int().nullable(), checked_at: time.nullable() })),
  mark_seen: z.boolean(),
  purpose: z.enum(['incoming', 'placement']).describe('`placement`: a test mailbox, never read as incoming mail'), address: z.string().nullable().describe('where mail for it goes; null: its user name'),
  oauth: z.object({ signed_in: z.boolean(), signed_in_at: time.nullable().describe('null: its tokens were put in by hand'), ends_at: time.nullable().describe('somebody has to sign in again by then; null: the provider did not say'), refused: z.boolean().describe('revoked or run out: somebody has to sign in again') }).nullable().describe('null: by password'),
  state: z.enum(['new', 'good', 'failing', 'paused']),
  checked_at: time.nullable(), error: z.string().nullable(), error_since: time.nullable(),
  taken: z.number().int().describe('mails that were new to us'), created_at: time,
})
export type Mailbox = z.infer<typeof mailbox>

export const mailboxBody = z.object({
  name: z.string().trim().min(1, 'give the mailbox a name').max(100),
  host: z.string().trim().min(1, 'give the name of the server').max(255).regex(/^[^\s/@:]+$|^[0-9a-fA-F:.]+$/, 'only the name of the server, such as imap.example.com'),
  port: z.number().int().min(1).max(65535).default(993),
  security: z.enum(['tls', 'starttls', 'none']).default('tls'),
  verify: z.boolean().default(true).describe('check the certificate of the server'),
  username: z.string().trim().min(1, 'give the user name, most often the whole address').max(320),
  sign_in: z.enum(['password', 'google', 'microsoft', 'oauth2']).default('password'),
  password: z.string().max(1000).optional().describe('left out: the kept one stays'),
  client_id: z.string().trim().max(1000).optional(),
  client_secret: z.string().trim().max(1000).optional(),
  refresh_token: z.string().trim().max(10_000).optional(),
  token_url: z.string().trim().max(1000).optional().describe('only of oauth2: where access tokens come from'),
  folders: z.array(z.string().trim().min(1).max(200)).min(1).max(20).default(['INBOX']),
  mark_seen: z.boolean().default(true).describe('mark what was taken as read'),
  purpose: z.enum(['incoming', 'placement']).default('incoming'),
  address: z.email().max(320).nullable().default(null).describe('of a test mailbox whose user name is not its address'),
})
export type MailboxBody = z.infer<typeof mailboxBody>

export const oauthProvider = z.enum(['google', 'microsoft', 'oauth2'])
export type OauthProvider = z.infer<typeof oauthProvider>
/** The company's own application at a provider of mailboxes. The secret is never given out. */
export const oauthClient = z.object({
  provider: oauthProvider, client_id: z.string().describe('empty: not set up'), has_secret: z.boolean(), redirect_url: z.string().describe('to be registered with the provider'),
  authorize_url: z.string(), token_url: z.string(), scope: z.string(),
})
export type OauthClient = z.infer<typeof oauthClient>
export const oauthClientBody = z.object({
  client_id: z.string().trim().min(1, 'give the client id of your application').max(1000),
  client_secret: z.string().trim().max(1000).optional().describe('left out: the kept one stays'),
  authorize_url: z.string().trim().max(1000).default('').describe('only of oauth2, like the next two'), token_url: z.string().trim().max(1000).default(''), scope: z.string().trim().max(1000).default(''),
})
export type OauthClientBody = z.infer<typeof oauthClientBody>

/** What came of a mail that came in. */
export const inboundOutcome = z.enum([
  'bounced_hard', 'bounced_soft', 'blocked', 'delayed', 'complained', 'report_noted', 'dmarc_report', 'auto_replied', 'unsubscribed', 'replied',
  'unproven',   // says that a mail did not arrive or was complained about, but nothing signed by us is in it: nothing follows
  'stranger',   // from somebody nobody knows
  'own',        // from the company itself
  'nothing_of_ours',
])
export type InboundOutcome = z.infer<typeof inboundOutcome>
export const inboundKind = z.enum(['bounce', 'delay', 'complaint', 'auto_reply', 'unsubscribe', 'human'])
export type InboundKind = z.infer<typeof inboundKind>

/** A mail that came in. `text`: what was written, without quotes and signature; in lists its beginning. */
export const inboundMail = z.object({
  id: z.number().int(), received_at: time,
  source: z.string().describe('`smtp`, `mailbox:3`'), mailbox: z.string().nullable(),
  size: z.number().int().describe('bytes'), cut: z.boolean().describe('too large: only the beginning was kept'),
  state: z.enum(['waiting', 'done', 'failed']), error: z.string().nullable(),
  kind: inboundKind.nullable(), outcome: inboundOutcome.nullable(), rule: z.string().nullable(), detail: z.string(),
  from: z.object({ email: z.string(), name: z.string() }), subject: z.string(), text: z.string(),
  contact_id: z.number().int().nullable(), message_id: z.number().int().nullable(),
})
export type InboundMail = z.infer<typeof inboundMail>
export const inboundMailDetail = inboundMail.extend({
  whole: z.boolean(), html: z.string().nullable(), plain: z.string().nullable(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  attachments: z.array(z.object({ name: z.string(), type: z.string(), bytes: z.number().int() })),
})
export type InboundMailDetail = z.infer<typeof inboundMailDetail>
/** What can be accepted by hand: nothing else follows of a report. */
export const acceptedOutcome = z.enum(['bounced_hard', 'bounced_soft', 'blocked', 'complained', 'unsubscribed'])
export type AcceptedOutcome = z.infer<typeof acceptedOutcome>
const person = z.object({ id: z.number().int(), name: z.string() })
/** A report that nothing signed by us proves, and what a person may make of it. */
export const acceptance = z.object({
  recipients: z.array(z.object({
    email: z.string(), outcome: acceptedOutcome, words: z.string().describe('why, in the words of the report'), contact: person.nullable().describe('null: nobody has this address'),
  })).describe('who can be accepted; empty once it was'),
  alike: z.number().int().describe('other unproven reports of the same kind and sender'),
  accepted: z.array(z.object({
    email: z.string(), outcome: acceptedOutcome, contact: person, accepted_at: time, accepted_by: z.string().nullable(), undone_at: time.nullable(), undone_by: z.string().nullable(),
    together: z.number().int().describe('how many people were accepted at once; they are taken back at once'),
  })).describe('the log: the latest first'),
})
export type Acceptance = z.infer<typeof acceptance>
export const acceptBody = z.object({
  recipients: z.array(z.string().trim().min(1).max(320)).min(1, 'name at least one recipient').max(1000),
  alike: z.boolean().default(false).describe('the other unproven reports of the same kind and sender, too: at most 200 at once'),
})
export type AcceptBody = z.infer<typeof acceptBody>
export const acceptedNow = z.object({ people: z.number().int(), mails: z.number().int() })
export type AcceptedNow = z.infer<typeof acceptedNow>

export const inboundCounts = z.object({ days: z.number().int(), waiting: z.number().int(), failed: z.number().int(), outcomes: z.record(z.string(), z.number().int()) })
export type InboundCounts = z.infer<typeof inboundCounts>

const named = z.object({ id: z.number().int(), name: z.string() })
export const complaint = z.object({
  id: z.number().int(), contact: named, email: z.string(),
  kind: z.string().describe('of RFC 5965: abuse, fraud, other …'), via: z.string().describe('`mail`, `provider:ses` …'), occurred_at: time,
  contact_source: z.string().nullable(), consent_source: z.string().nullable(), source_name: z.string().nullable().describe('of the form or import the consent, else the contact, came from'),
  campaign: named.nullable(), journey: named.nullable(), topic: z.object({ id: z.number().int(), name_en: z.string(), name_ru: z.string() }).nullable(),
})
export type Complaint = z.infer<typeof complaint>
export const complaintCount = z.object({ by: z.enum(['source', 'campaign', 'journey']), key: z.string(), name: z.string(), count: z.number().int() })
export type ComplaintCount = z.infer<typeof complaintCount>

export const letter = z.object({
  id: z.number().int(), direction: z.enum(['in', 'out']), from: z.object({ email: z.string(), name: z.string() }), subject: z.string(),
  text: z.string().describe('without quotes and signature'), inbound_mail_id: z.number().int().nullable().describe('the whole mail: GET /api/v1/inbound-mails/:id'),
  author: named.nullable(), state: z.string().nullable().describe('of ours: what became of it'), reason: z.string().nullable(), occurred_at: time,
})
export type Letter = z.infer<typeof letter>
export const conversation = z.object({
  id: z.number().int(), subject: z.string(), mail: z.string().nullable().describe('the mail of ours that was answered first'),
  started_at: time, last_at: time, letters: z.array(letter),
})
export type Conversation = z.infer<typeof conversation>
export const letterBody = z.object({
  text: z.string().trim().min(1, 'write something').max(50_000),
  quote: z.boolean().default(true).describe('add what is answered below the text'),
  key: z.string().min(1).max(100).optional().describe('yours; the same again sends nothing more'),
})

export const provider = z.enum(['ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', 'sparkpost', 'unisender_go'])
export const providerHook = z.object({
  id: z.number().int(), name: z.string(), provider, url: z.string().describe('to be given to the provider; a secret'), topic_arn: z.string().describe('of Amazon SNS; empty: set by the first confirmed subscription'),
  has_secret: z.boolean(), needs_secret: z.boolean().describe('nothing is taken before the key is given'),
  received: z.number().int(), received_at: time.nullable(), refused: z.number().int(), refused_at: time.nullable(), refusal: z.string().nullable(), created_at: time,
})
export type ProviderHook = z.infer<typeof providerHook>
export const createHookBody = z.object({ name: z.string().trim().min(1, 'give it a name').max(100), provider, secret: z.string().trim().max(2000).default(''), topic_arn: z.string().trim().max(500).default('') })
export const changeHookBody = z.object({ name: z.string().trim().min(1, 'give it a name').max(100).optional(), secret: z.string().trim().max(2000).optional().describe('left out: the kept one stays'), topic_arn: z.string().trim().max(500).optional() })
