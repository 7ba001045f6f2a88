import type { App } from '../base/app.ts'
import { readCompany } from '../company/company.sql.ts'
import { ApiTransport } from './api-transport.ts'
import { ownMail, type OwnMail } from './own-mail.ts'
import { unpackAccount } from './sender-accounts.ts'
import { readSender } from './senders.ts'
import { listSenders, type SenderRow } from './senders.sql.ts'
import { smtpAddress } from './smtp-address.ts'
import { SmtpPool } from './smtp-pool.ts'
import { smtpTransport, type Transport, Transports } from './transport.ts'

/** `final`: trying again is of no use. */
export type OwnMailOutcome = { sent: true, detail: string } | { sent: false, final: boolean, detail: string }

/**
 * A mail of the program's own to staff, at once and past the queue: by the first sender that takes it, whatever else is held
 * or waits. Senders in good health go first, those for transactional mail before others, `avoid` (the one that is in trouble)
 * last. While there are no senders: the company's mail server, or the test mailbox.
 */
export async function sendOwnMail(app: App, mail: OwnMail, avoid: number | null): Promise<OwnMailOutcome> {
  const sender = await readSender(app, await readCompany(app.db))
  if (sender === null) return { sent: false, final: true, detail: "The company's sending address is not a valid address." }
  const to = smtpAddress(mail.to)
  if (to === null) return { sent: false, final: true, detail: `${mail.to} is not an address one can write to.` }
  const content = [await ownMail(sender, { ...mail, to: to.address }, app.now())]
  const refusals: string[] = []
  for (const { name, open } of await waysOut(app, avoid)) {
    const transport = await open()
    try {
      const outcome = await transport.send({ from: sender.address, to: to.address, utf8: to.utf8 || sender.utf8, content, urgent: true }, { contact_id: null, message_id: null, subject: mail.subject })
      if (outcome.kind === 'sent') return { sent: true, detail: `${name}: ${outcome.detail}`.replace(/^: /, '') }
      refusals.push(`${name}: ${outcome.detail}`.replace(/^: /, ''))
      if (outcome.kind === 'bounced') return { sent: false, final: true, detail: refusals.join('; ') }
    } finally {
      transport.end()
    }
  }
  return { sent: false, final: false, detail: refusals.join('; ') }
}

async function waysOut(app: App, avoid: number | null): Promise<{ name: string, open: () => Promise<Transport> }[]> {
  const now = app.now()
  const worse = (row: SenderRow): number => (row.id === avoid ? 4 : 0) + (row.held_until !== null && row.held_until > now ? 2 : 0) + (row.stream === 'marketing' ? 1 : 0)
  const senders = (await listSenders(app.db)).filter(row => row.is_enabled).toSorted((one, other) => worse(one) - worse(other))
  if (senders.length === 0) {
    const fallback = new Transports(app)
    return [{ name: '', open: () => fallback.use() }]
  }
  return senders.map(row => ({
    name: row.name,
    async open() {
      const account = unpackAccount(app.sign, row.settings)
      return account.kind === 'smtp' ? smtpTransport(new SmtpPool({ ...account, password: account.password ?? '', connections: 1 })) : new ApiTransport(account, 1, app.now)
    },
  }))
}
