import { createHash } from 'node:crypto'
import { type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

const hosts = { us: 'https://api.mailgun.net', eu: 'https://api.eu.mailgun.net' }

/** Mailgun, messages.mime: the whole mail as it is. */
export const mailgun: ProviderApi<'mailgun'> = {
  request(mail, account) {
    const boundary = `otklik-${createHash('sha256').update(mail.raw).digest('hex').slice(0, 32)}`
    const field = (name: string, value: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const head = [field('to', mail.to), field('o:tracking', 'no'), field('o:tracking-clicks', 'no'), field('o:tracking-opens', 'no'), field('v:otklik', mail.own)].join('')
    return {
      url: `${withoutSlash(account.endpoint) || hosts[account.region]}/v3/${encodeURIComponent(account.domain)}/messages.mime`,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, accept: 'application/json', authorization: `Basic ${Buffer.from(`api:${account.api_key ?? ''}`).toString('base64')}` },
      body: Buffer.concat([
        Buffer.from(`${head}--${boundary}\r\nContent-Disposition: form-data; name="message"; filename="mail.eml"\r\nContent-Type: message/rfc822\r\n\r\n`),
        mail.raw, Buffer.from(`\r\n--${boundary}--\r\n`),
      ]),
    }
  },
  read(answer) {
    const message = textOf(answer.json?.['message'])
    if (answer.status === 200) return { verdict: 'sent', detail: textOf(answer.json?.['id']) || message }
    const reading = readStatus(answer, message)
    // An unknown domain is 404; a sandbox, a closed account and a wrong key are 401 or 403.
    if (answer.status === 404) return { ...reading, verdict: 'authentication' }
    if (answer.status === 400 && /'?to'? parameter is not a valid address/i.test(message)) return { ...reading, verdict: 'recipient' }
    if (/limit|quota/i.test(message) && answer.status !== 429) return { ...reading, verdict: 'quota' }
    return reading
  },
}
