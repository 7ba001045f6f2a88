import { eraseNotifications } from '../activities/erase-notifications.sql.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { eraseCard, holdForErasure } from '../contacts/erase-contact.sql.ts'
import { eraseMerges } from '../contacts/merged-contacts.sql.ts'
import { eraseTestMails } from '../delivery/erase-test-mails.sql.ts'
import { forgetPairsOf } from '../duplicates/pairs.sql.ts'
import { eraseWaitingEvents } from '../events/rejected-events.sql.ts'
import { eraseInboundMails } from '../inbound/inbound-mails.sql.ts'

/** The card and everything kept about the person, wherever it lies. A suppression of the address stays. False: there is no such contact. */
export async function eraseContact(tx: Db, id: number): Promise<boolean> {
  const held = await holdForErasure(tx, id)
  if (held === undefined) return false
  const emails = held.identities.filter(identity => identity.kind === 'email').map(identity => identity.value)
  await eraseWaitingEvents(tx, id, held.identities)
  await eraseTestMails(tx, id, emails)
  await eraseInboundMails(tx, id, emails)
  await eraseNotifications(tx, id)
  await eraseMerges(tx, id)
  await forgetPairsOf(tx, id)
  await eraseCard(tx, id)
  await touchAll(tx, [`contact:${id}`])
  return true
}
