import { jsonHeaders, type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

const mailbox = (email: string, name: string) => name === '' ? email : `"${name.replace(/["\\]/g, '\\$&')}" <${email}>`

/** Postmark, POST /email. */
export const postmark: ProviderApi<'postmark'> = {
  request(mail, account) {
    return {
      url: `${withoutSlash(account.endpoint) || 'https://api.postmarkapp.com'}/email`,
      headers: { ...jsonHeaders, 'x-postmark-server-token': account.server_token ?? '' },
      body: JSON.stringify({
        From: mailbox(mail.from.email, mail.from.name), To: mailbox(mail.to, mail.toName),
        ...(mail.replyTo === null ? {} : { ReplyTo: mail.replyTo }),
        Subject: mail.subject, TextBody: mail.text, HtmlBody: mail.html,
        // Without it Postmark gives the mail another Message-ID.
        Headers: [...mail.headers.map(({ name, value }) => ({ Name: name, Value: value })), ...(mail.messageId === null ? [] : [{ Name: 'Message-ID', Value: mail.messageId }, { Name: 'X-PM-KeepID', Value: 'true' }])],
        MessageStream: account.message_stream || (mail.unsubscribeUrl === null ? 'outbound' : 'broadcast'),
        TrackOpens: false, TrackLinks: 'None', Metadata: { otklik: mail.own },
        ...(mail.files.length === 0 ? {} : { Attachments: mail.files.map(file => ({ Name: file.name, Content: file.content, ContentType: file.type, ...(file.cid === null ? {} : { ContentID: `cid:${file.cid}` }) })) }),
      }),
    }
  },
  read(answer) {
    const code = answer.json?.['ErrorCode']
    const message = textOf(answer.json?.['Message'])
    if (answer.status === 200 && (code === 0 || code === undefined)) return { verdict: 'sent', detail: textOf(answer.json?.['MessageID']) }
    const reading = readStatus(answer, `${String(code ?? '')} ${message}`.trim())
    switch (code) {
      case 10: return { ...reading, verdict: 'authentication' }
      // The sender signature or the stream is not set up.
      case 400: case 401: case 1235: return { ...reading, verdict: 'sender_refused' }
      case 405: return { ...reading, verdict: 'quota' }
      // The address has bounced or complained before.
      case 406: return { ...reading, verdict: 'suppressed' }
      case 412: case 413: return { ...reading, verdict: 'authentication' }
      case 300: return { ...reading, verdict: /'To'|recipient/i.test(message) ? 'recipient' : 'refused' }
      default: return answer.status === 200 ? { ...reading, verdict: 'refused' } : reading
    }
  },
}
