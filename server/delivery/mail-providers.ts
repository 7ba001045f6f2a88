/**
 * Who takes mail: the one list, for the lanes mails leave by and for the reports. `key` names the lane; `domains` are those
 * of the provider itself; `servers` recognises its mail servers by the end of their name, so that the domains of companies
 * whose mail is there belong to it too, once their MX has been looked up.
 */
export type MailProvider = { key: string, name: string, domains: string[], servers: RegExp | null }

export const mailProviders: MailProvider[] = [
  { key: 'gmail.com', name: 'Gmail / Google Workspace', domains: ['gmail.com', 'googlemail.com'], servers: /\.(google|googlemail)\.com$/ },
  { key: 'mail.ru', name: 'Mail.ru / VK WorkSpace', domains: ['mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'internet.ru', 'xmail.ru', 'vk.com'], servers: /(^|\.)(mail\.ru|vkwm\.ru)$/ },
  { key: 'yandex.ru', name: 'Yandex / Yandex 360', domains: ['yandex.ru', 'yandex.com', 'ya.ru', 'yandex.by', 'yandex.kz', 'yandex.ua', 'yandex.uz', 'yandex.com.tr', 'narod.ru'], servers: /(^|\.)yandex\.(ru|net)$/ },
  { key: 'outlook.com', name: 'Outlook / Microsoft 365', domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'outlook.fr', 'outlook.de', 'hotmail.co.uk', 'hotmail.fr', 'hotmail.de', 'live.co.uk', 'live.fr', 'live.ru'], servers: /\.(protection\.outlook|mail\.protection\.outlook|mx\.microsoft|olc\.protection\.outlook)(\.com)?$/ },
  { key: 'yahoo.com', name: 'Yahoo / AOL', domains: ['yahoo.com', 'ymail.com', 'aol.com', 'yahoo.co.uk', 'yahoo.fr', 'yahoo.de', 'yahoo.it', 'yahoo.es', 'rocketmail.com'], servers: /\.yahoodns\.net$/ },
  { key: 'icloud.com', name: 'iCloud', domains: ['icloud.com', 'me.com', 'mac.com'], servers: /\.(icloud|apple)\.com$/ },
  { key: 'rambler.ru', name: 'Rambler', domains: ['rambler.ru', 'lenta.ru', 'ro.ru', 'autorambler.ru', 'myrambler.ru'], servers: /\.rambler\.ru$/ },
  { key: 'gmx.net', name: 'GMX / WEB.DE', domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.com', 'web.de'], servers: /\.(gmx|web)\.(net|de)$/ },
  { key: 'proton.me', name: 'Proton', domains: ['proton.me', 'protonmail.com', 'pm.me'], servers: /\.(protonmail|proton)\.(ch|me)$/ },
  { key: 'zoho.com', name: 'Zoho', domains: ['zoho.com', 'zoho.eu', 'zohomail.com'], servers: /\.zoho\.(com|eu)$/ },
]

const byDomain = new Map(mailProviders.flatMap(({ key, domains }) => domains.map(domain => [domain, key])))
const byKey = new Map(mailProviders.map(({ key, name }) => [key, name]))

/** The provider whose own domain it is; null: nobody's on the list. */
export const providerOfDomain = (domain: string): string | null => byDomain.get(domain) ?? null

/** A mail server's name → the provider it belongs to; null: nobody known. */
export const providerOfServer = (exchange: string): string | null => mailProviders.find(({ servers }) => servers?.test(exchange.toLowerCase().replace(/\.$/, '')))?.key ?? null

/** As people call it; of one that is not on the list the key itself. */
export const nameOfProvider = (key: string): string => byKey.get(key) ?? key
