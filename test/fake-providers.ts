import { createHash, createHmac } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'

/** A mail as a provider has taken it, whatever shape it came in. */
export type TakenMail = { provider: string, to: string, from: string, subject: string, html: string, text: string, headers: Record<string, string>, own: string, tracking: boolean, files: { name: string, cid: string | null }[] }
export type FakeProviders = {
  url: (provider: string) => string
  taken: TakenMail[]
  calls: number
  /** instead of the usual answer; `hang up`: the connection is cut after the request was read */
  answer: (provider: string) => { status: number, body: unknown, headers?: Record<string, string> } | 'hang up' | undefined
  close: () => Promise<void>
}
export const awsAccess = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1' }

type Asked = { path: string, headers: http.IncomingHttpHeaders, raw: Buffer, json: Record<string, any> } // oxlint-disable-line typescript/no-explicit-any -- bodies of seven providers
type Reply = { status: number, body: unknown, headers?: Record<string, string> }
type Provider = (asked: Asked) => Promise<TakenMail | Reply> | TakenMail | Reply

const lower = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
const refuse = (status: number, body: unknown): Reply => ({ status, body })

async function ofMime(provider: string, raw: Buffer | string, to: string, own: string, tracking: boolean): Promise<TakenMail> {
  const mail = await simpleParser(raw, { skipImageLinks: true })
  return {
    provider, to, own, tracking, from: mail.from?.value[0]?.address ?? '', subject: mail.subject ?? '', html: mail.html || '', text: mail.text ?? '',
    headers: Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, line.slice(key.length + 1).replace(/\r?\n\s+/g, ' ').trim()])), files: mail.attachments.map(file => ({ name: file.filename ?? '', cid: file.cid ?? null })),
  }
}

/** Each as its documentation says: what it asks for, and what it answers when that is missing. */
const providers: Record<string, Provider> = {
  ses({ path, headers, raw, json }) {
    if (path !== '/ses/v2/email/outbound-emails') return refuse(404, { message: path })
    const authorization = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')
    const [, credential = '', names = '', signature = ''] = authorization ?? []
    const [key, day = '', region = '', service = '', end = ''] = credential.split('/')
    const hash = createHash('sha256').update(raw).digest('hex')
    const canonical = `POST\n/ses/v2/email/outbound-emails\n\n${names.split(';').map(name => `${name}:${String(headers[name])}\n`).join('')}\n${names}\n${hash}`
    const toSign = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${day}/${region}/${service}/${end}\n${createHash('sha256').update(canonical).digest('hex')}`
    const made = [day, region, service, end].reduce<Buffer | string>((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${awsAccess.secretAccessKey}`)
    if (key !== awsAccess.accessKeyId || region !== awsAccess.region || service !== 'ses' || createHmac('sha256', made).update(toSign).digest('hex') !== signature) {
      return { status: 403, headers: { 'x-amzn-errortype': 'SignatureDoesNotMatchException' }, body: { message: 'The request signature we calculated does not match the signature you provided.' } }
    }
    return ofMime('ses', Buffer.from(json['Content'].Raw.Data, 'base64'), json['Destination'].ToAddresses[0], json['EmailTags'][0].Value, false)
  },
  sendgrid({ path, headers, json }) {
    if (path !== '/sendgrid/v3/mail/send') return refuse(404, {})
    if (headers.authorization !== 'Bearer SG.key') return refuse(401, { errors: [{ message: 'The provided authorization grant is invalid, expired, or revoked', field: null }] })
    const [first] = json['personalizations']
    for (const content of json['content']) if (typeof content.value !== 'string' || content.value === '') return refuse(400, { errors: [{ message: 'content must not be empty', field: 'content' }] })
    if (json['content'][0].type !== 'text/plain') return refuse(400, { errors: [{ message: 'text/plain must be first', field: 'content' }] })
    return {
      provider: 'sendgrid', to: first.to[0].email, from: json['from'].email, subject: json['subject'], text: json['content'][0].value, html: json['content'][1].value, headers: lower(json['headers']), own: first.custom_args.otklik,
      tracking: json['tracking_settings'].click_tracking.enable || json['tracking_settings'].open_tracking.enable, files: (json['attachments'] ?? []).map((file: { filename: string, content_id?: string }) => ({ name: file.filename, cid: file.content_id ?? null })),
    }
  },
  mailgun({ path, headers, raw }) {
    if (path !== '/mailgun/v3/mg.shop.example/messages.mime') return refuse(404, { message: 'Domain not found: other' })
    if (headers.authorization !== `Basic ${Buffer.from('api:mg-key').toString('base64')}`) return refuse(401, { message: 'Forbidden' })
    const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1] ?? ''
    const parts = raw.toString('utf8').split(`--${boundary}`).slice(1, -1).map(part => ({ name: /name="([^"]+)"/.exec(part)?.[1] ?? '', value: part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '') }))
    const value = (name: string) => parts.find(part => part.name === name)?.value ?? ''
    if (value('to') === '') return refuse(400, { message: "to parameter is missing" })
    return ofMime('mailgun', value('message'), value('to'), value('v:otklik'), value('o:tracking') !== 'no')
  },
  postmark({ path, headers, json }) {
    if (path !== '/postmark/email') return refuse(404, {})
    if (headers['x-postmark-server-token'] !== 'pm-token') return refuse(401, { ErrorCode: 10, Message: 'Bad or missing Server API token.' })
    const address = (text: string) => /<(.+)>/.exec(text)?.[1] ?? text
    return {
      provider: 'postmark', to: address(json['To']), from: address(json['From']), subject: json['Subject'], html: json['HtmlBody'], text: json['TextBody'],
      headers: lower(Object.fromEntries(json['Headers'].map((header: { Name: string, Value: string }) => [header.Name, header.Value]))), own: json['Metadata'].otklik, tracking: json['TrackOpens'] || json['TrackLinks'] !== 'None', files: [],
    }
  },
  brevo({ path, headers, json }) {
    if (path !== '/brevo/v3/smtp/email') return refuse(404, {})
    if (headers['api-key'] !== 'xkeysib-1') return refuse(401, { code: 'unauthorized', message: 'Key not found' })
    return { provider: 'brevo', to: json['to'][0].email, from: json['sender'].email, subject: json['subject'], html: json['htmlContent'], text: json['textContent'], headers: lower(json['headers']), own: json['headers']['X-Mailin-Custom'].replace('otklik:', ''), tracking: false, files: [] }
  },
  sparkpost({ path, headers, json }) {
    if (path !== '/sparkpost/api/v1/transmissions') return refuse(404, {})
    if (headers.authorization !== 'sp-key') return refuse(401, { errors: [{ message: 'Unauthorized.' }] })
    return ofMime('sparkpost', json['content'].email_rfc822, json['recipients'][0].address.email, json['metadata'].otklik, json['options'].open_tracking || json['options'].click_tracking)
  },
  unisender_go({ path, headers, json }) {
    if (path !== '/unisender_go/ru/transactional/api/v1/email/send.json') return refuse(404, {})
    if (headers['x-api-key'] !== 'us-key') return refuse(401, { status: 'error', code: 102, message: 'Error ID:… Api key is invalid' })
    const { message } = json
    for (const name of Object.keys(message.headers)) if (!/^x-/i.test(name) && !/^(list-unsubscribe|list-unsubscribe-post|references|in-reply-to|auto-submitted)$/i.test(name)) return refuse(400, { status: 'error', code: 1003, message: `header ${name} is not allowed` })
    return { provider: 'unisender_go', to: message.recipients[0].email, from: message.from_email, subject: message.subject, html: message.body.html, text: message.body.plaintext, headers: lower(message.headers), own: message.recipients[0].metadata.otklik, tracking: message.track_links === 1 || message.track_read === 1, files: [] }
  },
}

