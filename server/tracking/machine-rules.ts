import { isbot } from 'isbot'

/**
 * How an open or a click made by a machine is told from a person's. One list, in the order it is asked; the first
 * rule that fits decides, and its `reason` is kept with the event. A person wrongly taken for a machine costs a
 * reaction; a machine wrongly taken for a person spoils every rate: where both are likely the rule says machine.
 */
export type RequestFacts = {
  what: 'open' | 'click' | 'trap'
  method: string
  /** header names in lower case */
  headers: Record<string, string | string[] | undefined>
  userAgent: string
  /** milliseconds since the mail was handed over; null when it is not known */
  sinceSent: number | null
  /** the mail lies in the built-in test mailbox: nothing stands between it and its reader, who may be an automatic test of a whole browser */
  inTestMailbox: boolean
  /** the cloud the address belongs to; null: none we know of, or the address is that of a proxy before us */
  datacentre: string | null
  /** other links of the same mail followed within the last two seconds */
  otherLinksJustNow: number
}
export type MachineRule = { reason: string, explains: string, fits: (facts: RequestFacts) => boolean }

const header = (facts: RequestFacts, name: string) => String(facts.headers[name] ?? '').toLowerCase()

/** They fetch an image when a person opens the mail (Gmail, Yahoo, Outlook.com …): an open through them counts as a person's. */
export const imageProxies = /ImageProxy|ggpht\.com|YahooMailProxy|YahooCacheSystem/i

/** Mail programs whose names crawler lists mistake for crawlers. */
export const mailPrograms = /WindowsMail|Yahoo%20Mail|NaverMailApp|Outlook-iOS|Outlook-Android|Thunderbird/i

/** Products that open and follow links to judge them, by what their makers or mail logs name. */
export const scanners = /barracuda|proofpoint|mimecast|ironport|fireeye|trendmicro|forcepoint|websense|symantec|messagelabs|sophos|zscaler|cloudmark|spamassassin|bitdefender|kaspersky|mailscanner|safelinks|safebrowsing|virustotal|urlscan|checkpoint|agari|vade ?secure|office protocol discovery|office existence discovery|microsoft defender|atp safe|cisco secure|ironscales|hornetsecurity|libraesva|retarus|trellix|slackbot|telegrambot|whatsapp|skypeuripreview|facebookexternalhit|twitterbot|linkedinbot|discordbot|bingpreview|vkshare|viber|yandex\.com\/bots|mail\.ru_bot/i

/** Programs that fetch by themselves. */
export const tools = /^(curl|wget|python|java|go-http|okhttp|apache-httpclient|libwww|lwp|ruby|php|node|axios|undici|got|httpie|postman|insomnia|powershell|winhttp|aiohttp|httpx|scrapy|guzzle)\b|python-requests|phantomjs|puppeteer|playwright|selenium|electron-fetch/i

export const headless = /HeadlessChrome/i

export const machineRules: MachineRule[] = [
  { reason: 'trap_link', explains: 'followed a link no person can see', fits: facts => facts.what === 'trap' },
  { reason: 'head_request', explains: 'asked for the headers only, as link checkers do', fits: facts => facts.method === 'HEAD' || facts.method === 'OPTIONS' },
  { reason: 'prefetch', explains: 'the program says it loads ahead of a person', fits: facts => ['purpose', 'sec-purpose', 'x-purpose', 'x-moz'].some(name => /prefetch|prerender|preview/.test(header(facts, name))) },
  { reason: 'scanner', explains: 'a security scanner or a link preview', fits: facts => scanners.test(facts.userAgent) },
  { reason: 'no_user_agent', explains: 'gave no name; programs for people always do', fits: facts => facts.userAgent.trim() === '' },
  { reason: 'mail_privacy', explains: 'Apple Mail Privacy Protection: loads images of every mail, opened or not', fits: facts => facts.userAgent.trim() === 'Mozilla/5.0' },
  { reason: 'tool', explains: 'an HTTP library', fits: facts => tools.test(facts.userAgent.trim()) },
  { reason: 'headless', explains: 'a browser without a screen', fits: facts => headless.test(facts.userAgent) && !facts.inTestMailbox },
  { reason: 'bot', explains: 'a crawler by its name', fits: facts => !imageProxies.test(facts.userAgent) && !mailPrograms.test(facts.userAgent) && isbot(facts.userAgent.replace(headless, 'Chrome')) },
  // Gates follow links from clouds under the names of browsers. Pictures are also fetched there for people: by proxies that
  // say so, and by Microsoft's, which do not.
  { reason: 'datacentre', explains: 'came out of a datacentre of a large cloud, as gates of companies do and people seldom', fits: facts => facts.datacentre !== null && !facts.inTestMailbox && (facts.what !== 'open' || (facts.datacentre !== 'microsoft' && !imageProxies.test(facts.userAgent))) },
  { reason: 'too_soon', explains: 'within a second and a half after sending: the receiving server looked, not a person', fits: facts => facts.sinceSent !== null && facts.sinceSent < 1500 && !facts.inTestMailbox },
  { reason: 'many_links', explains: 'several different links of one mail within two seconds', fits: facts => facts.what === 'click' && facts.otherLinksJustNow > 0 },
]
