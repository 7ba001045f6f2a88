import { findAutomatic } from './automatic.ts'
import { complaintsOfNotice, readComplaints, type Complaint } from './complaint.ts'
import { bounceOfNotice, findBounce, type BouncedRecipient } from './find-bounce.ts'
import { findReturned } from './find-returned.ts'
import { readEnvelope, type MailEnvelope } from './mail-envelope.ts'
import { readMime, type Header } from './read-mime.ts'
import { readProviderNotice } from './provider-notice.ts'
import { wholeText } from './report-text.ts'
import { findUnsubscribe } from './unsubscribe-by-mail.ts'
import { visibleText } from './visible-text.ts'

export type MailKind = 'bounce' | 'delay' | 'complaint' | 'auto_reply' | 'unsubscribe' | 'human'

/** `rule`: by what it was told. `returned`: the mail that the report is about, null when nothing of it came back. */
export type InspectedMail = MailEnvelope & {
  kind: MailKind
  rule: string
  recipients: BouncedRecipient[]
  /** what the person, or the program, wrote: without quotes and signature; null for bounces and complaints */
  visible_text: string | null
  /** one for each report in a complaint */
  complaints: Complaint[]
  returned: (MailEnvelope & { headers: Header[] }) | null
  /** the mail went past a limit of the reader, and not all of it was looked at */
  truncated: boolean
}

/** What a mail is that came to a mailbox or a return path. Never throws, whatever the bytes are; bounded in time and memory. */
export function inspectMail(raw: Buffer): InspectedMail {
  const { root, truncated } = readMime(raw)
  const envelope = readEnvelope(root.headers)
  const text = wholeText(root)
  const returned = findReturned(root, text)
  const mail: InspectedMail = {
    kind: 'human', rule: 'nothing-else', recipients: [], visible_text: null, complaints: [], ...envelope,
    returned: returned.length === 0 ? null : { ...readEnvelope(returned), headers: returned }, truncated,
  }
  const notice = readProviderNotice(text)
  const complaints = notice?.complaint ? complaintsOfNotice(notice) : readComplaints(root, returned)
  if (complaints.length > 0) return { ...mail, kind: 'complaint', rule: notice?.complaint ? 'ses-notice' : 'feedback-report', complaints }
  const bounce = notice?.bounce ? bounceOfNotice(notice.bounce) : findBounce(root, envelope, text, returned)
  if (bounce) return { ...mail, ...bounce }
  if (notice) return { ...mail, kind: 'auto_reply', rule: 'ses-notice' }
  const visible = visibleText(root, envelope.from?.name ?? '')
  const withText = { ...mail, visible_text: visible }
  const automatic = findAutomatic(root, root.headers, envelope, visible === '' ? text : visible)
  if (automatic !== null) return { ...withText, kind: 'auto_reply', rule: automatic }
  const unsubscribe = findUnsubscribe(envelope, visible)
  if (unsubscribe !== null) return { ...withText, kind: 'unsubscribe', rule: unsubscribe }
  return withText
}
