import { timingSafeEqual } from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import type { MailIds } from '../tracking/links.ts'

/**
 * Addresses that mail comes back to: `b+<token>@host` as the return path of a mail (VERP), `u+<token>@host` in its
 * List-Unsubscribe. The token says whose mail it was and is signed, so nobody can report a mail undeliverable that
 * they did not get. Small letters and digits only: servers change the case of addresses.
 */
export type ReturnKind = 'bounce' | 'unsubscribe'
/** Where they lead: `mailbox` stands before the `+`; null: a host of our own, `b` and `u` there. */
export type ReturnAddress = { mailbox: string | null, host: string }
type Signing = Pick<App['sign'], 'sign'>

const kinds: Record<ReturnKind, number> = { bounce: 1, unsubscribe: 2 }
const signatureBytes = 8

/** `bounces.shop.example`, or `bounces@shop.example` where a mailbox takes what comes to `bounces+…@shop.example`. Null: neither. */
export function parseReturnAddress(text: string): ReturnAddress | null {
  const parts = text.trim().toLowerCase().split('@')
  const host = domainToASCII(parts.at(-1) ?? '')
  if (parts.length > 2 || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(host)) return null
  if (parts.length === 1) return { mailbox: null, host }
  // RFC 5321 lets 64 letters stand before the @; a token takes up to 33 of them.
  return /^[a-z0-9][a-z0-9._-]{0,24}$/.test(parts[0]!) ? { mailbox: parts[0]!, host } : null
}

/** The setting; empty: mails carry the sender's own address as their return path. */
export async function readReturnAddress(db: Db): Promise<ReturnAddress | null> {
  return parseReturnAddress(await readSetting<string>(db, 'return_address') ?? '')
}
export const writeReturnAddress = (db: Db, address: ReturnAddress | null): Promise<void> => writeSetting(db, 'return_address', address === null ? '' : addressText(address))
export const addressText = ({ mailbox, host }: ReturnAddress): string => mailbox === null ? host : `${mailbox}@${host}`

export function makeReturnPath(sign: Signing, kind: ReturnKind, ids: MailIds, to: ReturnAddress): string {
  const body = Buffer.from([kinds[kind], ...numberBytes(ids.contact_id), ...numberBytes(ids.message_id)])
  return `${to.mailbox ?? kind[0]!}+${encodeBase32(Buffer.concat([body, signatureOf(sign, body)]))}@${to.host}`
}

/** Whichever mailbox and host: the signature alone decides. Null for anything we did not make. */
export function readReturnPath(sign: Signing, address: string): (MailIds & { kind: ReturnKind }) | null {
  const token = /^[^+@]*\+([a-z2-7]{10,60})@/.exec(address.trim().toLowerCase())?.[1]
  const bytes = token === undefined ? null : decodeBase32(token)
  if (bytes === null || bytes.length < signatureBytes + 3) return null
  const body = bytes.subarray(0, -signatureBytes)
  if (!timingSafeEqual(bytes.subarray(-signatureBytes), signatureOf(sign, body))) return null
  const numbers = readNumbers(body.subarray(1))
  const kind = body[0] === kinds.bounce ? 'bounce' : body[0] === kinds.unsubscribe ? 'unsubscribe' : null
  return kind === null || numbers.length !== 2 ? null : { kind, contact_id: numbers[0]!, message_id: numbers[1]! }
}

const signatureOf = (sign: Signing, body: Buffer): Buffer => Buffer.from(sign.sign(`return path ${body.toString('hex')}`), 'base64url').subarray(0, signatureBytes)

/** Seven bits a byte, low ones first (LEB128). */
function numberBytes(number: number): number[] {
  return number < 128 ? [number] : [number % 128 + 128, ...numberBytes(Math.floor(number / 128))]
}

function readNumbers(bytes: Buffer): number[] {
  const numbers: number[] = []
  let number = 0
  let factor = 1
  for (const byte of bytes) {
    number += byte % 128 * factor
    factor *= 128
    if (byte >= 128) continue
    numbers.push(number)
    number = 0
    factor = 1
  }
  return numbers
}

/** RFC 4648, section 6, in small letters and without padding. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

function encodeBase32(bytes: Buffer): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map(five => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]!).join('')
}

function decodeBase32(text: string): Buffer {
  let bits = ''
  for (const letter of text) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}
