import { answerPrefix, delayWords, failureSubjects, failureWords, finalWords, machineNames } from './bounce-words.ts'
import { classifyReply } from '../delivery/classify-reply.ts'
import type { ReplyReason } from '../delivery/reply-reasons.ts'
import type { MailEnvelope } from './mail-envelope.ts'
import { findAddress, findAddresses } from './read-addresses.ts'
import { headerOf, type Header } from './read-mime.ts'

export type PlainFailure = { address: string | null, diagnostic: string, status: string, delayed: boolean, command: string }
export type PlainReport = { failures: PlainFailure[], rule: string }

/**
 * Reads a report that people were meant to read. It must come from a program (by name, subject or a header only
 * programs set) and speak of failure; `known`: that it is a report is known already, only its words are asked for.
 */
export function readPlainReport(headers: Header[], envelope: MailEnvelope, words: string, returned: Header[], known: boolean): PlainReport | null {
  const rule = known ? 'known' : recogniseReport(headers, envelope, words, returned)
  if (rule === null) return null
  const named = findAddresses(headerOf(headers, 'x-failed-recipients'))
  const lines = words.split('\n').slice(0, 600)
  const found = named.length > 0 ? named.map(address => ({ address, line: lines.findLastIndex(line => line.toLowerCase().includes(address.toLowerCase())) })) : addressesInLines(lines, envelope, returned)
  const delayed = delayWords.test(`${envelope.subject}\n${words.slice(0, 3000)}`) && !finalWords.test(words.slice(0, 3000))
  if (found.length === 0) found.push(...namesWithoutDomain(lines, envelope))
  if (found.length === 0) return { rule, failures: [failure(addressOfVerp(envelope), [replyLines(words)], words, delayed)] }
  const starts = found.map(each => each.line).filter(line => line >= 0)
  return {
    rule,
    failures: found.map(({ address, line }) => {
      const next = Math.min(...starts.filter(start => start > line), line + 30)
      const near = line < 0 ? '' : lines.slice(line, next).join('\n').replace(address, ' ')
      return failure(address, [...reasonsNear(near), replyLines(words)], words, delayed)
    }),
  }
}

