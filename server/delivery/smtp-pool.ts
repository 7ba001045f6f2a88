import { judgeReply, type ReplyMeaning } from './judge-reply.ts'
import { SmtpConnection, SmtpError, type SmtpTimeouts, usualTimeouts } from './smtp-connection.ts'
import { printReply, type SmtpPhase, type SmtpReply } from './smtp-reply.ts'
import type { SmtpSettings } from './smtp-settings.ts'

export type OutgoingMail = {
  from: string
  to: string
  /** the part before @ of `to` is not ASCII, or a header is not */
  utf8: boolean
  /** head and body: CRLF lines, none beginning with a dot, ending in CRLF */
  content: readonly Buffer[]
  /** leaves before others that wait for a connection */
  urgent?: boolean
}

export type MailOutcome =
  | { kind: 'sent', detail: string }
  | (ReplyMeaning & { detail: string })
  /** all of the mail may have left, and no answer came: only policy can say what follows */
  | { kind: 'unknown', detail: string }
  /** a provider did not take the mail for a reason that is not about it; `retryAfter`: seconds it asks to wait */
  | { kind: 'held', reason: 'down' | 'authentication' | 'sender_refused' | 'quota' | 'rate', detail: string, retryAfter: number | null }
  /** nothing of the mail left: the server could not be reached, or refused to talk */
  | { kind: 'not_sent', detail: string, error: SmtpError }

type Job = { mail: OutgoingMail, resolve: (outcome: MailOutcome) => void, tries: number }

/**
 * Open connections to one server. With PIPELINING (RFC 2920) a mail costs one round trip: its content travels in one
 * piece with the envelope of the next. A connection lost before content was written gives its mail to another one.
 */
export class SmtpPool {
  readonly settings: SmtpSettings
  readonly timeouts: SmtpTimeouts
  readonly idleFor: number
  readonly mailsPerConnection: number
  #urgent: Job[] = []
  #queue: Job[] = []
  #open = 0
  /** connections this pool may have: its part of the server's */
  #most: number
  /** fewer while the server takes no more */
  #limit: number
  #idle: { wake: () => void, connection: SmtpConnection }[] = []
  #ended = false
  #downUntil = 0
  #failures = 0
  #lastError: SmtpError | null = null
  #mayPipeline = true

  constructor(settings: SmtpSettings, options: { timeouts?: SmtpTimeouts, idleFor?: number, mailsPerConnection?: number } = {}) {
    this.settings = settings
    this.timeouts = options.timeouts ?? usualTimeouts
    this.idleFor = options.idleFor ?? 20_000
    this.mailsPerConnection = options.mailsPerConnection ?? 1000
    this.#limit = this.#most = settings.connections
  }

