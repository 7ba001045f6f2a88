import http from 'node:http'
import https from 'node:https'
import { simpleParser } from 'mailparser'
import type { SenderAccount } from '../../shared/senders.ts'
import type { ApiAnswer, ApiKind, ApiMail, ApiRequest, ProviderApi } from './apis/api.ts'
import { brevo } from './apis/brevo.ts'
import { mailgun } from './apis/mailgun.ts'
import { postmark } from './apis/postmark.ts'
import { sendgrid } from './apis/sendgrid.ts'
import { ses } from './apis/ses.ts'
import { sparkpost } from './apis/sparkpost.ts'
import { unisenderGo } from './apis/unisender-go.ts'
import { SmtpError } from './smtp-connection.ts'
import type { MailOutcome, OutgoingMail } from './smtp-pool.ts'
import type { Transport } from './transport.ts'

const apis: { [Kind in ApiKind]: ProviderApi<Kind> } = { ses, sendgrid, mailgun, postmark, brevo, sparkpost, unisender_go: unisenderGo }
/** What providers make themselves, or take in a field of its own. */
const ownHeaders = new Set(['from', 'to', 'subject', 'reply-to', 'mime-version', 'content-type', 'content-transfer-encoding', 'dkim-signature', 'date', 'message-id'])
const callMilliseconds = 30_000

type Called = { kind: 'answered', answer: ApiAnswer } | { kind: 'not_sent', detail: string } | { kind: 'lost', detail: string }

/** Hands mails to a provider over HTTP, at most `connections` at once over open connections. */
export class ApiTransport implements Transport {
  readonly kind = 'api'
  readonly #account: Exclude<SenderAccount, { kind: 'smtp' }>
  readonly #agents: { http: http.Agent, https: https.Agent }
  readonly #now: () => Date
  readonly #connections: number
  /** calls this sender may have at once: its part of the connections */
  #most: number
  #running = 0
  #waiting: (() => void)[] = []
  #ended = false

  constructor(account: Exclude<SenderAccount, { kind: 'smtp' }>, connections: number, now: () => Date) {
    this.#account = account
    this.#connections = this.#most = connections
    this.#now = now
    const options = { keepAlive: true, maxSockets: connections, timeout: 20_000 }
    this.#agents = { http: new http.Agent(options), https: new https.Agent(options) }
  }

  async send(mail: OutgoingMail): Promise<MailOutcome> {
    if (this.#running >= this.#most) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#running++
    try {
      if (this.#ended) return notSent('sending was stopped')
      return await this.#hand(await readMail(mail))
    } finally {
      this.#running--
      if (this.#running < this.#most) this.#waiting.shift()?.()
    }
  }

  downFor(): number {
    return 0
  }

  share(senders: number): void {
    this.#most = Math.max(1, Math.floor(this.#connections / Math.max(1, senders)))
  }

  end(): void {
    this.#ended = true
    for (const go of this.#waiting.splice(0)) go()
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  async #hand(mail: ApiMail): Promise<MailOutcome> {
    const api = apis[this.#account.kind] as ProviderApi<ApiKind>
    const result = await this.#call(api.request(mail, this.#account as never, this.#now()))
    if (result.kind !== 'answered') return result.kind === 'not_sent' ? notSent(result.detail) : { kind: 'unknown', detail: result.detail }
    const { verdict, detail } = api.read(result.answer)
    switch (verdict) {
      case 'sent': return { kind: 'sent', detail }
      case 'recipient': return { kind: 'bounced', reason: 'unknown_recipient', detail }
      case 'suppressed': return { kind: 'failed', reason: 'suppressed_by_provider', detail }
      case 'content': case 'refused': return { kind: 'failed', reason: verdict, detail }
      case 'sender_refused': case 'authentication': case 'quota': case 'rate': case 'down':
        return { kind: 'held', reason: verdict, detail, retryAfter: retryAfter(result.answer) }
    }
  }

  #call(request: ApiRequest, again = true): Promise<Called> {
    const url = new URL(request.url)
    return new Promise(resolve => {
      let connected = false
      const call = (url.protocol === 'https:' ? https : http).request(url, {
        method: 'POST', agent: url.protocol === 'https:' ? this.#agents.https : this.#agents.http,
        headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body), 'user-agent': 'otklik' },
      })
      const timer = setTimeout(() => call.destroy(new Error(`no answer for ${callMilliseconds / 1000} seconds`)), callMilliseconds)
      call.on('socket', socket => {
        if (!socket.connecting) connected = true
        else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => { connected = true })
      })
      call.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        // An open connection the provider had closed meanwhile: nothing was read from it.
        if (again && call.reusedSocket && error.code === 'ECONNRESET') resolve(this.#call(request, false))
        else resolve({ kind: connected ? 'lost' : 'not_sent', detail: error instanceof AggregateError ? error.errors.map(each => (each as Error).message).join('; ') : error.message || String(error.code) })
      })
      call.on('response', response => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= 65_536) chunks.push(chunk)
        })
        const answered = () => {
          clearTimeout(timer)
          const body = Buffer.concat(chunks).toString('utf8')
          resolve({ kind: 'answered', answer: { status: response.statusCode ?? 0, headers: response.headers, body, json: parse(body) } })
        }
        response.on('end', answered)
        // The status is known: what is cut off of the text changes nothing.
        response.on('error', answered)
      })
      call.end(request.body)
    })
  }
}

function notSent(detail: string): MailOutcome {
  return { kind: 'not_sent', detail, error: new SmtpError('connect', 'unreachable', detail) }
}

/** Seconds to wait, by Retry-After (RFC 9110, 10.2.3); a date there is rare and is not read. */
function retryAfter(answer: ApiAnswer): number | null {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) : null
}

function parse(body: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? parsed as Record<string, unknown> : null
  } catch {
    return null
  }
}

/** A finished mail taken apart again, for APIs that want its parts. */
export async function readMail(mail: OutgoingMail): Promise<ApiMail> {
  const raw = Buffer.concat(mail.content)
  const parsed = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true })
  const to = Array.isArray(parsed.to) ? parsed.to[0] : parsed.to
  const from = parsed.from?.value[0]
  const headers = parsed.headerLines
    .map(({ line }) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1).replace(/\r?\n[ \t]+/g, ' ').trim() }))
    .filter(({ name }) => !ownHeaders.has(name.toLowerCase()))
  const header = (wanted: string) => headers.find(({ name }) => name.toLowerCase() === wanted)?.value
  return {
    raw, to: mail.to,
    from: { email: from?.address ?? mail.from, name: from?.name || '' },
    toName: to?.value[0]?.name || '', replyTo: parsed.replyTo?.value[0]?.address ?? null,
    subject: parsed.subject ?? '', html: parsed.html || '', text: parsed.text ?? '',
    messageId: parsed.messageId ?? null, headers,
    files: parsed.attachments.map(file => ({ name: file.filename ?? 'file', type: file.contentType, content: file.content.toString('base64'), cid: file.related ? file.cid ?? null : null })),
    own: header('x-otklik-message') ?? '',
    unsubscribeUrl: /<(https?:[^>]+)>/.exec(header('list-unsubscribe') ?? '')?.[1] ?? null,
  }
}
