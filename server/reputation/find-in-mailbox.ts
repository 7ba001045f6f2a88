import type { ImapFlow, ListResponse } from 'imapflow'
import type { PlacementPlace } from '../../shared/placement.ts'
import { type Header, readHeaders } from './read-authentication.ts'

export type FoundMail = { folder: string, place: PlacementPlace, tab: string | null, uid: number, arrivedAt: Date, headers: string }

/** What a header may hold; of more the rest is cut off. */
const longestHeader = 64 * 1024
/** A test mailbox gets little mail: what came since the test is looked through, not searched, since servers search headers badly. */
const mostMails = 200
const mostFolders = 30
const tabs = ['promotions', 'social', 'updates', 'forums'] as const

/** Looks for one mail in every folder it may have landed in. The connection is open; nothing is marked as read. */
export async function findInMailbox(client: ImapFlow, isTheOne: (headers: Header[]) => boolean, since: Date): Promise<FoundMail | null> {
  for (const { path, place } of foldersOf(await client.list())) {
    const lock = await client.getMailboxLock(path, { readOnly: true })
    try {
      if (client.mailbox === false || client.mailbox.exists === 0) continue
      const uids = (await client.search({ since: new Date(since.getTime() - 86_400_000) }, { uid: true }) || []).slice(-mostMails)
      if (uids.length === 0) continue
      const mails = await client.fetchAll(uids.join(','), { uid: true, headers: true, internalDate: true }, { uid: true })
      const mail = mails.find(each => each.headers !== undefined && isTheOne(readHeaders(each.headers.subarray(0, longestHeader).toString('utf8'))))
      if (mail?.headers === undefined) continue
      const tab = place === 'inbox' ? await gmailTab(client, mail.uid) : place === 'tab' ? path : null
      return { folder: path, place: tab === null ? place : 'tab', tab, uid: mail.uid, arrivedAt: new Date(mail.internalDate ?? since), headers: mail.headers.subarray(0, longestHeader).toString('utf8').replaceAll('\0', '') }
    } finally {
      lock.release()
    }
  }
  return null
}

export async function deleteFromMailbox(client: ImapFlow, mail: Pick<FoundMail, 'folder' | 'uid'>): Promise<void> {
  const lock = await client.getMailboxLock(mail.folder)
  try {
    if (!await client.messageDelete(String(mail.uid), { uid: true })) throw new Error('the test mail could not be deleted')
  } finally {
    lock.release()
  }
}

/** The inbox first, then what is spam, then the rest: folders that hold copies of others, and what we sent, are left out (RFC 6154). */
function foldersOf(listed: ListResponse[]): { path: string, place: PlacementPlace }[] {
  const copies = new Set(['\\All', '\\Flagged', '\\Sent', '\\Drafts'])
  const usable = listed.filter(folder => !folder.flags.has('\\Noselect') && !folder.flags.has('\\NonExistent') && !copies.has(folder.specialUse ?? ''))
  const order = ['inbox', 'spam', 'tab', 'other']
  return usable.map(folder => ({ path: folder.path, place: placeOf(folder) })).toSorted((one, other) => order.indexOf(one.place) - order.indexOf(other.place)).slice(0, mostFolders)
}

function placeOf({ path, name, specialUse }: ListResponse): PlacementPlace {
  if (path.toUpperCase() === 'INBOX') return 'inbox'
  if (specialUse === '\\Junk' || /^(spam|junk|junk e-?mail|bulk( mail)?|спам|нежелательная почта)$/i.test(name)) return 'spam'
  return specialUse === '\\Trash' || specialUse === '\\Archive' ? 'other' : 'tab'
}

/** Gmail keeps the tabs of its inbox to its own search (https://developers.google.com/workspace/gmail/imap/imap-extensions). */
async function gmailTab(client: ImapFlow, uid: number): Promise<string | null> {
  if (!client.capabilities.has('X-GM-EXT-1')) return null
  for (const tab of tabs) {
    const found = await client.search({ uid: String(uid), gmraw: `category:${tab}` }, { uid: true })
    if (found && found.includes(uid)) return tab
  }
  return null
}
