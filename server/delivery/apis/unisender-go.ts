import { jsonHeaders, objectOf, type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

const hosts = { go1: 'https://go1.unisender.ru', go2: 'https://go2.unisender.ru' }
/** The only ones it takes beside those that begin with X-. */
const allowed = new Set(['list-unsubscribe', 'list-unsubscribe-post', 'references', 'in-reply-to', 'auto-submitted'])

/** Unisender Go (UniOne), email/send.json. */
export const unisenderGo: ProviderApi<'unisender_go'> = {
  request(mail, account) {
    const file = (each: typeof mail.files[number]) => ({ type: each.type, name: each.cid ?? each.name, content: each.content })
    const inline = mail.files.filter(each => each.cid !== null)
    const attached = mail.files.filter(each => each.cid === null)
    return {
      url: `${withoutSlash(account.endpoint) || hosts[account.region]}/ru/transactional/api/v1/email/send.json`,
      headers: { ...jsonHeaders, 'x-api-key': account.api_key ?? '' },
      body: JSON.stringify({
        message: {
          recipients: [{ email: mail.to, metadata: { otklik: mail.own } }],
          // Sent again after a lost answer it is not sent twice: the key is kept for a while.
          idempotence_key: `otklik-${mail.own}`,
          body: { html: mail.html, plaintext: mail.text },
          // Our own fields are filled in already; braces in a mail are no templates.
          template_engine: 'none',
          subject: mail.subject, from_email: mail.from.email, from_name: mail.from.name,
          ...(mail.replyTo === null ? {} : { reply_to: mail.replyTo }),
          track_links: 0, track_read: 0,
          headers: Object.fromEntries(mail.headers.filter(({ name }) => /^x-/i.test(name) || allowed.has(name.toLowerCase())).map(({ name, value }) => [name, value])),
          ...(mail.unsubscribeUrl === null ? {} : { options: { unsubscribe_url: mail.unsubscribeUrl } }),
          ...(inline.length === 0 ? {} : { inline_attachments: inline.map(file) }),
          ...(attached.length === 0 ? {} : { attachments: attached.map(file) }),
        },
      }),
    }
  },
  read(answer) {
    const failed = Object.values(objectOf(answer.json?.['failed_emails'])).map(textOf)[0]
    const message = `${String(answer.json?.['code'] ?? '')} ${textOf(answer.json?.['message'])}`.trim()
    if (answer.status === 200 && answer.json?.['status'] === 'success' && failed === undefined) return { verdict: 'sent', detail: textOf(answer.json['job_id']) }
    // failed_emails: unsubscribed, invalid, duplicate, temporary_unavailable, permanent_unavailable, complained, blocked
    if (failed !== undefined) return { verdict: failed === 'invalid' ? 'recipient' : failed === 'temporary_unavailable' ? 'refused' : 'suppressed', detail: failed }
    const reading = readStatus(answer, message)
    if (/limit|balance|tariff/i.test(message) && answer.status !== 429) return { ...reading, verdict: 'quota' }
    if (/from_email|domain.*(verif|confirm)|sender.*(verif|confirm)/i.test(message)) return { ...reading, verdict: 'sender_refused' }
    return answer.status === 200 ? { ...reading, verdict: 'refused' } : reading
  },
}
