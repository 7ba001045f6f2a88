import net from 'node:net'
import { hostname } from 'node:os'
import tls from 'node:tls'
import { parseReply, printReply, type SmtpPhase, type SmtpReply } from './smtp-reply.ts'
import type { SmtpSettings } from './smtp-settings.ts'

export type SmtpTimeouts = { connect: number, reply: number, content: number }
export const usualTimeouts: SmtpTimeouts = { connect: 15_000, reply: 60_000, content: 180_000 }

/** What broke a conversation, and at which step. `reply`: what the server said, if it said something. */
export class SmtpError extends Error {
  readonly phase: SmtpPhase | 'connect'
  readonly code: 'unreachable' | 'timeout' | 'closed' | 'certificate' | 'no_starttls' | 'no_authentication' | 'refused' | 'not_smtp'
  readonly reply: SmtpReply | null
  constructor(phase: SmtpError['phase'], code: SmtpError['code'], message: string, reply: SmtpReply | null = null) {
    super(message)
    this.phase = phase
    this.code = code
    this.reply = reply
  }
}

/** lines; RFC 5321 sets no limit, and no server needs a tenth of it */
const longestReply = 500

type Waiting = { limit: number, phase: SmtpPhase, resolve: (reply: SmtpReply) => void, reject: (error: Error) => void }

/** One open line to an SMTP server: commands out, replies in order. Knows no mail. */
export class SmtpConnection {
  readonly settings: SmtpSettings
  readonly timeouts: SmtpTimeouts
  /** as EHLO told: PIPELINING, SMTPUTF8, SIZE … */
  capabilities = new Map<string, string>()
  secured = false
  closed = false
  #socket: net.Socket
  #rest = ''
  #lines: string[] = []
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #error: SmtpError | null = null

  private constructor(settings: SmtpSettings, timeouts: SmtpTimeouts, socket: net.Socket) {
    this.settings = settings
    this.timeouts = timeouts
    this.#socket = socket
    this.#listen(socket)
  }

