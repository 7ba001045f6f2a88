import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SmtpPool } from './smtp-pool.ts'
import { parseSmtpUrl, type SmtpSettings } from './smtp-settings.ts'

/** Mail servers as nobody wants them: each mail gets a defined outcome, in time. And TLS. */

const timeouts = { connect: 800, reply: 500, content: 600 }
const closing: (() => void)[] = []
afterEach(() => { for (const close of closing.splice(0)) close() })
const mail = (to: string) => ({ from: 'news@shop.example', to, utf8: false, content: [Buffer.from(`Subject: ${to}\r\n\r\nhello\r\n`)] })
const to = (count: number) => Array.from({ length: count }, (_, index) => `p${index}@example.org`)

type Talk = (socket: net.Socket, line: string, state: { data: boolean, /** it came in one packet with the line before */ together: boolean }) => void
/** A server of lines: `talk` answers each command; the content is taken until its dot, which comes as the line ".". */
async function serve(talk: Talk, greet: (socket: net.Socket) => void = socket => socket.write('220 hello\r\n'), secure?: tls.SecureContextOptions): Promise<number> {
  const sockets = new Set<net.Socket>()
  const listen = (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const state = { data: false, together: false }
    let rest = ''
    socket.on('data', chunk => {
      rest += chunk.toString('latin1')
      state.together = false
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (state.data && line !== '.') continue
        talk(socket, line, state)
        state.together = true
      }
    })
    greet(socket)
  }
  const server = secure ? tls.createServer(secure, listen) : net.createServer(listen)
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as net.AddressInfo).port
}
function pool(port: number, settings: Partial<SmtpSettings> = {}): SmtpPool {
  const made = new SmtpPool({ ...parseSmtpUrl(`smtp://127.0.0.1:${port}?tls=none`), connections: 3, ...settings }, { timeouts })
  closing.push(() => made.end())
  return made
}
/** The usual answers. */
const usual: Talk = (socket, line, state) => {
  if (line === '.') {
    state.data = false
    socket.write('250 2.0.0 Ok\r\n')
  } else if (line.startsWith('EHLO')) socket.write('250-me\r\n250 PIPELINING\r\n')
  else if (line === 'DATA') {
    state.data = true
    socket.write('354 go on\r\n')
  } else socket.write('250 Ok\r\n')
}

describe('a mail server', () => {
  it('that offers PIPELINING and throws away what came with the first command is found out, and gets its mails one step at a time', async () => {
    const got: string[] = []
    const port = await serve((socket, line, state) => {
      if (state.together && line !== '.') return
      if (line.startsWith('RCPT')) got.push(line)
      usual(socket, line, state)
    })
    const outcomes = await Promise.all(to(6).map(each => pool(port, { connections: 2 }).send(mail(each))))
    expect(outcomes.map(outcome => outcome.kind)).toEqual(Array.from({ length: 6 }, () => 'sent'))
    expect(new Set(got).size).toBe(6)
  })

  it('that refuses pipelined commands with 503 gets them one at a time, and nobody is marked for it', async () => {
    const port = await serve((socket, line, state) => {
      if (state.together && /^(MAIL|RCPT|DATA)/.test(line)) socket.write('503 5.5.1 improper use of SMTP command pipelining\r\n')
      else usual(socket, line, state)
    })
    const one = pool(port)
    const outcomes = await Promise.all(to(5).map(each => one.send(mail(each))))
    expect(outcomes.map(outcome => outcome.kind)).toEqual(Array.from({ length: 5 }, () => 'sent'))
  })

  it('that answers a byte at a time, for ever, is left; what it may have taken is unknown, the rest was not sent', async () => {
    const trickle = (socket: net.Socket) => {
      const timer = setInterval(() => socket.write('2'), 20)
      socket.on('close', () => clearInterval(timer))
    }
    const never = pool(await serve(() => {}, trickle))
    expect(await never.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { phase: 'greeting', code: 'timeout' } })
    const late = pool(await serve((socket, line, state) => line === '.' ? trickle(socket) : usual(socket, line, state)))
    expect(await late.send(mail('a@example.org'))).toMatchObject({ kind: 'unknown' })
  })

  it('that never ends its reply does not fill the memory', async () => {
    const flood = pool(await serve((socket, line) => {
      if (line.startsWith('EHLO')) for (let count = 0; count < 2_000; count++) socket.write('250-more\r\n')
    }))
    expect(await flood.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { code: 'not_smtp' } })
  })

  it('that talks something else is not taken for a mail server', async () => {
    const web = pool(await serve(() => {}, socket => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await web.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { code: 'not_smtp' } })
  })

  for (const step of ['MAIL', 'RCPT', 'DATA'] as const) {
    it(`that closes in the middle, at ${step}, has not got the mail; another connection takes it`, async () => {
      let closed = 0
      const port = await serve((socket, line, state) => {
        if (line.startsWith(step) && closed < 2) {
          closed++
          socket.destroy()
        } else usual(socket, line, state)
      })
      const one = pool(port)
      const outcomes = await Promise.all(to(8).map(each => one.send(mail(each))))
      expect(outcomes.map(outcome => outcome.kind)).toEqual(Array.from({ length: 8 }, () => 'sent'))
    })
  }

  for (const [step, reply, kind] of [['MAIL', '451 4.3.0 later', 'deferred'], ['RCPT', '550 5.1.1 no such user', 'bounced'], ['DATA', '451 4.3.0 later', 'deferred'], ['.', '554 5.7.1 blocked, spam', 'failed'], ['MAIL', '421 4.7.0 closing', 'deferred'], ['.', '421 4.3.2 shutting down', 'deferred']] as const) {
    it(`that says ${reply.slice(0, 3)} at ${step === '.' ? 'the end of the content' : step}: only that mail is concerned`, async () => {
      let wanted = ''
      const port = await serve((socket, line, state) => {
        if (line.startsWith('RCPT')) wanted = line
        if (line.startsWith('MAIL') && step === 'MAIL' && line.includes('odd')) socket.write(`${reply}\r\n`)
        else if (line.startsWith(step) && step !== 'MAIL' && wanted.includes('odd')) {
          state.data = false
          socket.write(`${reply}\r\n`)
        } else usual(socket, line, state)
      })
      const one = pool(port, { connections: 1 })
      const odd = { ...mail('odd@example.org'), from: 'odd@shop.example' }
      const outcomes = await Promise.all([one.send(mail('a@example.org')), one.send(odd), one.send(mail('b@example.org'))])
      expect(outcomes.map(outcome => outcome.kind)).toEqual(['sent', kind, 'sent'])
    })
  }

  it('a mail somebody waits for passes those that wait for a connection', async () => {
    const order: string[] = []
    const port = await serve((socket, line, state) => {
      if (line.startsWith('RCPT')) order.push(/<(.*?)@/.exec(line)![1]!)
      usual(socket, line, state)
    })
    const one = pool(port, { connections: 1 })
    await Promise.all([...to(20).map(each => one.send(mail(each))), one.send({ ...mail('urgent@example.org'), urgent: true })])
    expect(order.indexOf('urgent')).toBeLessThan(3)
  })

  it('several senders keep their part of its connections', async () => {
    let open = 0
    let most = 0
    const port = await serve(usual, socket => {
      most = Math.max(most, ++open)
      socket.on('close', () => open--)
      socket.write('220 hello\r\n')
    })
    const pools = [pool(port, { connections: 9 }), pool(port, { connections: 9 }), pool(port, { connections: 9 })]
    for (const each of pools) each.share(3)
    const outcomes = await Promise.all(pools.flatMap(each => to(60).map(address => each.send(mail(address)))))
    expect(outcomes.every(outcome => outcome.kind === 'sent')).toBe(true)
    expect(most).toBe(9)
    pools[0]!.share(9)
    await Promise.all(to(10).map(address => pools[0]!.send(mail(address))))
    await expect.poll(() => open).toBe(7)
  })
})

