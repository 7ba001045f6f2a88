import { jsonHeaders, listOf, objectOf, type ProviderApi, readStatus, textOf, withoutSlash } from './api.ts'

const hosts = { us: 'https://api.sparkpost.com', eu: 'https://api.eu.sparkpost.com' }

/** SparkPost, v1 transmissions with a whole mail. */
export const sparkpost: ProviderApi<'sparkpost'> = {
  request(mail, account) {
    return {
      url: `${withoutSlash(account.endpoint) || hosts[account.region]}/api/v1/transmissions?num_rcpt_errors=3`,
      headers: { ...jsonHeaders, authorization: account.api_key ?? '' },
      body: JSON.stringify({
        options: { open_tracking: false, click_tracking: false, transactional: mail.unsubscribeUrl === null },
        metadata: { otklik: mail.own },
        recipients: [{ address: { email: mail.to, ...(mail.toName === '' ? {} : { name: mail.toName }) } }],
        content: { email_rfc822: mail.raw.toString('utf8') },
      }),
    }
  },
  read(answer) {
    const results = objectOf(answer.json?.['results'])
    const first = objectOf(listOf(answer.json?.['errors'])[0] ?? listOf(results['rcpt_to_errors'])[0])
    const code = textOf(first['code'])
    const message = [code, textOf(first['message']), textOf(first['description'])].filter(part => part !== '').join(' ')
    if (answer.status === 200) return results['total_accepted_recipients'] === 0 ? { verdict: code === '1902' ? 'suppressed' : 'recipient', detail: message } : { verdict: 'sent', detail: textOf(results['id']) }
    const reading = readStatus(answer, message)
    // 420 is the daily or hourly limit of the account, 1902 an address on its suppression list, 7001 an unverified domain.
    if (answer.status === 420) return { ...reading, verdict: 'quota' }
    if (code === '1902') return { ...reading, verdict: 'suppressed' }
    if (code === '7001') return { ...reading, verdict: 'sender_refused' }
    if (code === '5002') return { ...reading, verdict: 'recipient' }
    return reading
  },
}
