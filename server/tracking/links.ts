import type { App } from '../base/app.ts'

/**
 * The addresses inside a mail that lead back to us. A token holds who and which mail (and for a click the link and
 * its target), as bytes in base64url, followed by the signature. Nothing is looked up to read one, and a link
 * cannot be pointed elsewhere. 0 stands for "no message": a link made outside a mail.
 */
export type MailIds = { contact_id: number, message_id: number }
type Signing = { settings: Pick<App['settings'], 'publicUrl'>, sign: Pick<App['sign'], 'sign' | 'verify'> }

const kinds = { open: 1, click: 2, trap: 3, person: 4, confirm: 5 } as const
type Kind = keyof typeof kinds
const kindByNumber = new Map<number, Kind>(Object.entries(kinds).map(([kind, number]) => [number, kind as Kind]))

export type TrackingToken =
  | (MailIds & { kind: 'open' })
  | (MailIds & { kind: 'click', link: number, url: string })
  | (MailIds & { kind: 'trap', url: string })
  | (MailIds & { kind: 'person' })
  | (MailIds & { kind: 'confirm', issued_at: Date })

export const openUrl = (app: Signing, ids: MailIds): string => `${app.settings.publicUrl}/t/o/${makeToken(app, 'open', ids)}`
export const clickUrl = (app: Signing, ids: MailIds, linkNumber: number, url: string): string => `${app.settings.publicUrl}/t/c/${makeToken(app, 'click', ids, [linkNumber], url)}`
export const trapUrl = (app: Signing, ids: MailIds, url: string): string => `${app.settings.publicUrl}/t/c/${makeToken(app, 'trap', ids, [], url)}`
export const unsubscribeUrl = (app: Signing, ids: MailIds): string => `${app.settings.publicUrl}/u/${makeToken(app, 'person', ids)}`
export const preferencesUrl = (app: Signing, ids: MailIds): string => `${app.settings.publicUrl}/p/${makeToken(app, 'person', ids)}`
export const confirmUrl = (app: Signing, ids: MailIds, issuedAt: Date): string => `${app.settings.publicUrl}/c/${makeToken(app, 'confirm', ids, [Math.floor(issuedAt.getTime() / 60_000)])}`

function makeToken(app: Signing, kind: Kind, ids: MailIds, numbers: number[] = [], url = ''): string {
  const bytes: number[] = [kinds[kind]]
  for (const number of [ids.contact_id, ids.message_id, ...numbers]) pushNumber(bytes, number)
  const body = (url === '' ? Buffer.from(bytes) : Buffer.concat([Buffer.from(bytes), Buffer.from(url, 'utf8')])).toString('base64url')
  return `${body}.${app.sign.sign(`mail link ${body}`)}`
}

/** Null for anything we did not sign, cut or changed tokens included. */
export function readToken(app: Signing, token: string): TrackingToken | null {
  const dot = token.indexOf('.')
  if (dot < 1 || token.length > 20_000) return null
  const body = token.slice(0, dot)
  if (!app.sign.verify(`mail link ${body}`, token.slice(dot + 1))) return null
  const bytes = Buffer.from(body, 'base64url')
  const kind = kindByNumber.get(bytes[0] ?? 0)
  const reader = new NumberReader(bytes)
  const ids = { contact_id: reader.next(), message_id: reader.next() }
  switch (kind) {
    case 'open': case 'person': return { kind, ...ids }
    case 'click': return { kind, ...ids, link: reader.next(), url: reader.rest() }
    case 'trap': return { kind, ...ids, url: reader.rest() }
    case 'confirm': return { kind, ...ids, issued_at: new Date(reader.next() * 60_000) }
    case undefined: return null
  }
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
