import type { App } from '../base/app.ts'
import { rawMails } from '../inbound/inbound-mails.sql.ts'
import { decodeTransfer, headerOf, ownParts, readMime } from '../inbound/read-mime.ts'
import { takeDmarcReport } from '../reputation/take-dmarc-report.ts'
import { largestUpload } from '../reputation/unpack-report.ts'

/** RFC 7489, 7.2.1.1: "receiver!domain!begin!end.xml.gz"; and the subject "Report Domain: …", as some name the file otherwise. */
const fileName = /![^!]+!\d{6,}!\d{6,}[^"]*\.(xml|gz|zip)\b/i
const subject = /^report domain:/i
const mostAttachments = 5

/**
 * DMARC reports among mails that came in. Before the mails are settled, and harmless when done again after a crash: a
 * report taken before is known. What is none is left to whoever reads the mail.
 */
export async function takeMailedReports(app: App, ids: number[]): Promise<void> {
  for (const { id, raw } of await rawMails(app.db, ids, largestUpload * 2)) {
    const { root } = readMime(raw)
    const isReport = subject.test(headerOf(root.headers, 'subject').trim())
    const attached = [...ownParts(root)].filter(part => part.parts.length === 0 && (fileName.test(partNames(part.headers)) || (isReport && /zip|xml|octet-stream/.test(part.type))))
    for (const part of attached.slice(0, mostAttachments)) {
      const { outcome, reason, domain } = await takeDmarcReport(app, decodeTransfer(part, largestUpload + 1), 'mailbox')
      if (outcome === 'refused') app.log.info({ mail: id, reason, domain }, 'an attachment that looked like a DMARC report was refused')
    }
  }
}

const partNames = (headers: Parameters<typeof headerOf>[0]): string => `${headerOf(headers, 'content-type')} ${headerOf(headers, 'content-disposition')}`
