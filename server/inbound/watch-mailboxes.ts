import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { ImapFlow } from 'imapflow'
import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { signInOf, SignInError } from './mailbox-sign-in.ts'
import { checkSoon, findMailbox, holdDueMailboxes, type MailboxRow, noteCheck, releaseMailboxes } from './mailboxes.sql.ts'
import { readFolder } from './read-folder.ts'

/** How often a mailbox is looked at: one that tells of new mail by itself (IDLE, RFC 2177) seldom. */
const everyMilliseconds = { told: 300_000, asked: 60_000 }
const longestLook = 600_000
/** After a failure: doubled each time, up to a quarter of an hour. */
const firstBackOff = 15_000
const longestBackOff = 900_000
/** Failures in a row after which the administrators are told. */
const tellAfter = 3

type Open = { client: ImapFlow, settings: string }

/** Looks after mailboxes for as long as the process lives; each is looked after by one process at a time. */
export class MailboxWatcher {
  readonly name = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  readonly #app: App
  #open = new Map<number, Open>()
  #looks = new Map<number, Promise<void>>()
  /** mail came while they were looked at */
  #again = new Set<number>()

  constructor(app: App) {
    this.#app = app
  }

  /** Begins to look at what is due; true while looks go on, so that a slow server holds nobody else up. */
  async run(): Promise<boolean> {
    const now = this.#app.now()
    for (const mailbox of await holdDueMailboxes(this.#app.db, this.name, now, new Date(now.getTime() + longestLook))) {
      if (this.#looks.has(mailbox.id)) continue
      this.#looks.set(mailbox.id, this.#look(mailbox).finally(() => this.#looks.delete(mailbox.id)))
    }
    if (this.#looks.size === 0) return false
    await Promise.race([...this.#looks.values(), new Promise(resolve => setTimeout(resolve, 500))])
    return true
  }

  async stop(): Promise<void> {
    for (const [id] of this.#open) this.#close(id)
    await Promise.all(this.#looks.values())
    for (const [id] of this.#open) this.#close(id)
    await releaseMailboxes(this.#app.db, this.name).catch(() => undefined)
  }

  async #look(mailbox: MailboxRow): Promise<void> {
    const { db, log } = this.#app
    let error: string | null = null
    let told = false
    const timer = setTimeout(() => this.#close(mailbox.id), longestLook)
    try {
      const client = await this.#connect(mailbox)
      for (const folder of [...mailbox.folders.slice(1), mailbox.folders[0] ?? 'INBOX']) await readFolder(this.#app, client, mailbox, folder)
      told = client.capabilities.has('IDLE')
      if (told) void this.#waitForMail(client)
      else this.#close(mailbox.id)
    } catch (caught) {
      error = describe(caught)
      this.#close(mailbox.id)
      log.warn({ mailbox: mailbox.id, reason: error }, 'a mailbox could not be read')
    } finally {
      clearTimeout(timer)
    }
    const now = this.#app.now()
    const pause = this.#again.delete(mailbox.id) && error === null ? 0 : error === null ? everyMilliseconds[told ? 'told' : 'asked'] : Math.min(longestBackOff, firstBackOff * 2 ** Math.min(mailbox.failures, 10))
    try {
      const noted = await noteCheck(db, mailbox.id, { error, checkAfter: new Date(now.getTime() + pause), heldUntil: new Date(now.getTime() + pause + 60_000) }, now)
      if (noted !== undefined && error !== null && noted.failures >= tellAfter) await this.#alert(mailbox, error, now)
      else if (error === null && mailbox.failures > 0) await settleAlerts(db, 'mailbox', { things: [`mailbox:${mailbox.id}`] }, now)
      // Removed or paused while it was looked at.
      const still = await findMailbox(db, mailbox.id)
      if (still === undefined || still.paused_at !== null) this.#close(mailbox.id)
    } catch (caught) {
      log.error({ err: caught, mailbox: mailbox.id }, 'a look at a mailbox could not be noted')
    }
  }

  /** The connection that is open, or a new one: the settings may have changed. */
  async #connect(mailbox: MailboxRow): Promise<ImapFlow> {
    const settings = JSON.stringify([mailbox.host, mailbox.port, mailbox.security, mailbox.verify, mailbox.username, mailbox.sign_in, mailbox.folders, mailbox.mark_seen])
    const known = this.#open.get(mailbox.id)
    if (known?.client.usable && known.settings === settings) return known.client
    this.#close(mailbox.id)
    const client = imapClient(mailbox, await signInOf(this.#app, mailbox))
    // Failures of an open connection are met at the next look.
    client.on('error', () => undefined)
    client.on('exists', ({ count, prevCount }) => {
      if (count <= prevCount) return
      if (this.#looks.has(mailbox.id)) this.#again.add(mailbox.id)
      else void checkSoon(this.#app.db, mailbox.id, this.#app.now()).catch(() => undefined)
    })
    this.#open.set(mailbox.id, { client, settings })
    await client.connect()
    return client
  }

  async #waitForMail(client: ImapFlow): Promise<void> {
    await client.idle().catch(() => undefined)
  }

  #close(id: number): void {
    this.#open.get(id)?.client.close()
    this.#open.delete(id)
  }

  async #alert(mailbox: MailboxRow, error: string, now: Date): Promise<void> {
    await raiseAlert(this.#app.db, {
      kind: 'mailbox', thing: `mailbox:${mailbox.id}`, link: '/settings/incoming', body: { en: error, ru: error },
      title: { en: `The mailbox "${mailbox.name}" cannot be read`, ru: `Ящик «${mailbox.name}» не читается` },
    }, now)
  }
}

export function imapClient(mailbox: Pick<MailboxRow, 'host' | 'port' | 'security' | 'verify'>, auth: { user: string, pass: string } | { user: string, accessToken: string }): ImapFlow {
  return new ImapFlow({
    host: mailbox.host, port: mailbox.port, secure: mailbox.security === 'tls', doSTARTTLS: mailbox.security === 'starttls',
    auth, tls: { rejectUnauthorized: mailbox.verify }, logger: false, disableAutoIdle: true, maxIdleTime: 240_000,
    connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: 300_000,
  })
}

/** What the server said, in one line. */
export function describe(error: unknown): string {
  if (error instanceof SignInError) return error.message
  const { message, responseText, authenticationFailed, code } = error as { message?: string, responseText?: string, authenticationFailed?: boolean, code?: string }
  const said = responseText ?? message ?? code ?? 'no connection'
  return (authenticationFailed ? `the server refuses the sign-in: ${said}` : said).slice(0, 500)
}

const watchers = new WeakMap<App, MailboxWatcher>()
/** The loop of the role `mailbox`. */
export function watchMailboxes(app: App): Promise<boolean> {
  let watcher = watchers.get(app)
  if (!watcher) watchers.set(app, watcher = new MailboxWatcher(app))
  return watcher.run()
}
export async function stopWatching(app: App): Promise<void> {
  await watchers.get(app)?.stop()
  watchers.delete(app)
}
