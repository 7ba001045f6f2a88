import type { ImapFlow } from 'imapflow'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { keepMails, type NewInboundMail } from './inbound-mails.sql.ts'
import { findFolder, type MailboxRow, saveFolder } from './mailboxes.sql.ts'

/** Of a larger mail only the beginning is kept: enough to see what it is. */
export const largestMail = 25 * 1024 * 1024
const beginning = 256 * 1024
/** Of a mailbox seen for the first time, what came in the last days is taken. */
const firstDays = 7
const atOnce = 20

/**
 * Takes what is new in a folder: mails are kept and the place is noted in one transaction; only then are they marked as
 * seen. Whatever is cut off in between is taken again and recognised. Returns how many mails were new to us.
 */
export async function readFolder(app: App, client: ImapFlow, mailbox: MailboxRow, folder: string): Promise<number> {
  const lock = await client.getMailboxLock(folder, { readOnly: !mailbox.mark_seen })
  try {
    const opened = client.mailbox
    if (opened === false) throw new Error(`the folder ${folder} cannot be opened`)
    const validity = Number(opened.uidValidity)
    const known = await findFolder(app.db, mailbox.id, folder)
    // With another UIDVALIDITY the numbers mean other mails: it is a folder seen for the first time.
    const since = known !== undefined && known.uid_validity === validity ? known.last_uid : null
    const uids = await findNew(client, since, app.now())
    let taken = 0
    let last = since ?? Math.max(0, (opened.uidNext || 1) - 1 - uids.length)
    if (uids.length === 0) {
      await saveFolder(app.db, { mailbox_id: mailbox.id, folder, uid_validity: validity, last_uid: since ?? Math.max(0, (opened.uidNext || 1) - 1) }, 0, app.now())
      return 0
    }
    for (let from = 0; from < uids.length; from += atOnce) {
      const some = uids.slice(from, from + atOnce)
      const mails = await fetchMails(client, mailbox, some)
      last = some.at(-1)!
      taken += await withTransaction(app.db, async tx => {
        const kept = await keepMails(tx, mails, app.now())
        await saveFolder(tx, { mailbox_id: mailbox.id, folder, uid_validity: validity, last_uid: last }, kept, app.now())
        return kept
      })
      if (mailbox.mark_seen) await client.messageFlagsAdd(some.join(','), ['\\Seen'], { uid: true })
    }
    return taken
  } finally {
    lock.release()
  }
}

async function findNew(client: ImapFlow, since: number | null, now: Date): Promise<number[]> {
  const found = await client.search(since === null ? { since: new Date(now.getTime() - firstDays * 86_400_000) } : { uid: `${since + 1}:*` }, { uid: true })
  // `n:*` means the last mail, too, where nothing is beyond n.
  return (found || []).filter(uid => since === null || uid > since).toSorted((one, other) => one - other)
}

async function fetchMails(client: ImapFlow, mailbox: MailboxRow, uids: number[]): Promise<NewInboundMail[]> {
  const sizes = new Map<number, number>()
  for await (const { uid, size } of client.fetch(uids.join(','), { uid: true, size: true }, { uid: true })) sizes.set(uid, size ?? 0)
  const mails: NewInboundMail[] = []
  for (const uid of uids) {
    const size = sizes.get(uid)
    // Gone since it was found.
    if (size === undefined) continue
    const fetched = await client.fetchOne(String(uid), { source: { start: 0, maxLength: size > largestMail ? beginning : largestMail } }, { uid: true })
    if (fetched === false || fetched.source === undefined) continue
    mails.push({ source: `mailbox:${mailbox.id}`, envelope_from: null, envelope_to: [], raw: fetched.source, size: Math.max(size > largestMail ? size : 0, fetched.source.length) })
  }
  return mails
}
