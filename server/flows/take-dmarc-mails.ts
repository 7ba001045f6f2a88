import type { App } from '../base/app.ts'
import { reportsAmong } from '../inbound/inbound-mails.sql.ts'
import { decodeTransfer, ownParts, readMime } from '../inbound/read-mime.ts'
import { takeDmarcReport } from '../reputation/take-dmarc-report.ts'

const largestReport = 20 * 1024 * 1024

/**
 * Waiting mails in; what was taken as a DMARC report out, by number, with who sent it. Runs outside of a transaction, for
 * names are asked for; the same report again is known and counts once. Whatever is no report is read like any other mail.
 */
export async function takeDmarcMails(app: App, ids: number[]): Promise<Map<number, string>> {
  const taken = new Map<number, string>()
  for (const { id, raw } of await reportsAmong(app.db, ids)) {
    for (const part of ownParts(readMime(raw).root)) {
      if (!/^(application|text)\/(x-)?(zip|gzip|xml|octet-stream|zip-compressed|gzip-compressed)$/.test(part.type)) continue
      const { outcome, org_name, domain, mails } = await takeDmarcReport(app, decodeTransfer(part, largestReport), 'mailbox')
      if (outcome !== 'refused') taken.set(id, [org_name, domain, mails].filter(Boolean).join(' · '))
    }
  }
  return taken
}