describe('TLS', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-tls-'))
  let certificate: { key: Buffer, cert: Buffer }
  beforeAll(() => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', `${folder}/key`, '-out', `${folder}/cert`], { stdio: 'ignore' })
    certificate = { key: readFileSync(`${folder}/key`), cert: readFileSync(`${folder}/cert`) }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** `offer`: whether EHLO names STARTTLS. What is said before the handshake is forgotten. */
  const startTls = (offer: boolean, names: (string | false)[] = []): Talk => (socket, line, state) => {
    if (line.startsWith('EHLO') && offer) socket.write('250-me\r\n250-STARTTLS\r\n250 PIPELINING\r\n')
    else if (line === 'STARTTLS') {
      // A reply smuggled in behind the 220, before the handshake, must not count.
      socket.write('220 go\r\n250 2.0.0 injected\r\n', () => {
        socket.removeAllListeners('data')
        const secured = new tls.TLSSocket(socket, { isServer: true, ...certificate, SNICallback: (name, done) => { names.push(name); done(null) } })
        secured.on('error', () => {})
        const inner = { data: false, together: false }
        let rest = ''
        secured.on('data', chunk => {
          rest += chunk.toString('latin1')
          for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
            const text = rest.slice(0, end)
            rest = rest.slice(end + 2)
            if (!inner.data || text === '.') usual(secured, text, inner)
          }
        })
      })
    } else usual(socket, line, state)
  }

  it('STARTTLS: a certificate nobody vouches for is refused, taken when the server is told to be trusted; the name is asked for', async () => {
    const names: (string | false)[] = []
    const port = await serve(startTls(true, names))
    const strict = pool(port, { host: 'localhost', security: 'starttls', verify: true })
    expect(await strict.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { phase: 'starttls', code: 'certificate' } })
    const trusting = pool(port, { host: 'localhost', security: 'starttls', verify: false })
    expect(await trusting.send(mail('a@example.org'))).toMatchObject({ kind: 'sent' })
    expect(names).toContain('localhost')
  })

  it('implicit TLS: the same', async () => {
    const port = await serve(usual, undefined, certificate)
    expect(await pool(port, { host: 'localhost', security: 'tls', verify: true }).send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { code: 'certificate' } })
    expect(await pool(port, { host: 'localhost', security: 'tls', verify: false }).send(mail('a@example.org'))).toMatchObject({ kind: 'sent' })
  })

  it('required, but not offered or refused: not a byte of the mail goes out in the open', async () => {
    const seen: string[] = []
    const watch = (talk: Talk): Talk => (socket, line, state) => {
      seen.push(line)
      talk(socket, line, state)
    }
    const silent = pool(await serve(watch(startTls(false))), { security: 'starttls', user: 'u', password: 'secret' })
    expect(await silent.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { code: 'no_starttls' } })
    const refusing = pool(await serve(watch((socket, line, state) => line === 'STARTTLS' ? socket.write('454 4.7.0 not now\r\n') : startTls(true)(socket, line, state))), { security: 'starttls', user: 'u', password: 'secret' })
    expect(await refusing.send(mail('a@example.org'))).toMatchObject({ kind: 'not_sent', error: { phase: 'starttls', code: 'refused' } })
    expect(seen.filter(line => /^(AUTH|MAIL|RCPT|DATA)/.test(line))).toEqual([])
  })
})