  /** Milliseconds until the server may be tried again; 0 when it is thought well. */
  downFor(): number {
    return Math.max(0, this.#downUntil - Date.now())
  }

  get lastError(): SmtpError | null {
    return this.#lastError
  }

  send(mail: OutgoingMail): Promise<MailOutcome> {
    return new Promise(resolve => {
      ;(mail.urgent ? this.#urgent : this.#queue).push({ mail, resolve, tries: 0 })
      this.#wake()
    })
  }

  /** The server's connections are divided among so many pools like this one; those too many end after their mail. */
  share(pools: number): void {
    const most = Math.max(1, Math.floor(this.settings.connections / Math.max(1, pools)))
    if (most === this.#most) return
    this.#most = this.#limit = most
    for (const idle of this.#idle.slice()) idle.wake()
    for (let left = this.#waiting; left > 0 && this.#open < this.#limit; left--) this.#wake()
  }

  /** Mails that are under way are finished, the rest comes back as not sent. */
  end(): void {
    this.#ended = true
    for (const job of this.#takeAll()) job.resolve({ kind: 'not_sent', detail: 'sending was stopped', error: new SmtpError('connect', 'closed', 'sending was stopped') })
    for (const idle of this.#idle.splice(0)) idle.wake()
  }

  #wake(): void {
    const idle = this.#idle.pop()
    if (idle) idle.wake()
    else if (this.#open < this.#limit) {
      this.#open++
      void this.#run()
    }
  }

  async #run(): Promise<void> {
    let connection: SmtpConnection | null = null
    try {
      connection = await SmtpConnection.open(this.settings, this.timeouts)
      this.#failures = 0
      this.#downUntil = 0
      this.#lastError = null
      await this.#converse(connection)
      this.#limit = Math.min(this.#most, this.#limit + 1)
    } catch (error) {
      this.#cannotConnect(error instanceof SmtpError ? error : new SmtpError('connect', 'unreachable', String(error)), connection !== null)
    } finally {
      connection?.quit()
      this.#open--
      if (this.#waiting > 0) this.#wake()
    }
  }

  /** A new connection was refused. While others live, the server only limits their number. */
  #cannotConnect(error: SmtpError, wasOpen: boolean): void {
    if (wasOpen && this.#waiting > 0) return
    if (this.#open > 1) {
      this.#limit = Math.max(1, this.#open - 1)
      return
    }
    this.#limit = this.#most
    if (!wasOpen) {
      this.#failures++
      this.#downUntil = Date.now() + Math.min(60_000, 1000 * 2 ** Math.min(6, this.#failures - 1))
      this.#lastError = error
      for (const job of this.#takeAll()) job.resolve({ kind: 'not_sent', detail: error.message, error })
    }
  }

  get #waiting(): number {
    return this.#urgent.length + this.#queue.length
  }

  #takeOne(): Job | undefined {
    return this.#urgent.shift() ?? this.#queue.shift()
  }

  #takeAll(): Job[] {
    return [...this.#urgent.splice(0), ...this.#queue.splice(0)]
  }

  async #next(connection: SmtpConnection): Promise<Job | null> {
    if (this.#open > this.#most) return null
    const job = this.#takeOne()
    if (job || this.#ended || connection.closed) return job ?? null
    await new Promise<void>(resolve => {
      const timer = setTimeout(() => wake(), this.idleFor)
      timer.unref()
      const entry = { connection, wake: () => wake() }
      const wake = () => {
        clearTimeout(timer)
        const index = this.#idle.indexOf(entry)
        if (index !== -1) this.#idle.splice(index, 1)
        resolve()
      }
      this.#idle.push(entry)
    })
    return connection.closed || this.#open > this.#most ? null : this.#takeOne() ?? null
  }

  async #converse(connection: SmtpConnection): Promise<void> {
    let done = 0
    let job = await this.#next(connection)
    let written = false // the envelope of `job` has gone out with the content before it
    let envelope: Promise<SmtpReply>[] = []
    while (job) {
      const current: Job = job
      const { mail } = current
      let left = false
      try {
        if (mail.utf8 && !connection.capabilities.has('SMTPUTF8')) {
          current.resolve({ kind: 'failed', reason: 'refused', detail: 'the server takes no addresses outside ASCII (SMTPUTF8)' })
          job = await this.#next(connection)
          continue
        }
        const pipelining = written || (this.#mayPipeline && connection.capabilities.has('PIPELINING'))
        let refused: { phase: SmtpPhase, reply: SmtpReply } | null = null
        let dataReply: SmtpReply | null = null
        if (pipelining) {
          if (!written) envelope = this.#writeEnvelope(connection, mail, '')
          const [mailReply, rcptReply, data] = await Promise.all(envelope) as [SmtpReply, SmtpReply, SmtpReply]
          dataReply = data
          refused = mailReply.code >= 300 ? { phase: 'mail', reply: mailReply } : rcptReply.code >= 300 ? { phase: 'rcpt', reply: rcptReply } : data.code !== 354 ? { phase: 'data', reply: data } : null
        } else {
          const steps: [SmtpPhase, string][] = [['mail', this.#mailFrom(mail)], ['rcpt', `RCPT TO:<${mail.to}>`], ['data', 'DATA']]
          for (const [phase, line] of steps) {
            const reply = await connection.command(phase, line)
            if (phase === 'data') dataReply = reply
            if (reply.code >= 300 && reply.code !== 354) {
              refused = { phase, reply }
              break
            }
          }
        }
        written = false
        if (refused && pipelining && (refused.reply.code === 503 || /pipelining/i.test(refused.reply.text))) {
          // It offers PIPELINING and cannot do it.
          this.#mayPipeline = false
          this.#again(current, new SmtpError(refused.phase, 'refused', printReply(refused.reply), refused.reply))
          return
        }
        if (refused) {
          // A server that asks for content though nobody shall get it: an empty one ends the matter.
          if (dataReply?.code === 354) await connection.command('content', '.')
          if (refused.reply.code === 421) {
            current.resolve({ ...judgeReply(refused.reply, refused.phase), detail: printReply(refused.reply) })
            return
          }
          current.resolve({ ...judgeReply(refused.reply, refused.phase), detail: printReply(refused.reply) })
          await connection.command('mail', 'RSET')
          job = ++done >= this.mailsPerConnection ? null : await this.#next(connection)
          continue
        }
        left = true
        const answer = connection.reply('content')
        const last = ++done >= this.mailsPerConnection
        const following: Job | null = pipelining && !last && this.#open <= this.#most && !((this.#urgent[0] ?? this.#queue[0])?.mail.utf8) ? this.#takeOne() ?? null : null
        connection.together(() => {
          for (const part of mail.content) connection.write(part)
          if (following) envelope = this.#writeEnvelope(connection, following.mail, '.\r\n')
          else connection.write('.\r\n')
        })
        if (following) {
          for (const part of envelope) part.catch(() => {})
          written = true
        }
        let reply: SmtpReply
        try {
          reply = await answer
        } catch (error) {
          current.resolve({ kind: 'unknown', detail: `the connection was lost after the mail had been handed over: ${error instanceof Error ? error.message : String(error)}` })
          if (following) this.#again(following, error)
          return
        }
        current.resolve(reply.code >= 200 && reply.code < 300
          ? { kind: 'sent', detail: printReply(reply) }
          : { ...judgeReply(reply, 'content'), detail: printReply(reply) })
        if (following) job = following
        else job = last || reply.code === 421 ? null : await this.#next(connection)
      } catch (error) {
        // Commands after the first may have been thrown away: a server that lies about PIPELINING is silent then.
        if (error instanceof SmtpError && error.code === 'timeout' && (error.phase === 'rcpt' || error.phase === 'data' || (written && error.phase === 'mail'))) this.#mayPipeline = false
        if (!left) this.#again(current, error)
        else current.resolve({ kind: 'unknown', detail: error instanceof Error ? error.message : String(error) })
        return
      }
    }
  }

  /** Nothing of this mail's content has left: another connection may take it. */
  #again(job: Job, cause: unknown): void {
    const error = cause instanceof SmtpError ? cause : new SmtpError('mail', 'closed', String(cause))
    if (++job.tries >= 3 || this.#ended) job.resolve({ kind: 'not_sent', detail: error.message, error })
    else (job.mail.urgent ? this.#urgent : this.#queue).unshift(job)
  }

  #mailFrom(mail: OutgoingMail): string {
    return `MAIL FROM:<${mail.from}>${mail.utf8 ? ' SMTPUTF8' : ''}`
  }

  #writeEnvelope(connection: SmtpConnection, mail: OutgoingMail, before: string): Promise<SmtpReply>[] {
    const replies = [connection.reply('mail'), connection.reply('rcpt'), connection.reply('data')]
    connection.write(`${before}${this.#mailFrom(mail)}\r\nRCPT TO:<${mail.to}>\r\nDATA\r\n`)
    return replies
  }
}
