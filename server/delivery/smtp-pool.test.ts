import { afterEach, describe, expect, it } from 'vitest'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { SmtpPool } from './smtp-pool.ts'
import { parseSmtpUrl } from './smtp-settings.ts'

const timeouts = { connect: 500, reply: 300, content: 400 }
const sinks: SmtpSink[] = []
const pools: SmtpPool[] = []
afterEach(async () => {
  for (const pool of pools.splice(0)) pool.end()
  for (const sink of sinks.splice(0)) await sink.close()
})
async function start(options: Parameters<typeof startSmtpSink>[0] = {}, connections = 4) {
  const sink = await startSmtpSink(options)
  sinks.push(sink)
  const pool = new SmtpPool({ ...parseSmtpUrl(sink.url), connections }, { timeouts })
  pools.push(pool)
  return { sink, pool }
}
const mail = (to: string) => ({ from: 'news@shop.example', to, utf8: false, content: [Buffer.from(`Subject: ${to}\r\n\r\n`), Buffer.from('hello\r\n')] })
const addresses = (count: number) => Array.from({ length: count }, (_, index) => `p${index}@example.org`)

describe('SmtpPool', () => {
  for (const pipelining of [true, false]) {
    it(`sends each mail once and whole ${pipelining ? 'with' : 'without'} pipelining`, async () => {
      const { sink, pool } = await start()
      if (!pipelining) sink.capabilities = []
      const outcomes = await Promise.all(addresses(500).map(to => pool.send(mail(to))))
      expect(outcomes.every(outcome => outcome.kind === 'sent')).toBe(true)
      expect(sink.accepted.map(each => each.to).sort()).toEqual(addresses(500).sort())
      expect(sink.accepted.every(each => each.raw === `Subject: ${each.to}\r\n\r\nhello\r\n`)).toBe(true)
      expect(sink.connections).toBe(4)
    })
    it(`tells apart who was refused ${pipelining ? 'with' : 'without'} pipelining`, async () => {
      const { sink, pool } = await start()
      if (!pipelining) sink.capabilities = []
      sink.answer = (step, { to, from }) => {
        const number = Number(/\d+/.exec(to)?.[0])
        if (step === 'mail' && from === 'bad@shop.example') return '550 5.7.1 sender refused'
        if (step === 'rcpt' && number % 5 === 1) return '550 5.1.1 User unknown'
        if (step === 'rcpt' && number % 5 === 2) return '450 4.2.0 Greylisted, try again'
        if (step === 'data' && number % 5 === 3) return '554 5.7.1 blocked using spamhaus'
        if (step === 'content' && number % 5 === 4) return '552 5.3.4 Message too big'
        return undefined
      }
      const outcomes = await Promise.all([...addresses(100).map(to => pool.send(mail(to))), pool.send({ ...mail('p0@example.org'), from: 'bad@shop.example' })])
      const kinds = outcomes.map(outcome => 'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind)
      for (let index = 0; index < 100; index++) expect(kinds[index]).toBe(['sent', 'bounced unknown_recipient', 'deferred greylisted', 'failed blocked', 'failed too_large'][index % 5])
      expect(kinds[100]).toBe('failed sender_refused')
      expect(sink.accepted).toHaveLength(20)
    })
  }
  it('a mail whose answer never came is unknown, the others find another connection', async () => {
    const { sink, pool } = await start()
    sink.answer = (step, { to }) => step === 'content' && to === 'p7@example.org' ? 'accept, hang up' : undefined
    const outcomes = await Promise.all(addresses(50).map(to => pool.send(mail(to))))
    expect(outcomes.map((outcome, index) => `${index} ${outcome.kind}`).filter(text => !text.endsWith('sent'))).toEqual(['7 unknown'])
    expect(sink.accepted).toHaveLength(50)
  })
  it('a silent server is left after the time-out', async () => {
    const { sink, pool } = await start()
    sink.answer = step => step === 'content' ? 'silent' : undefined
    expect(await pool.send(mail('a@example.org'))).toMatchObject({ kind: 'unknown' })
    sink.answer = step => step === 'rcpt' ? 'silent' : undefined
    expect(await pool.send(mail('b@example.org'))).toMatchObject({ kind: 'not_sent', error: { code: 'timeout' } })
  })
  it('a server that cannot be reached or refuses to sign in gives the mails back', async () => {
    const { sink, pool } = await start({ user: 'u', password: 'p' })
    expect(await pool.send(mail('a@example.org'))).toMatchObject({ kind: 'sent' })
    const wrong = new SmtpPool({ ...pool.settings, password: 'x' }, { timeouts })
    pools.push(wrong)
    expect(await wrong.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { phase: 'auth', code: 'refused' } })
    expect(wrong.downFor()).toBeGreaterThan(0)
    await sink.close()
    const gone = new SmtpPool(pool.settings, { timeouts })
    expect(await gone.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { phase: 'connect', code: 'unreachable' } })
  })
  it('a limit of the server on connections only makes it slower', async () => {
    const { sink, pool } = await start({}, 10)
    sink.answer = step => step === 'greeting' && sink.connections > 2 ? '421 4.7.0 too many connections' : undefined
    const outcomes = await Promise.all(addresses(200).map(to => pool.send(mail(to))))
    expect(outcomes.filter(outcome => outcome.kind === 'sent')).toHaveLength(200)
  })
  it('a new connection is taken after so many mails', async () => {
    const sink = await startSmtpSink()
    sinks.push(sink)
    const pool = new SmtpPool({ ...parseSmtpUrl(sink.url), connections: 1 }, { timeouts, mailsPerConnection: 10 })
    pools.push(pool)
    const outcomes = await Promise.all(addresses(35).map(to => pool.send(mail(to))))
    expect(outcomes.every(outcome => outcome.kind === 'sent')).toBe(true)
    expect(sink.connections).toBe(4)
  })
})
