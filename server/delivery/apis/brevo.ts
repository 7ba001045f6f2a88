import { jsonHeaders, type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

/** Brevo (Sendinblue), v3 smtp/email. It has no images inside the mail: they go along as files. */
export const brevo: ProviderApi<'brevo'> = {
  request(mail, account) {
    return {
      url: `${withoutSlash(account.endpoint) || 'https://api.brevo.com'}/v3/smtp/email`,
      headers: { ...jsonHeaders, 'api-key': account.api_key ?? '' },
      body: JSON.stringify({
        sender: { email: mail.from.email, ...(mail.from.name === '' ? {} : { name: mail.from.name.slice(0, 70) }) },
        to: [{ email: mail.to, ...(mail.toName === '' ? {} : { name: mail.toName.slice(0, 70) }) }],
        ...(mail.replyTo === null ? {} : { replyTo: { email: mail.replyTo } }),
        subject: mail.subject, htmlContent: mail.html || `<pre>${mail.text.replace(/[&<>]/g, each => `&#${each.charCodeAt(0)};`)}</pre>`, textContent: mail.text,
        headers: { ...Object.fromEntries(mail.headers.map(({ name, value }) => [name, value])), 'X-Mailin-Custom': `otklik:${mail.own}`, idempotencyKey: `otklik-${mail.own}` },
        ...(mail.files.length === 0 ? {} : { attachment: mail.files.map(file => ({ name: file.name, content: file.content })) }),
      }),
    }
  },
  read(answer) {
    const code = textOf(answer.json?.['code'])
    const message = textOf(answer.json?.['message'])
    if (answer.status === 201 || answer.status === 202) return { verdict: 'sent', detail: textOf(answer.json?.['messageId']) }
    const reading = readStatus(answer, `${code} ${message}`.trim())
    if (code === 'not_enough_credits') return { ...reading, verdict: 'quota' }
    if (code === 'unauthorized' || code === 'account_under_validation' || code === 'permission_denied') return { ...reading, verdict: 'authentication' }
    if (/sender/i.test(message) && /not valid|invalid|not found|validate/i.test(message)) return { ...reading, verdict: 'sender_refused' }
    if (code === 'invalid_parameter' && /\bto\b|recipient|email is not valid/i.test(message)) return { ...reading, verdict: 'recipient' }
    return reading
  },
}
