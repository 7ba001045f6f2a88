import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { App } from '../base/app.ts'
import { SettingsError } from '../base/settings.ts'
import { readCompany } from '../company/company.sql.ts'
import { readReturnPath } from '../delivery/return-paths.ts'
import { keepMails } from './inbound-mails.sql.ts'

const mostRecipients = 50
const mostClients = 100
/** Of one address (SMTP only): whoever takes all they get leaves room for others. */
const mostOfOneAddress = 50

/**
 * `longestSession`: milliseconds for one client, from hello to goodbye, so that a byte a second does not hold a place for
 * ever. `mostBytesUnderWay`: of all mails together that are just being taken.
 */
export type MailServerLimits = { longestSession: number, mostBytesUnderWay: number }
const usualLimits: MailServerLimits = { longestSession: 600_000, mostBytesUnderWay: 200 * 1024 * 1024 }

/** An answer with an SMTP code. */
class Refusal extends Error {
  readonly responseCode: number
  constructor(code: number, message: string) {
    super(message)
    this.responseCode = code
  }
}

/**
 * A small server, SMTP (RFC 5321) or LMTP (RFC 2033), for what comes back: it takes mail for our signed return paths and
 * for the company's own addresses, and for nobody else. It answers 250 after the mail is committed. Null: no port is set.
 */
export async function startMailServer(app: App, { longestSession, mostBytesUnderWay }: MailServerLimits = usualLimits): Promise<{ port: number, close: () => Promise<void> } | null> {
  const settings = app.settings.mailServer
  if (settings === null) return null
  let underWay = 0
  const connected = new Map<string, number>()
  const server = new SMTPServer({
    lmtp: settings.protocol === 'lmtp', banner: 'Otklik', authOptional: true, disabledCommands: settings.tls === null ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...settings.tls, size: settings.mostBytes, maxClients: mostClients, socketTimeout: 60_000, closeTimeout: 3000, disableReverseLookup: true, logger: false,
    onConnect({ remoteAddress }, done) {
      const count = (connected.get(remoteAddress) ?? 0) + 1
      connected.set(remoteAddress, count)
      done(settings.protocol === 'smtp' && count > mostOfOneAddress ? new Refusal(421, '4.7.0 Too many connections from you, try again later') : null)
    },
    onClose({ remoteAddress }) {
      const count = connected.get(remoteAddress)
      if (count === undefined || count <= 1) connected.delete(remoteAddress)
      else connected.set(remoteAddress, count - 1)
    },
    onRcptTo({ address }, session, done) {
      if (session.envelope.rcptTo.length >= mostRecipients) return done(new Refusal(452, '4.5.3 Too many recipients'))
      void tell(refusalOf(app, address), done)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      let size = 0
      let refused: Refusal | null = null
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length
        underWay += chunk.length
        if (size > settings.mostBytes) refused = new Refusal(552, `5.3.4 More than ${settings.mostBytes} bytes`)
        else if (underWay > mostBytesUnderWay) refused ??= new Refusal(452, '4.3.1 Too much at once, try again later')
        if (refused) {
          // Read to its end, kept no longer.
          underWay -= chunks.reduce((sum, each) => sum + each.length, 0) + chunk.length
          chunks.length = 0
        } else chunks.push(chunk)
      })
      stream.on('error', () => undefined)
      stream.on('close', () => { underWay -= chunks.reduce((sum, each) => sum + each.length, 0) })
      stream.on('end', () => {
        if (refused) return done(refused)
        void tell(keep(app, Buffer.concat(chunks), session), done)
      })
    },
  })
  server.on('error', error => app.log.debug({ err: error }, 'a client of the mail server'))
  server.server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), longestSession)
    socket.on('close', () => clearTimeout(timer))
  })
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', (error: NodeJS.ErrnoException) => reject(new SettingsError(`MAILBOX_PORT: ${error.code === 'EADDRINUSE' ? `${settings.port} is in use` : error.code === 'EACCES' ? `${settings.port} may not be used by this user` : error.message}`)))
    server.listen(settings.port, settings.host, resolve)
  })
  const { port } = server.server.address() as AddressInfo
  app.log.info({ port, protocol: settings.protocol }, 'takes in what comes back')
  return { port, close: () => new Promise(resolve => server.close(() => resolve())) }
}

async function tell(answer: Promise<Refusal | null>, done: (refusal: Refusal | null) => void): Promise<void> {
  done(await answer)
}

async function refusalOf(app: App, address: string): Promise<Refusal | null> {
  try {
    return await isOurs(app, address) ? null : new Refusal(550, '5.1.1 No such address here')
  } catch {
    return new Refusal(451, '4.3.0 Try again later')
  }
}

/** A return path of ours, or an address the company writes from or is answered at. */
async function isOurs(app: App, address: string): Promise<boolean> {
  if (readReturnPath(app.sign, address) !== null) return true
  const company = await readCompany(app.db)
  return [company.sender_email, company.reply_to].some(own => own !== '' && own.toLowerCase() === address.toLowerCase())
}

async function keep(app: App, raw: Buffer, session: SMTPServerSession): Promise<Refusal | null> {
  const { mailFrom, rcptTo } = session.envelope
  try {
    await keepMails(app.db, [{ source: 'smtp', envelope_from: mailFrom === false ? '' : mailFrom.address, envelope_to: rcptTo.map(to => to.address), raw, size: raw.length }], app.now())
    return null
  } catch (error) {
    app.log.error({ err: error }, 'a mail that came in could not be kept')
    return new Refusal(451, '4.3.0 Try again later')
  }
}
