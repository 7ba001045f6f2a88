import { randomBytes } from 'node:crypto'
import { mailDate, type Sender } from './compose-mail.ts'
import { encodeText } from './encode-header.ts'
import { fillMime, layOut } from './lay-out-mime.ts'
import { signDkim } from './sign-dkim.ts'

/** What the program itself writes to staff. `kind` begins its Message-ID. */
export type OwnMail = { to: string, subject: string, text: string, html: string, kind: string }

/** Such a mail ready for the wire, signed when the sender has keys. */
export async function ownMail(sender: Sender, mail: OwnMail, now: Date): Promise<Buffer> {
  const layout = layOut([
    { type: 'text/plain', layout: { constants: [`${mail.text}\n`], holes: [] } },
    { type: 'text/html', layout: { constants: [`${mail.html}\n`], holes: [] } },
  ])
  const body = fillMime(layout, [[], []])
  const fields = [
    { name: 'From', value: sender.from }, { name: 'To', value: mail.to }, { name: 'Subject', value: encodeText(mail.subject, 9) }, { name: 'Date', value: mailDate(now) },
    { name: 'Message-ID', value: `<${mail.kind}.${randomBytes(9).toString('hex')}@${sender.domain}>` }, { name: 'Auto-Submitted', value: 'auto-generated' }, { name: 'MIME-Version', value: '1.0' }, { name: 'Content-Type', value: layout.contentType },
  ]
  const signature = await signDkim(sender.dkim, fields, body, now)
  return Buffer.concat([Buffer.from(`${signature}${fields.map(field => `${field.name}: ${field.value}\r\n`).join('')}\r\n`, 'utf8'), ...body])
}
