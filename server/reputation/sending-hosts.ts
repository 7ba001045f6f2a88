/**
 * Mail providers by the host one hands mails to, and the name their own documents give for `include:` in SPF.
 * Their outgoing addresses are not those of that host, so only the name can be looked for.
 */
const providers: { host: RegExp, include: string, name: string }[] = [
  { host: /(^|\.)(gmail|google)\.com$/, include: '_spf.google.com', name: 'Google' },
  { host: /(^|\.)(office365|outlook)\.com$/, include: 'spf.protection.outlook.com', name: 'Microsoft 365' },
  { host: /(^|\.)yandex\.(ru|com|net)$/, include: '_spf.yandex.net', name: 'Yandex' },
  { host: /(^|\.)mail\.ru$/, include: '_spf.mail.ru', name: 'Mail.ru' },
  { host: /(^|\.)zoho\.(com|eu)$/, include: 'zoho.com', name: 'Zoho' },
  { host: /(^|\.)mailgun\.org$/, include: 'mailgun.org', name: 'Mailgun' },
  { host: /(^|\.)sendgrid\.net$/, include: 'sendgrid.net', name: 'SendGrid' },
  { host: /(^|\.)amazonaws\.com$/, include: 'amazonses.com', name: 'Amazon SES' },
  { host: /(^|\.)postmarkapp\.com$/, include: 'spf.mtasv.net', name: 'Postmark' },
  { host: /(^|\.)(brevo|sendinblue)\.com$/, include: 'spf.brevo.com', name: 'Brevo' },
  { host: /(^|\.)sparkpostmail\.com$/, include: '_spf.sparkpostmail.com', name: 'SparkPost' },
  { host: /(^|\.)fastmail\.com$/, include: 'spf.messagingengine.com', name: 'Fastmail' },
]

/** Those we send through by their API. Null: the provider mails with a return path of its own, so the domain's SPF need not name it. */
export const hostOfApi = { ses: 'email-smtp.amazonaws.com', sendgrid: 'smtp.sendgrid.net', mailgun: 'smtp.mailgun.org', postmark: null, brevo: 'smtp-relay.brevo.com', sparkpost: null, unisender_go: null }

/** Who sends for us: a provider known by its name in SPF, or addresses of our own server. */
export type SendingHosts = { providers: { include: string, name: string }[], hosts: string[], addresses: string[] }

/** `hosts`: servers mails are handed to; `addresses`: what the administrator says mails leave from. */
export function sortHosts(hosts: string[], addresses: string[]): SendingHosts {
  const known = new Map<string, { include: string, name: string }>()
  const own: string[] = []
  for (const host of hosts.map(each => each.toLowerCase())) {
    const provider = providers.find(each => each.host.test(host))
    if (provider) known.set(provider.include, { include: provider.include, name: provider.name })
    else own.push(host)
  }
  return { providers: [...known.values()], hosts: own, addresses }
}

/** The provider a host name belongs to, by its host or the name in its SPF. */
export const providerOf = (host: string): string | null => providers.find(each => each.host.test(host) || host === each.include || host.endsWith(`.${each.include}`))?.name ?? null
