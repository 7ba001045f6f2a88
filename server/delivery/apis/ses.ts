import { type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'
import { signAws } from './sign-aws.ts'

/** Amazon SES, API version 2, SendEmail with a raw mail: our DKIM signature and headers stay. */
export const ses: ProviderApi<'ses'> = {
  request(mail, account, now) {
    const base = new URL(withoutSlash(account.endpoint) || `https://email.${account.region}.amazonaws.com`)
    const path = `${base.pathname === '/' ? '' : base.pathname}/v2/email/outbound-emails`
    const body = JSON.stringify({
      FromEmailAddress: mail.from.email,
      Destination: { ToAddresses: [mail.to] },
      Content: { Raw: { Data: mail.raw.toString('base64') } },
      EmailTags: [{ Name: 'otklik', Value: mail.own }],
      ...(account.configuration_set === '' ? {} : { ConfigurationSetName: account.configuration_set }),
    })
    const access = { accessKeyId: account.access_key_id, secretAccessKey: account.secret_access_key ?? '', region: account.region, service: 'ses' }
    return { url: `${base.origin}${path}`, headers: signAws(access, base.host, path, body, now), body }
  },
  read(answer) {
    if (answer.status === 200) return { verdict: 'sent', detail: textOf(answer.json?.['MessageId']) }
    const type = (textOf(answer.headers['x-amzn-errortype']) || textOf(answer.json?.['__type'])).replace(/:.*$/, '').replace(/^.*#/, '')
    const message = textOf(answer.json?.['message']) || textOf(answer.json?.['Message'])
    const detail = `${type} ${message}`.trim()
    const reading = readStatus(answer, detail)
    if (type === 'MailFromDomainNotVerifiedException' || (type === 'MessageRejected' && /not verified/i.test(message))) return { ...reading, verdict: 'sender_refused' }
    if (type === 'AccountSuspendedException' || type === 'SendingPausedException') return { ...reading, verdict: 'authentication' }
    // "Maximum sending rate exceeded" and "Daily message quota exceeded" are the same type.
    if (type === 'TooManyRequestsException' || type === 'LimitExceededException' || type === 'ThrottlingException') return { ...reading, verdict: /daily|quota/i.test(message) ? 'quota' : 'rate' }
    if (type === 'MessageRejected') return { ...reading, verdict: 'content' }
    if (type === 'NotFoundException') return { ...reading, verdict: 'authentication' }
    return reading
  },
}