const accepted = (provider: string, mail: TakenMail): Reply => {
  switch (provider) {
    case 'ses': return { status: 200, body: { MessageId: '0100018f-ses' } }
    case 'sendgrid': return { status: 202, body: '', headers: { 'x-message-id': 'sg-id' } }
    case 'mailgun': return { status: 200, body: { id: '<mg@mg.shop.example>', message: 'Queued. Thank you.' } }
    case 'postmark': return { status: 200, body: { To: mail.to, MessageID: 'pm-id', ErrorCode: 0, Message: 'OK' } }
    case 'brevo': return { status: 201, body: { messageId: '<brevo@smtp-relay>' } }
    case 'sparkpost': return { status: 200, body: { results: { total_rejected_recipients: 0, total_accepted_recipients: 1, id: 'sp-id' } } }
    default: return { status: 200, body: { status: 'success', job_id: 'us-id', emails: [mail.to] } }
  }
}

/** A real HTTP server that answers as the providers' APIs do and checks what it is given. */
export async function startFakeProviders(): Promise<FakeProviders> {
  const fake: FakeProviders = { url: provider => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${provider}`, taken: [], calls: 0, answer: () => undefined, close: () => new Promise(resolve => { server.closeAllConnections(); server.close(() => resolve()) }) }
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const path = new URL(request.url ?? '/', 'http://fake').pathname
    const provider = path.split('/')[1] ?? ''
    fake.calls++
    const given = fake.answer(provider)
    if (given === 'hang up') return request.socket.destroy()
    const say = ({ status, body, headers }: Reply) => { response.writeHead(status, { 'content-type': 'application/json', ...headers }); response.end(typeof body === 'string' ? body : JSON.stringify(body)) }
    if (given) return say(given)
    const json = (request.headers['content-type'] ?? '').includes('json') ? JSON.parse(raw.toString('utf8')) : {}
    const found = await providers[provider]?.({ path, headers: request.headers, raw, json }) ?? refuse(404, {})
    if ('status' in found) return say(found)
    fake.taken.push(found)
    say(accepted(provider, found))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return fake
}
