import type { ImapFlow } from 'imapflow'
import type { App } from '../base/app.ts'
import { readMessageId } from '../delivery/message-ids.ts'
import { signInOf } from '../inbound/mailbox-sign-in.ts'
import { findMailbox, type MailboxRow, noteCheck } from '../inbound/mailboxes.sql.ts'
import { describe, imapClient } from '../inbound/watch-mailboxes.ts'
import { deleteFromMailbox, findInMailbox } from './find-in-mailbox.ts'
import { type DueResult, lookAgain, noteDeleted, saveFound, settleResult, takeDueResults } from './placement.sql.ts'
import type { Header } from './read-authentication.ts'

const atOnce = 20
const second = 1000
/** Most mails are there within seconds. */
const soonSeconds = [15, 60] as const
const soonFor = 120 * second
/** A mail that could not be deleted for so long stays. */
const cleansUpFor = 3_600 * second

/** The loop: looks for test mails in the mailboxes they went to, and deletes those that were found where that is wished. */
export async function watchPlacement(app: App): Promise<boolean> {
  const due = await takeDueResults(app.db, atOnce, app.now())
  await Promise.all([...Map.groupBy(due, result => result.mailbox_id)].map(([mailboxId, results]) => lookIn(app, mailboxId, results)))
  return due.length === atOnce
}

const deadlineOf = (result: DueResult): number => (result.sent_at ?? result.started_at).getTime() + result.wait_minutes * 60 * second

async function lookIn(app: App, mailboxId: number | null, results: DueResult[]): Promise<void> {
  const now = app.now()
  const mailbox = mailboxId === null ? undefined : await findMailbox(app.db, mailboxId)
  const open: DueResult[] = []
  for (const result of results) {
    if (result.state === 'found' ? mailbox === undefined : await isSettled(app, result, mailbox, now)) {
      if (result.state === 'found') await lookAgain(app.db, result.id, null, null)
      continue
    }
    open.push(result)
  }
  if (mailbox === undefined || open.length === 0) return
  let error: string | null = null
  let client: ImapFlow | undefined
  try {
    client = imapClient(mailbox, await signInOf(app, mailbox))
    client.on('error', () => undefined)
    await client.connect()
    for (const result of open) await lookFor(app, client, result, now)
  } catch (caught) {
    error = describe(caught)
    app.log.warn({ mailbox: mailbox.id, reason: error }, 'a test mailbox could not be looked into')
    for (const result of open) await noteTrouble(app, result, error, now)
  } finally {
    client?.close()
  }
  await noteCheck(app.db, mailbox.id, { error, checkAfter: now, heldUntil: now }, now)
}

/** What can be said without looking: it has not left yet, will not leave, or its mailbox is gone. */
async function isSettled(app: App, result: DueResult, mailbox: MailboxRow | undefined, now: Date): Promise<boolean> {
  const over = now.getTime() >= deadlineOf(result)
  if (result.sent_at !== null) {
    if (mailbox === undefined) await settleResult(app.db, result.id, { state: 'unreadable', sentAt: result.sent_at, error: null })
    return mailbox === undefined
  }
  const waits = result.message_state === 'queued' || result.message_state === 'sending'
  if (waits && !over) await lookAgain(app.db, result.id, new Date(now.getTime() + 5 * second), null)
  else await settleResult(app.db, result.id, { state: 'not_sent', sentAt: null, error: [result.reason, result.detail].filter(Boolean).join(': ').slice(0, 500) || result.message_state })
  return true
}

async function lookFor(app: App, client: ImapFlow, result: DueResult, now: Date): Promise<void> {
  const found = await findInMailbox(client, headers => isOf(app, headers, result), result.started_at)
  if (found === null) {
    if (result.state === 'found') return noteDeleted(app.db, result.id, now)
    if (now.getTime() >= deadlineOf(result)) return settleResult(app.db, result.id, { state: 'missing', sentAt: result.sent_at, error: null })
    return lookAgain(app.db, result.id, nextLook(result, now), null)
  }
  // Kept before the mail is deleted: cut off in between, it is deleted later.
  if (result.state === 'waiting') await saveFound(app.db, result.id, { ...found, sentAt: result.sent_at }, result.deletes ? new Date(now.getTime() + 60 * second) : null)
  if (!result.deletes) return
  await deleteFromMailbox(client, found)
  await noteDeleted(app.db, result.id, now)
}

async function noteTrouble(app: App, result: DueResult, error: string, now: Date): Promise<void> {
  if (result.state === 'found') return lookAgain(app.db, result.id, now.getTime() - deadlineOf(result) > cleansUpFor ? null : new Date(now.getTime() + 5 * 60 * second), error)
  if (now.getTime() >= deadlineOf(result)) return settleResult(app.db, result.id, { state: 'unreadable', sentAt: result.sent_at, error })
  return lookAgain(app.db, result.id, nextLook(result, now), error)
}

const nextLook = (result: DueResult, now: Date): Date => new Date(Math.min(now.getTime() + soonSeconds[now.getTime() - (result.sent_at ?? now).getTime() < soonFor ? 0 : 1] * second, Math.max(deadlineOf(result), now.getTime() + 5 * second)))

/** Our own header stays on the way; providers that make a Message-ID of their own keep it. */
function isOf(app: App, headers: Header[], { contact_id, message_id }: DueResult): boolean {
  const value = (name: string): string => headers.find(header => header.name.toLowerCase() === name)?.value ?? ''
  if (value('x-otklik-message') === `${contact_id}.${message_id}`) return true
  const ids = readMessageId(app.sign, value('message-id'))
  return ids !== null && ids.contact_id === contact_id && ids.message_id === message_id
}