/** The first of the pieces of text that says why; else whatever was said. */
function failure(address: string | null, pieces: string[], words: string, delayed: boolean): PlainFailure {
  const whole = words.replace(/\s+/g, ' ').trim().slice(0, 1500)
  const candidates = [...pieces, whole].filter(piece => piece !== '')
  const diagnostic = pieces.find(piece => /(?:^|\s)[45]\d\d[ -]#?[45]\.\d{1,3}\.\d/.test(piece)) ?? candidates.find(piece => !saysNothing.has(classifyReply(piece).reason ?? 'onhold')) ?? candidates[0] ?? ''
  return { address, diagnostic, status: '', delayed, command: commandIn(diagnostic) || commandIn(words) }
}

const saysNothing = new Set<ReplyReason>(['onhold', 'rejected', 'expired'])

function recogniseReport(headers: Header[], envelope: MailEnvelope, words: string, returned: Header[]): string | null {
  if (headerOf(headers, 'x-failed-recipients') !== '') return 'x-failed-recipients'
  const sender = `${headerOf(headers, 'from')} ${envelope.from?.name ?? ''}`
  // Nobody's name counts as a machine's only with nobody's return path.
  const nameless = /^\s*(?:<\s*>)?\s*$/.test(headerOf(headers, 'from')) && (envelope.return_path ?? '') === ''
  const machine = machineNames.test(sender) || nameless
  const subject = failureSubjects.test(envelope.subject)
  if (!machine && !subject) return null
  const nobody = envelope.return_path === '' || /^\s*<?>?\s*$/.test(headerOf(headers, 'from'))
  const speaks = failureWords.test(words.slice(0, 4000)) || !saysNothing.has(classifyReply(words.slice(0, 1500)).reason ?? 'onhold')
  const reply = /(?:^|[\s:;(<#])(?:[45]\d\d[ -]#?[45]\.\d\.\d|55[0-4][ -]|[45]\.[0-7]\.\d{1,3}\b)/.test(words)
  // Answers are written by people, unless one signs as a mail system and quotes a server only.
  if (answerPrefix.test(envelope.subject) && !(machine && reply && !/^>/m.test(words))) return null
  const named = /^[ \t<"'([{*>•-]{0,20}[^\s@<>"]{1,64}@[^\s@<>]{3,200}[>")\]]?(?:[\s:]|$)/m.test(words)
  // A subject alone does not make a program of somebody: people write about what was not delivered, too.
  if (!machine && !named && returned.length === 0) return null
  const score = (machine ? 2 : 0) + (subject ? 2 : 0) + (nobody ? 1 : 0) + (speaks ? 1 : 0) + (reply ? 1 : 0) + (returned.length > 0 ? 1 : 0) + (named ? 1 : 0)
  return score >= 4 && (speaks || reply || (machine && subject)) ? 'report-in-words' : null
}

type FoundAddress = { address: string, line: number }

const servants = /^(?:post-?master|mailer-?daemon|abuse|webmaster|hostmaster|no-?reply|mailmaster|root|helpdesk|support|security|spam|antispam|delist|unblock|removal)@/i

/** Addresses in the place where programs put those that failed: at the start of a line, after a word like "to", or anywhere. */
function addressesInLines(lines: string[], envelope: MailEnvelope, returned: Header[]): FoundAddress[] {
  const sender = new Set([...envelope.to, ...(envelope.from ? [envelope.from] : [])].map(each => each.address.toLowerCase()))
  for (const name of ['from', 'reply-to', 'sender', 'return-path', 'errors-to']) for (const address of findAddresses(headerOf(returned, name))) sender.add(address.toLowerCase())
  const written = new Set(['to', 'cc', 'bcc', 'x-original-to', 'envelope-to'].flatMap(name => findAddresses(headerOf(returned, name))).map(address => address.toLowerCase()))
  const best = new Map<string, FoundAddress & { rank: number }>()
  for (const [line, text] of lines.entries()) {
    if (!text.includes('@') || notOfRecipients.test(text)) continue
    for (const address of findAddresses(text).slice(0, 20)) {
      const key = address.toLowerCase()
      if ((sender.has(key) && !written.has(key)) || (servants.test(address) && !written.has(key))) continue
      const before = text.slice(0, text.indexOf(address))
      const rank = /^[\s<"'([{*>•·|-]*(?:\d{1,3}[.)]\s*)?(?:"[^"]*"\s*<?|mailto:)?$|\bsmtp[=:]$/i.test(before) ? 0 : /(?:to|recipients?|address(?:es)?|user|mailbox|for|addressee|rcpt to|получател\S*|адрес\S*|an|à|para|a|do|aan)\W{0,8}$/i.test(before) ? 1 : 2
      if (rank < (best.get(key)?.rank ?? 3)) best.set(key, { address, line, rank })
    }
  }
  const all = [...best.values()].sort((one, other) => one.line - other.line)
  const ranked = (rank: number) => all.filter(each => each.rank === rank)
  const meant = all.filter(each => written.has(each.address.toLowerCase()))
  if (ranked(0).length > 0) return ranked(0)
  return meant.length > 0 ? meant : ranked(1).length > 0 ? ranked(1) : ranked(2).slice(0, 1)
}

const notOfRecipients = /message-?id|(?:^|\s)id[ :]|contact|assist|question|help|forward (?:this|it)|report this|in-reply-to|references:|reporting-mta|^\s*(?:>\s*)?(?:from|sender|reply-to|return-path):/i

/** A server that names its own users by what stands before the @: under a line about recipients, or users, that ends in a colon. */
function namesWithoutDomain(lines: string[], envelope: MailEnvelope): FoundAddress[] {
  const domain = envelope.from?.address.split('@')[1]
  const heading = lines.findIndex(line => /(?:recipients?|users?|addresse?s?)\b.*/i.test(line))
  const colon = lines.findIndex((line, at) => at >= heading && heading !== -1 && at < heading + 4 && line.trimEnd().endsWith(':'))
  if (domain === undefined || colon === -1) return []
  const found: FoundAddress[] = []
  for (let line = colon + 1; line < lines.length && /^\s+[\w.-]{2,40}\s*$/.test(lines[line]!); line++) found.push({ address: `${lines[line]!.trim()}@${domain}`, line })
  return found
}

/** `bounces+anna=example.org@us.example` says who did not get it when nothing else does. */
function addressOfVerp(envelope: MailEnvelope): string | null {
  for (const { address } of envelope.to) {
    const found = /[+_-]([^+=@\s]{1,64})=([a-z0-9-]+(?:\.[a-z0-9-]+)+)@/i.exec(address) ?? /^([^+=@\s]{1,64})=([a-z0-9-]+(?:\.[a-z0-9-]+)+)@/i.exec(address)
    if (found) return findAddress(`${found[1]}@${found[2]}`)
  }
  return null
}

/** What stands under an address: its paragraph, then that with the next one, as some put the reason there. */
function reasonsNear(near: string): string[] {
  const paragraphs = near.split(/\n[ \t]*\n/).map(each => each.replace(/\s+/g, ' ').replace(/^[\s<>:().'"-]+/, '').trim()).filter(each => each.replace(/[\W_]/gu, '').length > 5)
  return paragraphs.slice(0, 3).map((_, index) => paragraphs.slice(0, index + 1).join(' ').slice(0, 2000))
}

/** Lines that look like a server's answer, with their continuations. */
function replyLines(words: string): string {
  const lines = words.split('\n').map(line => line.trim())
  const first = lines.findIndex(line => /(?:^|[\s:;(<])(?:[45]\d\d[ -](?:#?[45]\.\d\.\d|\S)|[45]\.[0-7]\.\d{1,3}\b|\(#[45]\.\d\.\d\))/.test(line))
  return first === -1 ? '' : lines.slice(first, first + 4).join(' ').slice(0, 1500)
}

/** The command of the conversation that was refused, where a report says so; '' where not. */
export function commandIn(text: string): string {
  // An answer that begins with the name of the command, whatever was sent with it.
  if (/^\W*(?:smtp; ?)?[45]\d\d[ -](?:#?[45]\.\d\.\d{1,3} )?rcpt\b/i.test(text)) return 'RCPT'
  const replied = /in reply to (?:the )?(?:end of )?["']?(\w+)|(?:after|failed on|error on|response to|during) (?:sending )?(?:the )?(?:end of )?["'(]?(RCPT|DATA|MAIL|EHLO|HELO)\b/i.exec(text)
  if (replied) return (replied[1] ?? replied[2])!.toUpperCase()
  const refused = text.search(/<<<\s*[45]\d\d/)
  const spoken = [...(refused === -1 ? text : text.slice(0, refused)).slice(-5000).matchAll(/>>>\s*(RCPT|DATA|MAIL|EHLO|HELO)\b/gi)].at(-1)
  if (spoken) return spoken[1]!.toUpperCase()
  if (/\bRCPT[_ ]TO\b|SMTP:RCPT|does not like recipient|recipient was rejected|has rejected (?:the )?address|rejected your recipient|did not like our RCPT/i.test(text)) return 'RCPT'
  return /sender was rejected/i.test(text) ? 'MAIL' : /name was rejected/i.test(text) ? 'HELO' : ''
}
