import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runScript } from '../../test/program.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'otklik-inspect-'))
const DATA_DIR = path.join(folder, 'data')
const run = (...words: string[]) => runScript('server/cli.ts', words, { DATA_DIR })

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('inspect-mail', () => {
  it('prints a line a file in the order given, a thousand in one call, and opens no database', async () => {
    const files = Array.from({ length: 1000 }, (_, index) => {
      const file = path.join(folder, `${index}.eml`)
      writeFileSync(file, `From: MAILER-DAEMON@mx.example.com\nSubject: Undelivered Mail Returned to Sender\nReturn-Path: <>\n\n<anna${index}@example.com>: host mx.example.com said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n`)
      return file
    })
    const missing = path.join(folder, 'missing.eml')
    const inner = path.join(folder, 'folder')
    mkdirSync(inner)
    const given = [...files.slice(0, 500), missing, inner, ...files.slice(500)]
    const { code, stdout, stderr } = await run('inspect-mail', '--json', ...given)
    expect([code, stderr]).toEqual([1, ''])
    const lines = stdout.trimEnd().split('\n').map(line => JSON.parse(line) as { file: string, kind?: string, error?: string, recipients?: { address: string, outcome: string }[] })
    expect(lines.map(line => line.file)).toEqual(given)
    expect(lines[7]).toMatchObject({ kind: 'bounce', recipients: [{ address: 'anna7@example.com', outcome: 'hard', reason: 'userunknown', status: '5.1.1' }] })
    expect(lines.filter(line => line.error !== undefined).map(line => line.file)).toEqual([missing, inner])
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  it('says it in words for people, and asks for a file', async () => {
    const file = path.join(folder, 'human.eml')
    writeFileSync(file, 'From: anna@example.com\nSubject: Re: Sale\n\nBoth, please.\n\n> Two left.\n')
    expect(await run('inspect-mail', file)).toMatchObject({ code: 0, stdout: `${file}: human (nothing-else)\n  Both, please.\n` })
    expect(await run('inspect-mail')).toMatchObject({ code: 2, stderr: expect.stringContaining('A file is needed.') as string })
  })
})

describe('smtp-reply', () => {
  it('says what a reply means, in words and as JSON', async () => {
    const json = await run('smtp-reply', '--json', '550 5.1.1 User unknown', '250 Ok')
    expect(json.stdout.trimEnd().split('\n').map(line => JSON.parse(line) as object)).toMatchObject([{ outcome: 'hard', about: 'recipient', reason: 'userunknown' }, { outcome: 'ok', about: 'server', reason: null }])
    expect((await run('smtp-reply', '552 5.2.2 Over quota')).stdout).toMatch(/^soft, about the recipient: mailboxfull \(reply-rules\.txt:\d+\)\n$/)
    expect((await run('smtp-reply')).code).toBe(2)
  })
})
