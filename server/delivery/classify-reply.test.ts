import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { classifyReply, readRules } from './classify-reply.ts'
import { judgeReply } from './judge-reply.ts'
import { parseReply, type SmtpPhase } from './smtp-reply.ts'

const says = (reply: string) => {
  const { outcome, about } = classifyReply(reply)
  return `${outcome} ${about}`
}

describe('classifyReply', () => {
  it('is hard only where nobody will ever read mail', () => {
    expect(says('550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in virtual mailbox table')).toBe('hard recipient')
    expect(says('550 5.5.0 Requested action not taken: mailbox unavailable')).toBe('hard recipient')
    expect(says('550 5.1.2 Host unknown')).toBe('hard recipient')
    expect(says('554 delivery error: dd This user doesn\'t have a yahoo.com account (x@yahoo.com) [0]')).toBe('hard recipient')
    expect(says('550 5.4.1 Recipient address rejected: Access denied. AS(201806281)')).toBe('hard recipient')
    expect(says('550 нет такого пользователя')).toBe('hard recipient')
    expect(says('552 5.2.2 user is over quota')).toBe('soft recipient')
    expect(says('550 5.2.1 The email account that you tried to reach is disabled')).toBe('soft recipient')
    expect(says('450 4.1.1 User unknown')).toBe('soft recipient')
  })

  it('tells a refusal of the sender or the mail from one of the recipient, whatever the code', () => {
    expect(says('550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.4 is blacklisted using SPAMHAUS-XBL.')).toBe('block sender')
    expect(says('554 5.7.1 <x@example.org>: Recipient address rejected: https://www.spamhaus.org/query/ip/192.0.2.4')).toBe('block sender')
    expect(says('550 5.7.26 This mail is unauthenticated, which poses a security risk')).toBe('block sender')
    expect(says('550 5.1.8 Domain of sender address example.org does not exist')).toBe('block sender')
    expect(says('554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc')).toBe('block content')
    expect(says('552 5.3.4 Message size exceeds fixed limit')).toBe('soft content')
    expect(says('421 4.7.28 Our system has detected an unusual rate of mail from your IP address.')).toBe('rate sender')
    expect(says('450 4.2.1 The user you are trying to contact is receiving mail too quickly.')).toBe('rate recipient')
    expect(says('451 4.7.1 Greylisting in action, please come back later')).toBe('soft server')
  })

  it('knows what is about the recipient from what only sounds like it', () => {
    expect(says('553 sorry, that domain isn\'t in my list of allowed rcpthosts (#5.7.1)')).toBe('block sender')
    expect(says('550 5.7.1 Backscatter Protection detected an invalid or expired email address')).toBe('block sender')
    expect(says('550 This server does not accept mail from 192.0.2.4')).toBe('block sender')
    expect(says('550 From: domain is invalid. Please provide a valid From:')).toBe('block sender')
    expect(says('550 Benutzer hat zuviele Mails auf dem Server. / User has too many messages on the server.')).toBe('soft recipient')
    expect(says('Host not found, try again')).toBe('soft server')
    expect(says('550 5.7.1 The email address used to send your message is not subscribed to this group')).toBe('block content')
    expect(says('550 sorry, your envelope recipient has been denied (#5.7.1)')).toBe('hard recipient')
    expect(says('550 this address no longer accepts mail')).toBe('hard recipient')
    expect(says('550 Recipient domain must exist')).toBe('hard recipient')
    expect(says('550 Sender domain must exist')).toBe('block sender')
    expect(says('553-you are trying to use me [mx.example.org] as a relay, but I have not been configured to let you')).toBe('block sender')
  })

  it('reads a code that nobody adds a word to', () => {
    expect(says('550 5.1.1')).toBe('hard recipient')
    expect(says('552 5.2.2')).toBe('soft recipient')
    expect(says('550 5.7.26')).toBe('block sender')
  })

  it('does not take an address or the name of a server for words about the mail', () => {
    expect(says('550 5.1.1 <spam.virus@blocked.example>: User unknown')).toBe('hard recipient')
    expect(says('host mx.antispam-rbl.example[192.0.2.9] said: 550 5.1.1 User unknown')).toBe('hard recipient')
  })

  it('reads replies of several lines, without codes, and good ones', () => {
    expect(says('550-5.1.1 The email account that you tried to reach does\n550-5.1.1 not exist. Please try\n550 5.1.1 double-checking it')).toBe('hard recipient')
    expect(says('550-5.1.1 The email account that you tried to reach does 550-5.1.1 not exist. Please try 550 5.1.1 double-checking it')).toBe('hard recipient')
    expect(says('5.2.2 full')).toBe('soft recipient')
    expect(says('HostUnknown')).toBe('hard recipient')
    expect(says('250 2.0.0 Ok: queued as 4F2')).toBe('ok server')
    expect(says('354 go ahead')).toBe('ok server')
    expect(says('')).toBe('soft server')
    expect(says('550')).toBe('hard recipient')
    expect(says('xyzzy')).toBe('soft server')
  })

  it('gives every hostile reply an outcome', () => {
    const hostile = ['user '.repeat(5000), 'a@'.repeat(5000), '550 ' + 'mailbox is '.repeat(2000), '5.1.1 '.repeat(3000), 'x'.repeat(1_000_000), ' \t'.repeat(100_000), 'sender address '.repeat(1000), 'message content size '.repeat(1000), 'your ip address is '.repeat(1000)]
    expect(hostile.map(reply => typeof classifyReply(reply).outcome)).toEqual(hostile.map(() => 'string'))
  }, 60_000)

  it('names the line of a rule that cannot be read', () => {
    expect(() => readRules('# fine\nuserunknown * no such user\nnonsense')).toThrow('line 3')
    expect(() => readRules('madeup * x')).toThrow('line 1')
    expect(() => readRules('# fine\nuserunknown * (no such')).toThrow('reply-rules.txt, line 2: Invalid regular expression')
  })

  const corpora = path.resolve(import.meta.dirname, '../../../shared/corpora')
  it.runIf(existsSync(corpora))('agrees with others on replies seen in the wild', () => {
    type Case = { text: string, reason: string, category: string }
    const cases = (name: string) => (JSON.parse(readFileSync(path.join(corpora, name, 'replies.json'), 'utf8')) as { cases: Case[] }).cases
    const wanted: Record<string, string[]> = { blacklist: ['block'], spam: ['block'], policy: ['block'], recipient: ['hard'], network: ['soft', 'hard'], other: ['block', 'soft'] }
    const zonemta = cases('smtp-replies-zonemta')
    const right = zonemta.filter(each => wanted[each.category]!.includes(classifyReply(each.text).outcome))
    const sisimai = cases('smtp-replies-sisimai')
    const same = sisimai.filter(each => classifyReply(each.text).reason === each.reason)
    const hard = new Set(['userunknown', 'hostunknown', 'hasmoved', 'notaccept'])
    const hardRight = sisimai.filter(each => hard.has(each.reason) === (classifyReply(each.text).outcome === 'hard'))
    console.log(`zone-mta: ${right.length} of ${zonemta.length}; Sisimai: hard or not ${hardRight.length}, reason ${same.length} of ${sisimai.length}`)
    expect(right.length / zonemta.length).toBeGreaterThan(0.97)
    expect(hardRight.length / sisimai.length).toBeGreaterThan(0.97)
  })
  it.skipIf(existsSync(corpora))('skipped: corpora not present', () => {})
})

