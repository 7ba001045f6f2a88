import { jsonHeaders, listOf, objectOf, type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

const hosts = { global: 'https://api.sendgrid.com', eu: 'https://api.eu.sendgrid.com' }

/** Twilio SendGrid, v3 mail/send. Its own counting of opens and clicks is switched off: we do it ourselves. */
export const sendgrid: ProviderApi<'sendgrid'> = {
  request(mail, account) {
    return {
      url: `${withoutSlash(account.endpoint) || hosts[account.region]}/v3/mail/send`,
      headers: { ...jsonHeaders, authorization: `Bearer ${account.api_key ?? ''}` },
      body: JSON.stringify({
        personalizations: [{ to: [{ email: mail.to, ...(mail.toName === '' ? {} : { name: mail.toName }) }], custom_args: { otklik: mail.own } }],
        from: { email: mail.from.email, ...(mail.from.name === '' ? {} : { name: mail.from.name }) },
        ...(mail.replyTo === null ? {} : { reply_to: { email: mail.replyTo } }),
        subject: mail.subject,
        content: [{ type: 'text/plain', value: mail.text || ' ' }, ...(mail.html === '' ? [] : [{ type: 'text/html', value: mail.html }])],
        headers: { ...Object.fromEntries(mail.headers.map(({ name, value }) => [name, value])), ...(mail.messageId === null ? {} : { 'Message-ID': mail.messageId }) },
        ...(mail.files.length === 0 ? {} : { attachments: mail.files.map(file => ({ content: file.content, type: file.type, filename: file.name, disposition: file.cid === null ? 'attachment' : 'inline', ...(file.cid === null ? {} : { content_id: file.cid }) })) }),
        tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false }, subscription_tracking: { enable: false }, ganalytics: { enable: false } },
      }),
    }
  },
  read(answer) {
    if (answer.status === 202 || answer.status === 200) return { verdict: 'sent', detail: textOf(answer.headers['x-message-id']) }
    const first = objectOf(listOf(answer.json?.['errors'])[0])
    const message = textOf(first['message'])
    const reading = readStatus(answer, message)
    // "Maximum credits exceeded" comes with 401, "does not match a verified Sender Identity" with 403.
    if (/credits exceeded/i.test(message)) return { ...reading, verdict: 'quota' }
    if (/verified sender identity|from address does not match/i.test(message)) return { ...reading, verdict: 'sender_refused' }
    if (answer.status === 400 && /^personalizations\.\d+\.to/.test(textOf(first['field']))) return { ...reading, verdict: 'recipient' }
    return reading
  },
}
