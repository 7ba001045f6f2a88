import net from 'node:net'
import tls from 'node:tls'
import { guardedLookup } from '../base/guarded-addresses.ts'

/** `problem`: what is wrong with the certificate, null: nothing. */
export type TlsAnswer = { kind: 'unreachable', detail: string } | { kind: 'not_offered' } | { kind: 'secured', problem: string | null, until: Date | null }

/**
 * Asks a mail server for STARTTLS (RFC 3207) and looks at its certificate. Nothing is sent. Only public addresses are
 * called unless `allowPrivate`. Given up after `timeout` ms as a whole, so a server that answers a byte a second holds nobody.
 */
export function tryTls(host: string, options: { port?: number, timeout?: number, allowPrivate?: boolean, name?: string } = {}): Promise<TlsAnswer> {
  return new Promise(resolve => {
    const socket = net.connect({ host, port: options.port ?? 25, ...(options.allowPrivate ? {} : { lookup: guardedLookup() }) })
    let secured: tls.TLSSocket | null = null
    let step: 'greeting' | 'ehlo' | 'starttls' | 'tls' = 'greeting'
    let received = ''
    const settle = (answer: TlsAnswer): void => {
      clearTimeout(timer)
      secured?.destroy()
      socket.destroy()
      resolve(answer)
    }
    const fail = (error: Error): void => settle({ kind: 'unreachable', detail: error.message.slice(0, 300) })
    const timer = setTimeout(() => fail(new Error('no answer in time')), options.timeout ?? 10_000)
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server hung up')))
    socket.on('data', chunk => {
      if (step === 'tls') return
      received += chunk.toString('latin1')
      if (received.length > 20_000) return fail(new Error('the server talks too much'))
      const reply = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r?\n$/.exec(received)
      if (!reply) return
      const text = received
      received = ''
      if (step === 'greeting') {
        if (reply[1] !== '220') return fail(new Error(text.trim()))
        step = 'ehlo'
        socket.write('EHLO otklik.invalid\r\n')
      } else if (step === 'ehlo') {
        if (!/^\d{3}[ -]STARTTLS\s*$/im.test(text)) return settle({ kind: 'not_offered' })
        step = 'starttls'
        socket.write('STARTTLS\r\n')
      } else if (reply[1] !== '220') settle({ kind: 'not_offered' })
      else {
        step = 'tls'
        socket.removeAllListeners('data')
        const name = options.name ?? host
        secured = tls.connect({ socket, rejectUnauthorized: false, ...(net.isIP(name) === 0 ? { servername: name } : {}) })
        secured.on('error', fail)
        secured.on('secureConnect', () => {
          const certificate = secured!.getPeerCertificate()
          const wrongName = tls.checkServerIdentity(name, certificate)
          const problem = wrongName?.message ?? (secured!.authorized ? null : String(secured!.authorizationError))
          settle({ kind: 'secured', problem: problem?.slice(0, 300) ?? null, until: certificate.valid_to ? new Date(certificate.valid_to) : null })
        })
      }
    })
  })
}