describe('judgeReply', () => {
  const meaning = (text: string, phase: SmtpPhase = 'rcpt') => {
    const found = judgeReply(parseReply([text]), phase)
    return `${found.kind} ${found.reason}`
  }

  it('marks the recipient only for what is about the recipient', () => {
    expect(meaning('550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in virtual mailbox table')).toBe('bounced unknown_recipient')
    expect(meaning('550 Invalid recipient x@example.org')).toBe('bounced unknown_recipient')
    expect(meaning('550 5.1.2 Host unknown')).toBe('bounced unknown_domain')
    expect(meaning('550 5.2.1 The email account that you tried to reach is disabled')).toBe('failed disabled_mailbox')
    expect(meaning('550 5.7.1 Service unavailable; client host blocked using Spamhaus')).toBe('failed blocked')
    expect(meaning('552 5.2.2 user is over quota')).toBe('failed mailbox_full')
    expect(meaning('552 5.3.4 Message size exceeds fixed limit', 'content')).toBe('failed too_large')
    expect(meaning('550 5.1.8 Sender address rejected: Domain not found')).toBe('failed sender_refused')
    expect(meaning('550 5.1.1 mailbox unavailable', 'mail')).toBe('failed sender_refused')
    expect(meaning('421 4.7.0 try later')).toBe('deferred busy')
    expect(meaning('450 4.7.1 Too many messages from your IP')).toBe('deferred rate_limited')
    expect(meaning('550 5.4.5 Daily user sending quota exceeded')).toBe('deferred rate_limited')
    expect(meaning('450 4.2.2 mailbox full')).toBe('deferred mailbox_full')
    expect(meaning('530 5.7.0 Authentication required')).toBe('failed authentication')
  })
})
