import { z } from 'zod'

const time = z.iso.datetime()

export const smtpSecurity = z.enum(['tls', 'starttls', 'opportunistic', 'none'])

/** How mails leave. `source`: where the setting comes from; with none, mails go to the built-in test mailbox. */
export const sendingSettings = z.object({
  source: z.enum(['environment', 'settings', 'test_mailbox']),
  senders: z.object({ marketing: z.number().int(), transactional: z.number().int() }).describe('senders in use for such mails; where there is one, this server is not asked'),
  smtp: z.object({
    host: z.string(), port: z.number().int(), security: smtpSecurity, user: z.string(),
    has_password: z.boolean(), verify: z.boolean(), connections: z.number().int(),
  }).nullable(),
  status: z.object({
    state: z.enum(['good', 'down', 'unknown']),
    step: z.string().nullable(), message: z.string().nullable(), since: time.nullable(),
  }),
})
export type SendingSettings = z.infer<typeof sendingSettings>

export const smtpBody = z.object({
  host: z.string().trim().min(1, 'give the name of the server').max(255).regex(/^[^\s/@:]+$|^[0-9a-fA-F:.]+$/, 'only the name of the server, such as smtp.example.com'),
  port: z.number().int().min(1).max(65535),
  security: smtpSecurity,
  user: z.string().max(320).default(''),
  /** left out: the kept one stays */
  password: z.string().max(1000).optional(),
  verify: z.boolean().default(true),
  connections: z.number().int().min(1).max(200).default(10),
})
export type SmtpBody = z.infer<typeof smtpBody>

export const sendingTestBody = z.object({
  /** try these settings before they are kept; left out: those in use */
  smtp: smtpBody.optional(),
  /** send a test mail there; left out: only the connection is tried */
  to: z.email().max(320).optional(),
})
export const sendingTestResult = z.object({
  ok: z.boolean(),
  /** steps in order; the last is where it failed when ok is false */
  steps: z.array(z.object({ step: z.enum(['connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'content']), ok: z.boolean() })),
  secured: z.boolean(),
  code: z.string().nullable(),
  message: z.string(),
  advice: z.string().nullable(),
  took_ms: z.number().int(),
})
export type SendingTestResult = z.infer<typeof sendingTestResult>

/** A record of the DNS as it is to be typed in at whoever keeps the domain. */
export const dnsRecord = z.object({ name: z.string(), type: z.enum(['TXT', 'MX', 'A', 'CNAME', 'PTR']), value: z.string() })
export type DnsRecord = z.infer<typeof dnsRecord>

export const domainFindingKinds = ['dkim', 'spf', 'dmarc', 'mx', 'reverse', 'mx_tls', 'tracking_host', 'bounce_host', 'mta_sts', 'tls_rpt', 'bimi', 'bimi_logo', 'bimi_certificate'] as const
/**
 * One thing that was looked at. `level`: `good`; `optional`: not there, and nobody needs it; `advice`: could be better;
 * `bad`: mails suffer; `unknown`: could not be looked at. `code` says what it is; the interface has the words.
 */
export const domainFinding = z.object({
  kind: z.enum(domainFindingKinds),
  about: z.string().nullable().describe('selector, address or host where there may be several'),
  level: z.enum(['good', 'optional', 'advice', 'bad', 'unknown']),
  code: z.string(),
  values: z.record(z.string(), z.string()),
  found: z.array(z.string()).describe('what the DNS or the server said'),
  record: dnsRecord.nullable().describe('what should be there'),
  file: z.object({ url: z.string(), content: z.string() }).nullable().describe('a file a web server should give'),
})
export type DomainFinding = z.infer<typeof domainFinding>
export const domainCheck = z.object({
  checked_at: time, findings: z.array(domainFinding),
  unanswered: z.array(z.enum(domainFindingKinds)).describe('got no answer at the last look: what stands in `findings` was found before'),
})
export type DomainCheck = z.infer<typeof domainCheck>

/** What has become different from one look to the next. */
export const domainChange = z.object({
  id: z.number().int(), at: time,
  changes: z.array(z.object({ kind: z.enum(domainFindingKinds), about: z.string().nullable(), before: domainFinding.pick({ level: true, code: true }).nullable(), after: domainFinding.pick({ level: true, code: true }).nullable(), values: z.record(z.string(), z.string()) })),
})
export type DomainChange = z.infer<typeof domainChange>

export const sendingDomain = z.object({
  id: z.number().int(), domain: z.string(), selector: z.string(),
  record: dnsRecord,
  second_key: z.object({ record: dnsRecord, seen_at: time.nullable() }).nullable().describe('the Ed25519 key; it signs beside the first once its record was seen in the DNS'),
  verified_at: time.nullable(), last_check: domainCheck.nullable(), created_at: time,
  is_sender: z.boolean().describe("the company's sending address is in this domain"),
})
export type SendingDomain = z.infer<typeof sendingDomain>
export const createSendingDomainBody = z.object({ domain: z.string().trim().min(1, 'give a domain such as shop.example').max(255) })

export const testMail = z.object({
  id: z.number().int(), to: z.string(), from: z.string(), subject: z.string(),
  contact_id: z.number().int().nullable(), message_id: z.number().int().nullable(),
  received_at: time, opened_at: time.nullable(),
})
export type TestMail = z.infer<typeof testMail>
export const testMailDetail = testMail.extend({
  html: z.string().nullable(), text: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  unsubscribe_url: z.string().nullable().describe("the address of RFC 8058's one-click request"),
  size: z.number().int(),
})
export type TestMailDetail = z.infer<typeof testMailDetail>
