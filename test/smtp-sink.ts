import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type SunkMail = { from: string, to: string[], raw: string, authenticated: string | null }
/** Thrown by a handler to answer with that SMTP reply. */
export class SmtpReply extends Error {
  readonly responseCode: number
  constructor(code: number, text: string) {
    super(text)
    this.responseCode = code
  }
}

export type SmtpSink = { url: string, port: number, mails: SunkMail[], connections: () => number, close: () => Promise<void> }

/** A real SMTP server on loopback. Each hook may throw an SmtpReply, wait, or never return (a silent server). */
export async function smtpSink(hooks: {
  onRecipient?: (address: string) => Promise<void> | void
  onData?: (mail: SunkMail) => Promise<void> | void
  user?: { name: string, password: string }
  options?: SMTPServerOptions
} = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = []
  let connections = 0
  const server = new SMTPServer({
    disabledCommands: hooks.user ? [] : ['AUTH'],
    authOptional: !hooks.user,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onConnect(_session, callback) { connections++; callback() },
    onAuth(given, _session, callback) {
      if (given.username === hooks.user?.name && given.password === hooks.user?.password) callback(null, { user: given.username })
      else callback(new SmtpReply(535, '5.7.8 wrong user or password'))
    },
    onRcptTo(address, _session, callback) {
      Promise.resolve().then(() => hooks.onRecipient?.(address.address)).then(() => callback(), callback)
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const mail: SunkMail = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(each => each.address), raw: Buffer.concat(chunks).toString('latin1'), authenticated: (session.user as string | undefined) ?? null }
        Promise.resolve().then(() => hooks.onData?.(mail)).then(() => { mails.push(mail); callback(null) }, callback)
      })
    },
    ...hooks.options,
  })
  server.on('error', () => undefined)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.server.address() as AddressInfo
  return {
    port, mails, url: `smtp://${hooks.user ? `${hooks.user.name}:${hooks.user.password}@` : ''}127.0.0.1:${port}`,
    connections: () => connections,
    close: () => new Promise(resolve => { server.close(() => resolve()) }),
  }
}