  /** Connected, greeted, secured and signed in; or an SmtpError that says at which step it failed. */
  static async open(settings: SmtpSettings, timeouts: SmtpTimeouts = usualTimeouts, onStep: (step: SmtpError['phase']) => void = () => {}): Promise<SmtpConnection> {
    onStep('connect')
    const socket = await connect(settings, timeouts)
    const connection = new SmtpConnection(settings, timeouts, socket)
    try {
      connection.secured = settings.security === 'tls'
      onStep('greeting')
      const greeting = await connection.#read('greeting')
      if (greeting.code !== 220) throw refusal('greeting', greeting)
      onStep('ehlo')
      await connection.#hello()
      await connection.#secure(onStep)
      await connection.#signIn(onStep)
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** Writes and resolves with the reply to it. */
  command(phase: SmtpPhase, line: string): Promise<SmtpReply> {
    const reply = this.#read(phase)
    this.write(`${line}\r\n`)
    return reply
  }

  write(data: string | Buffer): void {
    if (!this.closed) this.#socket.write(data)
  }

  /** What is written inside leaves in one system call. */
  together(write: () => void): void {
    this.#socket.cork()
    write()
    this.#socket.uncork()
  }

  /** The next reply that nobody waits for yet. */
  reply(phase: SmtpPhase): Promise<SmtpReply> {
    return this.#read(phase)
  }

  /** Says goodbye and does not wait. */
  quit(): void {
    if (this.closed) return
    this.#error ??= new SmtpError('greeting', 'closed', 'the connection was ended')
    this.#socket.end('QUIT\r\n')
    this.closed = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#socket.destroy(), 2_000)
    this.#timer.unref()
  }

  destroy(): void {
    this.#fail(new SmtpError(this.#phase(), 'closed', 'the connection was ended'))
  }

  async #hello(): Promise<void> {
    let reply = await this.command('ehlo', `EHLO ${ownName()}`)
    if (reply.code >= 500) reply = await this.command('ehlo', `HELO ${ownName()}`)
    if (reply.code !== 250) throw refusal('ehlo', reply)
    this.capabilities = new Map(this.#lastLines.slice(1).map(line => {
      const [name = '', ...parameters] = line.slice(4).trim().split(/[ =]/)
      return [name.toUpperCase(), parameters.join(' ').toUpperCase()]
    }))
  }

  async #secure(onStep: (step: SmtpPhase) => void): Promise<void> {
    const { security } = this.settings
    if (security === 'tls' || security === 'none') return
    if (!this.capabilities.has('STARTTLS')) {
      if (security === 'starttls') throw new SmtpError('starttls', 'no_starttls', 'the server does not offer STARTTLS')
      return
    }
    onStep('starttls')
    const reply = await this.command('starttls', 'STARTTLS')
    if (reply.code !== 220) {
      if (security === 'starttls') throw refusal('starttls', reply)
      return
    }
    // What came before the handshake was not protected: it is forgotten (RFC 3207, 4.2).
    this.#rest = ''
    this.#socket.removeAllListeners()
    this.#socket.on('error', () => {})
    this.#socket = await handshake(this.#socket, this.settings, this.timeouts)
    this.#listen(this.#socket)
    this.secured = true
    await this.#hello()
  }

  async #signIn(onStep: (step: SmtpPhase) => void): Promise<void> {
    const { user, password } = this.settings
    if (user === '') return
    onStep('auth')
    const offered = (this.capabilities.get('AUTH') ?? '').split(' ')
    let reply: SmtpReply
    if (offered.includes('PLAIN')) {
      reply = await this.command('auth', `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)
    } else if (offered.includes('LOGIN')) {
      reply = await this.command('auth', 'AUTH LOGIN')
      if (reply.code === 334) reply = await this.command('auth', Buffer.from(user).toString('base64'))
      if (reply.code === 334) reply = await this.command('auth', Buffer.from(password).toString('base64'))
    } else throw new SmtpError('auth', 'no_authentication', 'the server offers no sign-in by PLAIN or LOGIN')
    if (reply.code !== 235) throw refusal('auth', reply)
  }

  #lastLines: string[] = []

  #listen(socket: net.Socket): void {
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', error => this.#fail(new SmtpError(this.#phase(), 'closed', `the connection broke: ${error.message}`)))
    socket.on('close', () => this.#fail(new SmtpError(this.#phase(), 'closed', 'the server closed the connection')))
  }

  #take(chunk: Buffer): void {
    this.#rest += chunk.toString('utf8')
    if (this.#rest.length > 100_000) return this.#fail(new SmtpError(this.#phase(), 'not_smtp', 'the server does not speak SMTP'))
    let end: number
    while ((end = this.#rest.indexOf('\n')) !== -1) {
      const line = this.#rest.slice(0, end).replace(/\r$/, '')
      this.#rest = this.#rest.slice(end + 1)
      if (!/^\d{3}(?:[ -]|$)/.test(line)) return this.#fail(new SmtpError(this.#phase(), 'not_smtp', `the server does not speak SMTP: ${JSON.stringify(line.slice(0, 80))}`))
      this.#lines.push(line)
      if (this.#lines.length > longestReply) return this.#fail(new SmtpError(this.#phase(), 'not_smtp', 'the server does not end its reply'))
      if (line[3] === '-') continue
      this.#lastLines = this.#lines
      this.#lines = []
      const waiting = this.#waiting.shift()
      // 421 unasked: the server is about to close; the close itself says the rest.
      if (!waiting) continue
      this.#armTimer()
      waiting.resolve(parseReply(this.#lastLines))
    }
  }

  #read(phase: SmtpPhase): Promise<SmtpReply> {
    if (this.#error) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ limit: phase === 'content' ? this.timeouts.content : this.timeouts.reply, phase, resolve, reject })
      if (this.#waiting.length === 1) this.#armTimer()
    })
  }

  #phase(): SmtpPhase {
    return this.#waiting[0]?.phase ?? 'greeting'
  }

  /** Counts for the reply that is due next. */
  #armTimer(): void {
    const due = this.#waiting[0]
    if (!due) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    } else if (this.#timer && this.#timerLimit === due.limit) {
      // Moved, not made anew: this runs for every reply.
      this.#timer.refresh()
    } else {
      clearTimeout(this.#timer)
      this.#timerLimit = due.limit
      this.#timer = setTimeout(() => this.#fail(new SmtpError(this.#phase(), 'timeout', `the server did not answer within ${due.limit / 1000} seconds`)), due.limit)
    }
  }
  #timerLimit = 0

  #fail(error: SmtpError): void {
    this.#error ??= error
    this.closed = true
    clearTimeout(this.#timer)
    this.#socket.destroy()
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#error)
  }
}

export const refusal = (phase: SmtpPhase, reply: SmtpReply): SmtpError => new SmtpError(phase, 'refused', printReply(reply), reply)

/** A name EHLO may carry. */
function ownName(): string {
  const name = hostname().toLowerCase()
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) ? name : '[127.0.0.1]'
}

function connect(settings: SmtpSettings, timeouts: SmtpTimeouts): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const secure = settings.security === 'tls'
    const socket = secure ? tls.connect(tlsOptions(settings)) : net.connect({ host: settings.host, port: settings.port })
    const timer = setTimeout(() => fail(new SmtpError('connect', 'timeout', `no connection within ${timeouts.connect / 1000} seconds`)), timeouts.connect)
    const fail = (error: SmtpError) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    socket.once('error', error => fail(connectError(error)))
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

function handshake(plain: net.Socket, settings: SmtpSettings, timeouts: SmtpTimeouts): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...tlsOptions(settings), socket: plain })
    const timer = setTimeout(() => socket.destroy(new Error('time-out')), timeouts.connect)
    socket.once('error', error => {
      clearTimeout(timer)
      plain.destroy()
      reject(connectError(error, 'starttls'))
    })
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

const tlsOptions = (settings: SmtpSettings) => ({
  host: settings.host, port: settings.port,
  ...(net.isIP(settings.host) ? {} : { servername: settings.host }),
  // A line that may stay open when TLS is not offered gains nothing from refusing a certificate.
  rejectUnauthorized: settings.verify && settings.security !== 'opportunistic',
})

function connectError(error: Error & { code?: string }, phase: 'connect' | 'starttls' = 'connect'): SmtpError {
  const code = error.code ?? ''
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY|ISSUER/.test(code)) return new SmtpError(phase, 'certificate', `the certificate of the server is not valid: ${error.message}`)
  return new SmtpError(phase, 'unreachable', error.message || code)
}
