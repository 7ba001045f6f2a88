import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { classifyReply } from './classify-reply.ts'
import { parseReply } from './smtp-reply.ts'

const meaning = (text: string, phase: 'rcpt' | 'content' | 'mail' = 'rcpt') => {
  const found = classifyReply(parseReply([text]), phase)
  return `${found.kind} ${found.reason}`
}

describe('classifyReply', () => {
  it('marks the recipient only for what is about the recipient', () => {
    expect(meaning('550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in virtual mailbox table')).toBe('bounced unknown_recipient')
    expect(meaning('550 5.5.0 Requested action not taken: mailbox unavailable')).toBe('bounced unknown_recipient')
    expect(meaning('550 Invalid recipient x@example.org')).toBe('bounced unknown_recipient')
    expect(meaning('550 5.2.1 The email account that you tried to reach is disabled')).toBe('bounced disabled_mailbox')
    expect(meaning('550 5.1.2 Host unknown')).toBe('bounced unknown_domain')
    expect(meaning('550 5.7.1 Service unavailable; client host blocked using Spamhaus')).toBe('failed blocked')
    expect(meaning('550 5.2.1 Mailbox unavailable. Your IP address 11.22.33.44 is blacklisted using SPAMHAUS-XBL.')).toBe('failed blocked')
    expect(meaning('550 5.7.26 This mail is unauthenticated, which poses a security risk')).toBe('failed blocked')
    expect(meaning('552 5.2.2 user is over quota')).toBe('failed mailbox_full')
    expect(meaning('552 5.3.4 Message size exceeds fixed limit', 'content')).toBe('failed too_large')
    expect(meaning('550 5.1.8 Sender address rejected: Domain not found')).toBe('failed sender_refused')
    expect(meaning('550 5.1.1 mailbox unavailable', 'mail')).toBe('failed sender_refused')
    expect(meaning('550 нет такого пользователя')).toBe('bounced unknown_recipient')
    expect(meaning('554 delivery error: dd This user doesn\'t have a yahoo.com account')).toBe('bounced unknown_recipient')
    expect(meaning('421 4.7.0 try later')).toBe('deferred rate_limited')
    expect(meaning('450 4.2.2 mailbox full')).toBe('deferred mailbox_full')
    expect(meaning('530 5.7.0 Authentication required')).toBe('failed authentication')
  })

  const corpus = path.resolve(import.meta.dirname, '../../../shared/corpora/smtp-replies-sisimai/replies.json')
  it.runIf(existsSync(corpus))('agrees with Sisimai on replies seen in the wild', () => {
    const { cases } = JSON.parse(readFileSync(corpus, 'utf8')) as { cases: { text: string, reason: string }[] }
    const ofRecipient = new Set(['userunknown', 'hostunknown', 'hasmoved', 'suspend'])
    const never = new Set(['blocked', 'badreputation', 'spamdetected', 'policyviolation', 'norelaying', 'authfailure', 'mailboxfull', 'exceedlimit', 'emailtoolarge', 'rejected', 'contenterror', 'virusdetected', 'toomanyconn', 'speeding', 'ratelimited', 'notcompliantrfc', 'requireptr'])
    let wrongMarks = 0
    let found = 0
    let all = 0
    const missed: string[] = []
    const wrong: string[] = []
    for (const { text, reason } of cases) {
      if (/^4\d\d/.test(text) || /^4\.\d/.test(text)) continue
      const reply = /^[5]\d\d/.test(text) ? text : `550 ${text}`
      const result = classifyReply(parseReply([reply]), 'rcpt')
      if (ofRecipient.has(reason)) {
        all++
        if (result.kind === 'bounced') found++
        else missed.push(`${reason} ${text}`)
      } else if (never.has(reason) && result.kind === 'bounced') {
        wrongMarks++
        wrong.push(`${reason}: ${text} → ${result.reason}`)
      }
    }
    console.log(`of ${all} replies about the recipient ${found} are taken as such; ${wrongMarks} others are wrongly`, process.env['VERBOSE'] ? { wrong, missed } : '')
    expect(wrongMarks / cases.length).toBeLessThan(0.02)
    expect(found / all).toBeGreaterThan(0.7)
  })
  it.skipIf(existsSync(corpus))('skipped: corpora not present', () => {})
})
