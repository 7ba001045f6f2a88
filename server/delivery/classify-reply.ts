import { readFileSync } from 'node:fs'
import { replyReasons, type ReplyAbout, type ReplyOutcome, type ReplyReason } from './reply-reasons.ts'

/**
 * `reason`: null when the reply is a good one. `rule`: where in reply-rules.txt it was decided. `certain`: the rule holds
 * at whatever moment of the conversation it is said.
 */
export type ClassifiedReply = { outcome: ReplyOutcome, about: ReplyAbout, reason: ReplyReason | null, rule: string, certain: boolean }
/** code: 0 when the reply has none. text: without the codes. */
export type ReplyParts = { code: number, enhanced: string | null, text: string }

type Rule = { line: number, certain: boolean, reason: ReplyReason, about: ReplyAbout, codes: ((parts: ReplyParts) => boolean)[], pattern: RegExp }

/**
 * What a server means by its reply: one line, or the lines of a multi-line reply, with or without codes
 * (`550 5.1.1 User unknown`, `5.2.2 full`, `Host unknown`). A text that nothing is known about is soft, about the server.
 */
export function classifyReply(reply: string): ClassifiedReply {
  return classifyParts(takeApart(reply))
}

export function classifyParts(parts: ReplyParts): ClassifiedReply {
  if (parts.code >= 200 && parts.code < 400 || parts.code === 0 && parts.enhanced?.startsWith('2.')) return { outcome: 'ok', about: 'server', reason: null, rule: 'code', certain: false }
  const text = forMatching(parts.text)
  const rule = rules.find(each => (each.codes.length === 0 || each.codes.some(fits => fits(parts))) && each.pattern.test(text))
  if (!rule) return { outcome: 'soft', about: 'server', reason: 'onhold', rule: 'none', certain: false }
  const { outcome } = replyReasons[rule.reason]
  // "Later" is the server's word: an address it cannot find today is not given up for it.
  return { outcome: outcome === 'hard' && isTemporary(parts) ? 'soft' : outcome, about: rule.about, reason: rule.reason, rule: `reply-rules.txt:${rule.line}`, certain: rule.certain }
}

const isTemporary = ({ code, enhanced }: ReplyParts): boolean => code === 0 ? enhanced?.startsWith('4.') ?? false : code < 500

/** Codes and words of a reply. Repeated codes of further lines are taken out: "550-5.1.1 No 550 5.1.1 such user". */
export function takeApart(reply: string): ReplyParts {
  const whole = reply.slice(0, 4000).replace(/\s+/g, ' ').trim()
  const start = /^(?:smtp; ?)?(?:(\d{3})(?=[ \-#:]|$)[ -]?)?(?:#?([245]\.\d{1,3}\.\d{1,3})(?=[^\d.]|$)[ -]?)?/i.exec(whole)!
  let code = start[1] ? Number(start[1]) : 0
  if (code < 200 || code > 599) code = 0
  let text = whole.slice(code === 0 && start[1] ? 0 : start[0].length)
  let enhanced = start[2] ?? null
  if (enhanced === null) {
    const inside = /(?:^|[\s(#<:])#?([45]\.[0-7]\.\d{1,3})(?=[\s);:,>\]-]|\.?$)/.exec(text)
    if (inside && (code === 0 || inside[1]!.startsWith(String(code)[0]!))) enhanced = inside[1]!
  }
  if (code !== 0) text = text.replace(new RegExp(`(^|\\s)${code}[ -](?=#?[245]\\.\\d|[A-Za-z])`, 'g'), '$1')
  if (enhanced !== null) text = text.replaceAll(enhanced, ' ')
  return { code, enhanced, text: text.replace(/\s+/g, ' ').trim() }
}

/** Names in addresses and of the server that speaks are not words about the mail. */
function forMatching(text: string): string {
  return text.slice(0, 1500)
    .replace(/^.{0,20}\bhost \S{1,200} (?:said|refused to talk to me): /i, '')
    .replace(/<?[^\s<>()"',;:@]{1,64}@[\p{L}\p{N}._-]{1,255}>?/gu, '<>')
    .replace(/\s+/g, ' ').trim()
}

/** Throws an Error that names the line when a rule cannot be read. */
export function readRules(text: string): Rule[] {
  return text.split('\n').flatMap((row, index): Rule[] => {
    if (row.trim() === '' || row.startsWith('#')) return []
    const found = /^(\S+)\s+(\S+)\s+(.+)$/.exec(row.trim())
    const [reason, about] = (found?.[1] ?? '').replace('!', '').split('/')
    if (!found || reason === undefined || !(reason in replyReasons)) throw new Error(`reply-rules.txt, line ${index + 1}: REASON CODES PATTERN is expected`)
    const known = reason as ReplyReason
    return [{
      line: index + 1, certain: found[1]!.includes('!'), reason: known, about: (about as ReplyAbout | undefined) ?? replyReasons[known].about,
      codes: found[2]!.split(',').includes('*') ? [] : found[2]!.split(',').map(readCode), pattern: readPattern(found[3]!, index + 1),
    }]
  })
}

/** A single dot is any text, none as well: codes often come without words. */
function readPattern(pattern: string, line: number): RegExp {
  try {
    return new RegExp(pattern === '.' ? '' : pattern, 'i')
  } catch (error) {
    throw new Error(`reply-rules.txt, line ${line}: ${(error as Error).message}`)
  }
}

function readCode(code: string): (parts: ReplyParts) => boolean {
  if (/^[45]xx$/.test(code)) return ({ code: basic, enhanced }) => basic === 0 ? enhanced?.startsWith(code[0]!) ?? code[0] === '5' : String(basic).startsWith(code[0]!)
  if (/^\d{3}$/.test(code)) return ({ code: basic }) => basic === Number(code)
  const pattern = new RegExp(`^${code.replaceAll('.', '\\.').replace('x', '[45]').replace('*', '\\d*')}$`)
  return ({ enhanced }) => enhanced !== null && pattern.test(enhanced)
}

/** Read as the program starts: a file that cannot be read is met then, and not with the first bounce. */
const rules = readRules(readFileSync(new URL('reply-rules.txt', import.meta.url), 'utf8'))
