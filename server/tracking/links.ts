import type { App } from '../base/app.ts'

/**
 * The addresses inside a mail that lead back to us. A token holds who and which mail (and for a click the link and
 * its target), as bytes in base64url, followed by the signature. Nothing is looked up to read one, and a link
 * cannot be pointed elsewhere. 0 stands for "no message": a link made outside a mail.
 *
 * An address that is the same for everybody is two tokens, `link.mail`: the link's is signed once per version of the
 * template, the mail's once per mail, and both name the version, so that they fit only together.
 */
export type MailIds = { contact_id: number, message_id: number }
/** `template_version_id`: what binds a mail to the links of its template */
export type SentMail = MailIds & { template_version_id: number }
type Signing = { settings: Pick<App['settings'], 'publicUrl'>, sign: Pick<App['sign'], 'sign' | 'verify'> }

const kinds = { mail: 1, click: 2, link: 3, person: 4, confirm: 5 } as const
type Kind = keyof typeof kinds
const kindByNumber = new Map<number, Kind>(Object.entries(kinds).map(([kind, number]) => [number, kind as Kind]))

export type TrackingToken =
  | (MailIds & { kind: 'open' })
  | (MailIds & { kind: 'click', link: number, url: string })
  | (MailIds & { kind: 'trap', url: string })
  | (MailIds & { kind: 'person' })
  | (MailIds & { kind: 'confirm', issued_at: Date })

export const mailToken = (app: Signing, mail: SentMail): string => makeToken(app, 'mail', [mail.contact_id, mail.message_id, mail.template_version_id])
/** `linkNumber` 0: the trap, an address no person sees */
export const linkToken = (app: Signing, versionId: number, linkNumber: number, url: string): string => makeToken(app, 'link', [versionId, linkNumber], url)
export const personToken = (app: Signing, ids: MailIds): string => makeToken(app, 'person', [ids.contact_id, ids.message_id])

export const openUrl = (app: Signing, mail: SentMail): string => `${app.settings.publicUrl}/t/o/${mailToken(app, mail)}`
export const trapUrl = (app: Signing, mail: SentMail, url: string): string => `${app.settings.publicUrl}/t/c/${linkToken(app, mail.template_version_id, 0, url)}.${mailToken(app, mail)}`
/** The address of a link that is this mail's alone. */
export const clickUrl = (app: Signing, ids: MailIds, linkNumber: number, url: string): string => `${app.settings.publicUrl}/t/c/${makeToken(app, 'click', [ids.contact_id, ids.message_id, linkNumber], url)}`
export const unsubscribeUrl = (app: Signing, ids: MailIds): string => `${app.settings.publicUrl}/u/${personToken(app, ids)}`
export const preferencesUrl = (app: Signing, ids: MailIds): string => `${app.settings.publicUrl}/p/${personToken(app, ids)}`
export const confirmUrl = (app: Signing, ids: MailIds, issuedAt: Date): string => `${app.settings.publicUrl}/c/${makeToken(app, 'confirm', [ids.contact_id, ids.message_id, Math.floor(issuedAt.getTime() / 60_000)])}`

function makeToken(app: Signing, kind: Kind, numbers: number[], url = ''): string {
  const bytes: number[] = [kinds[kind]]
  for (const number of numbers) pushNumber(bytes, number)
  const body = (url === '' ? Buffer.from(bytes) : Buffer.concat([Buffer.from(bytes), Buffer.from(url, 'utf8')])).toString('base64url')
  return `${body}.${app.sign.sign(`mail link ${body}`)}`
}

/** Null for anything we did not sign, cut or changed tokens included. */
export function readToken(app: Signing, token: string): TrackingToken | null {
  if (token.length > 20_000) return null
  const parts = token.split('.')
  if (parts.length === 4) return readPair(app, parts)
  const read = parts.length === 2 ? readSigned(app, parts[0]!, parts[1]!) : null
  if (!read) return null
  const { kind, reader } = read
  switch (kind) {
    case 'mail': return { kind: 'open', contact_id: reader.next(), message_id: reader.next() }
    case 'person': return { kind, contact_id: reader.next(), message_id: reader.next() }
    case 'click': return { kind, contact_id: reader.next(), message_id: reader.next(), link: reader.next(), url: reader.rest() }
    case 'confirm': return { kind, contact_id: reader.next(), message_id: reader.next(), issued_at: new Date(reader.next() * 60_000) }
    case 'link': case undefined: return null
  }
}

function readPair(app: Signing, parts: string[]): TrackingToken | null {
  const link = readSigned(app, parts[0]!, parts[1]!)
  const mail = readSigned(app, parts[2]!, parts[3]!)
  if (link?.kind !== 'link' || mail?.kind !== 'mail') return null
  const version = link.reader.next()
  const ids = { contact_id: mail.reader.next(), message_id: mail.reader.next() }
  if (mail.reader.next() !== version) return null
  const number = link.reader.next()
  const url = link.reader.rest()
  return number === 0 ? { kind: 'trap', ...ids, url } : { kind: 'click', ...ids, link: number, url }
}

function readSigned(app: Signing, body: string, signature: string): { kind: Kind | undefined, reader: NumberReader } | null {
  if (body === '' || !app.sign.verify(`mail link ${body}`, signature)) return null
  const bytes = Buffer.from(body, 'base64url')
  return { kind: kindByNumber.get(bytes[0] ?? 0), reader: new NumberReader(bytes) }
}

/** Seven bits a byte, low ones first (LEB128); ids may pass 2^32, so no bit operators. */
function pushNumber(bytes: number[], number: number): void {
  while (number >= 128) {
    bytes.push(number % 128 + 128)
    number = Math.floor(number / 128)
  }
  bytes.push(number)
}

class NumberReader {
  private position = 1
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  next(): number {
    let number = 0
    let factor = 1
    for (;;) {
      const byte = this.bytes[this.position++] ?? 0
      number += byte % 128 * factor
      if (byte < 128) return number
      factor *= 128
    }
  }

  rest(): string {
    return this.bytes.subarray(this.position).toString('utf8')
  }
}
