import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectMail } from './inspect-mail.ts'
import { linesOfHtml } from './html-lines.ts'
import { trimReply } from './trim-reply.ts'

/** Mails and expectations that others collected; not part of the program, scored where they lie beside it. */
const corpora = path.resolve(import.meta.dirname, '../../../shared/corpora')
const read = (...names: string[]) => readFileSync(path.join(corpora, ...names))
const cases = <T>(name: string) => Object.entries((JSON.parse(read(name, 'expected.json').toString()) as { cases: Record<string, T | null> }).cases).filter((each): each is [string, T] => each[1] !== null)
const share = (right: number, all: number) => `${right} of ${all} (${(100 * right / all).toFixed(1)} %)`

describe.runIf(existsSync(corpora))('mails that others collected', () => {
  it('bounces-sisimai: recognised, hard or not, recipients; the same with other line ends', () => {
    let files = 0, recognised = 0, events = 0, right = 0, named = 0, found = 0, reasons = 0
    type Case = { events: { hardbounce: boolean, reason: string }[] | null, report_recipients?: string[], same_message_in?: string[] }
    for (const [file, expected] of cases<Case>('bounces-sisimai')) {
      if (!expected.events || !existsSync(path.join(corpora, 'bounces-sisimai/messages', file))) continue
      const mail = inspectMail(read('bounces-sisimai/messages', file))
      files++
      if (mail.kind === 'bounce' || mail.kind === 'delay') recognised++
      for (const [index, event] of expected.events.entries()) {
        const recipient = mail.recipients[index] ?? mail.recipients.at(-1)
        events++
        if (recipient && (recipient.outcome === 'hard') === event.hardbounce) right++
        if (recipient?.reason === event.reason) reasons++
      }
      if (expected.report_recipients) {
        named++
        if (mail.recipients.some(each => expected.report_recipients!.some(one => one.toLowerCase() === each.address.toLowerCase()))) found++
      }
      for (const folder of expected.same_message_in ?? []) expect(inspectMail(read('bounces-sisimai', folder, file)).recipients).toEqual(mail.recipients)
    }
    for (const file of readdirSync(path.join(corpora, 'bounces-sisimai/not-bounces'))) expect(inspectMail(read('bounces-sisimai/not-bounces', file)).kind).toBe('human')
    console.log(`bounces-sisimai: recognised ${share(recognised, files)}, hard or not ${share(right, events)}, reason ${share(reasons, events)}, recipient ${share(found, named)}`)
    expect(recognised / files).toBeGreaterThan(0.99)
    expect(right / events).toBeGreaterThan(0.95)
  })

  it('bounces-flufl: addresses, and no delay taken for a hard bounce', () => {
    let all = 0, got = 0, right = 0
    for (const [file, { permanent, temporary }] of cases<{ permanent: string[] | null, temporary: string[] | null }>('bounces-flufl')) {
      if (permanent === null || temporary === null) continue
      const wanted = new Set([...permanent, ...temporary].map(each => each.toLowerCase()))
      const { recipients } = inspectMail(read('bounces-flufl/messages', file))
      all += wanted.size
      got += recipients.length
      right += recipients.filter(each => wanted.has(each.address.toLowerCase())).length
      for (const each of recipients) if (temporary.some(one => one.toLowerCase() === each.address.toLowerCase())) expect(each.outcome).not.toBe('hard')
    }
    console.log(`bounces-flufl: ${share(right, got)} of what is found is right, ${share(right, all)} of what there is is found`)
    expect(right / got).toBeGreaterThan(0.95)
    expect(right / all).toBeGreaterThan(0.9)
  })

  it('complaints: every report with its kind', () => {
    for (const [file, expected] of cases<{ reports: { feedbacktype: string }[] | null }>('complaints-arf-sisimai')) {
      const mail = inspectMail(read('complaints-arf-sisimai/messages', file))
      expect([file, mail.kind]).toEqual([file, 'complaint'])
      if (expected.reports) expect([file, ...mail.complaints.map(each => each.type)]).toEqual([file, ...expected.reports.map(each => each.feedbacktype)])
    }
  })

  it('automatic replies, and no person taken for a machine', () => {
    const kinds: Record<string, string> = { 'auto-reply': 'auto_reply', person: 'human', bounce: 'bounce', 'delay notice': 'delay' }
    for (const folder of ['autoreplies-sisimai', 'autoreplies-spamassassin']) for (const [file, expected] of cases<{ class: string }>(folder)) expect([file, inspectMail(read(folder, 'messages', file)).kind]).toEqual([file, kinds[expected.class]])
    for (const [file] of cases('mails-spamassassin-people')) {
      const mail = inspectMail(read('mails-spamassassin-people', file))
      expect([file, mail.kind, mail.visible_text !== '']).toEqual([file, 'human', true])
    }
  })

  it('answers without quotes and signature', () => {
    const plain = (text: string) => text.replace(/\r/g, '').replace(/[ \t]+$/gm, '').replace(/\n{2,}/g, '\n\n').trim()
    const words = (text: string) => text.replace(/\s+/g, ' ').trim()
    const discourse = cases<{ visible: string }>('replies-discourse-trimmer')
    const right = discourse.filter(([file, { visible }]) => plain(trimReply(read('replies-discourse-trimmer/emails', file).toString())) === plain(visible))
    console.log(`replies-discourse-trimmer: ${share(right.length, discourse.length)}`)
    expect(right.length).toBeGreaterThanOrEqual(28)
    for (const folder of ['replies-github', 'replies-crisp']) {
      type Case = { visible?: string, visible_starts_with?: string, visible_contains?: string[], hidden_contains?: string[] }
      const all = cases<Case>(folder)
      const good = all.filter(([file, expected]) => {
        const got = words(trimReply(read(folder, 'emails', file).toString()))
        const first = words(expected.visible_starts_with ?? '')
        return (expected.visible === undefined || got === words(expected.visible)) && (expected.visible !== undefined || first.startsWith(got) || got.startsWith(first)) && (expected.visible_contains ?? []).every(each => got.includes(words(each))) && !(expected.hidden_contains ?? []).some(each => got.includes(words(each)))
      })
      console.log(`${folder}: ${share(good.length, all.length)}`)
      expect(good.length / all.length).toBeGreaterThan(0.9)
    }
  })

  it('answers of talon, which keeps signatures of telephones and forwarded mails that we cut', () => {
    const tight = (text: string) => text.replace(/\s+/g, '')
    const pairs = <T>(file: string) => Object.values((JSON.parse(read('replies-talon', file).toString()) as { cases: Record<string, T> }).cases)
    type Case = { input: string, expected: string }
    const right = [
      ...cases<{ visible?: string }>('replies-talon').filter(([, each]) => each.visible !== undefined).map(([file, { visible }]) => tight(file.startsWith('html/') ? trimReply(linesOfHtml(read('replies-talon', file).toString())) : inspectMail(read('replies-talon', file)).visible_text ?? '') === tight(visible!)),
      ...pairs<Case>('plain_cases.json').map(({ input, expected }) => tight(trimReply(input)) === tight(expected)),
      ...pairs<Case>('html_cases.json').map(({ input, expected }) => tight(trimReply(linesOfHtml(input))) === tight(linesOfHtml(expected))),
    ]
    console.log(`replies-talon: ${share(right.filter(Boolean).length, right.length)}`)
    expect(right.filter(Boolean).length).toBeGreaterThanOrEqual(35)
  })
})
it.skipIf(existsSync(corpora))('skipped: corpora not present', () => {})
