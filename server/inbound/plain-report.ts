import { answerPrefix, delayWords, failureSubjects, failureWords, finalWords, machineNames } from './bounce-words.ts'
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
  const found = named.length > 0 ? named.map(address => ({ address, line: lines.findIndex(line => line.toLowerCase().includes(address.toLowerCase())) })) : addressesInLines(lines, envelope, returned)
  const delayed = delayWords.test(`${envelope.subject}\n${words.slice(0, 3000)}`) && !finalWords.test(words.slice(0, 3000))
  if (found.length === 0) return { rule, failures: [failure(addressOfVerp(envelope), replyLines(words), words, delayed)] }
  const starts = found.map(each => each.line).filter(line => line >= 0)
  return {
    rule,
    failures: found.map(({ address, line }) => {
      const next = Math.min(...starts.filter(start => start > line), line + 25)
      const near = line < 0 ? '' : lines.slice(line, next).join('\n').replace(address, '')
      return failure(address, reasonNear(near) || replyLines(words), words, delayed)
    }),
  }
}

function failure(address: string | null, diagnostic: string, words: string, delayed: boolean): PlainFailure {
  return { address, diagnostic: diagnostic === '' ? words.replace(/\s+/g, ' ').trim().slice(0, 1500) : diagnostic, status: '', delayed, command: commandIn(diagnostic) || commandIn(words) }
}

function recogniseReport(headers: Header[], envelope: MailEnvelope, words: string, returned: Header[]): string | null {
  if (headerOf(headers, 'x-failed-recipients') !== '') return 'x-failed-recipients'
  if (answerPrefix.test(envelope.subject)) return null
  const sender = `${headerOf(headers, 'from')} ${envelope.from?.name ?? ''}`
  const machine = machineNames.test(sender) || headerOf(headers, 'from').trim() === ''
  const subject = failureSubjects.test(envelope.subject)
  if (!machine && !subject) return null
  const nobody = envelope.return_path === '' || /^\s*<?>?\s*$/.test(headerOf(headers, 'from'))
  const speaks = failureWords.test(words.slice(0, 4000))
  const reply = /(?:^|[\s:;(<#])(?:[45]\d\d[ -]#?[45]\.\d\.\d|55[0-4][ -]|[45]\.[0-7]\.\d{1,3}\b)/.test(words)
  const score = (machine ? 2 : 0) + (subject ? 2 : 0) + (nobody ? 1 : 0) + (speaks ? 1 : 0) + (reply ? 1 : 0) + (returned.length > 0 ? 1 : 0)
  return score >= 4 && (speaks || reply) ? 'report-in-words' : null
}

type FoundAddress = { address: string, line: number }

const servants = /^(?:post-?master|mailer-?daemon|abuse|webmaster|hostmaster|no-?reply|mailmaster|root|helpdesk|support|security|spam|antispam|delist|unblock|removal)@/i

/** Addresses in the place where programs put those that failed: at the start of a line, after a word like "to", or anywhere. */
function addressesInLines(lines: string[], envelope: MailEnvelope, returned: Header[]): FoundAddress[] {
  const sender = new Set([...envelope.to, ...(envelope.from ? [envelope.from] : [])].map(each => each.address.toLowerCase()))
  for (const name of ['from', 'reply-to', 'sender', 'return-path', 'errors-to']) for (const address of findAddresses(headerOf(returned, name))) sender.add(address.toLowerCase())
  const written = new Set(['to', 'cc', 'bcc', 'x-original-to', 'envelope-to'].flatMap(name => findAddresses(headerOf(returned, name))).map(address => address.toLowerCase()))
  const ranks: FoundAddress[][] = [[], [], []]
  const seen = new Set<string>()
  for (const [line, text] of lines.entries()) {
    if (!text.includes('@') || /message-?id|(?:^|\s)id[ :]|contact|assist|question|help|forward (?:this|it)|report this|in-reply-to|references:|reporting-mta|^\s*(?:>\s*)?(?:from|sender|reply-to|return-path):/i.test(text)) continue
    for (const address of findAddresses(text).slice(0, 20)) {
      const key = address.toLowerCase()
      if (seen.has(key) || (sender.has(key) && !written.has(key)) || servants.test(address)) continue
      seen.add(key)
      const before = text.slice(0, text.indexOf(address))
      const rank = /^[\s<"'([{*>•·|-]*(?:\d{1,3}[.)]\s*)?(?:mailto:)?$/i.test(before) ? 0 : /(?:to|recipients?|address(?:es)?|user|mailbox|for|addressee|rcpt to|получател\S*|адрес\S*|an|à|para|a|do|aan)\W{0,8}$/i.test(before) ? 1 : 2
      ranks[rank]!.push({ address, line })
    }
  }
  const all = ranks.flat()
  const meant = all.filter(each => written.has(each.address.toLowerCase()))
  if (ranks[0]!.length > 0) return ranks[0]!
  return meant.length > 0 ? meant : ranks[1]!.length > 0 ? ranks[1]! : ranks[2]!.slice(0, 1)
}

/** `bounces+anna=example.org@us.example` says who did not get it when nothing else does. */
function addressOfVerp(envelope: MailEnvelope): string | null {
  for (const { address } of envelope.to) {
    const found = /[+_-]([^+=@\s]{1,64})=([a-z0-9-]+(?:\.[a-z0-9-]+)+)@/i.exec(address) ?? /^([^+=@\s]{1,64})=([a-z0-9-]+(?:\.[a-z0-9-]+)+)@/i.exec(address)
    if (found) return findAddress(`${found[1]}@${found[2]}`)
  }
  return null
}

/** What stands under an address, up to an empty line after something was said. */
function reasonNear(near: string): string {
  const kept: string[] = []
  for (const line of near.split('\n')) {
    if (line.trim() === '' && kept.join('').replace(/[\W_]/g, '').length > 5) break
    kept.push(line.trim())
  }
  return kept.join(' ').replace(/^[\s<>:().'"-]+/, '').replace(/\s+/g, ' ').trim().slice(0, 2000)
}

/** Lines that look like a server's answer, with their continuations. */
function replyLines(words: string): string {
  const lines = words.split('\n').map(line => line.trim())
  const first = lines.findIndex(line => /(?:^|[\s:;(<])(?:[45]\d\d[ -](?:#?[45]\.\d\.\d|\S)|[45]\.[0-7]\.\d{1,3}\b|\(#[45]\.\d\.\d\))/.test(line))
  return first === -1 ? '' : lines.slice(first, first + 4).join(' ').slice(0, 1500)
}

/** The command of the conversation that was refused, where a report says so; '' where not. */
export const commandIn = (text: string): string =>
  /in reply to (?:end of )?(\w+)/i.exec(text)?.[1]?.toUpperCase() ?? /(?:after|>>>) (?:sending )?(?:end of )?(RCPT|DATA|MAIL|EHLO|HELO)\b/i.exec(text)?.[1]?.toUpperCase() ?? ''
