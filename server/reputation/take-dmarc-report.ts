import type { DmarcTaken } from '../../shared/reputation.ts'
import { raiseAlert } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { type Db, withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { listSendingDomains } from '../delivery/sending-domains.sql.ts'
import { dnsOf } from './ask-dns.ts'
import { readOurSide } from './check-domain.ts'
import { insertDmarcReport, unknownSources } from './dmarc.sql.ts'
import { type DmarcRow, readDmarcReport } from './read-dmarc-report.ts'
import { providerOf, type SendingHosts } from './sending-hosts.ts'
import { unpackReport } from './unpack-report.ts'

const refused = (reason: DmarcTaken['reason']): DmarcTaken => ({ outcome: 'refused', reason, report_id: null, org_name: null, domain: null, mails: null })

/**
 * Takes a DMARC aggregate report in: the file as it was attached to a mail or uploaded, whatever it is called. Safe with
 * hostile archives. The same report again is `known` and changes nothing. Reports about domains that are not ours are
 * refused. For the mailbox: call it outside of a transaction, for it may ask the DNS for names of up to 50 addresses.
 */
export async function takeDmarcReport(app: App, content: Buffer, source: 'upload' | 'mailbox'): Promise<DmarcTaken> {
  const now = app.now()
  const unpacked = await unpackReport(content)
  if (unpacked.kind !== 'xml') return refused(unpacked.kind)
  const report = readDmarcReport(unpacked.xml, now)
  if (typeof report === 'string') return refused(report)
  const domains = (await listSendingDomains(app.db)).map(each => each.domain)
  if (!domains.some(domain => domain === report.domain || domain.endsWith(`.${report.domain}`) || report.domain.endsWith(`.${domain}`))) return { ...refused('not_ours'), org_name: report.org_name, domain: report.domain }
  const { hosts } = await readOurSide(app, report.domain)
  const named = await nameSources(app, report.rows, hosts, report.domain)
  const mails = report.rows.reduce((sum, row) => sum + row.mails, 0)
  return withTransaction(app.db, async tx => {
    const id = await insertDmarcReport(tx, { ...report, rows: named, source, mails, passed: report.rows.filter(row => row.dkim_aligned || row.spf_aligned).reduce((sum, row) => sum + row.mails, 0) }, now)
    if (id !== null) {
      await alertToStrangers(tx, id, report.domain, now)
      await touch(tx, 'dmarc')
    }
    return { outcome: id === null ? 'known' : 'taken', reason: null, report_id: id, org_name: report.org_name, domain: report.domain, mails }
  })
}

export type NamedRow = DmarcRow & { host: string | null, who: string }

/** Who stands behind an address: our own server, a provider, the domain it was let send by, or the name of the address. */
async function nameSources(app: App, rows: DmarcRow[], ours: SendingHosts, domain: string): Promise<NamedRow[]> {
  const addresses = [...new Set(rows.map(row => row.address))]
  const dns = dnsOf(app.settings.dnsServers, 1000)
  const names = new Map(await Promise.all(addresses.slice(0, 50).map(async (address): Promise<[string, string | null]> => {
    const answer = await dns.names(address)
    return [address, answer.kind === 'found' ? answer.records[0]!.toLowerCase().slice(0, 255) : null]
  })))
  return rows.map(row => {
    const host = names.get(row.address) ?? null
    const authenticated = [row.dkim_domain, row.spf_domain].filter(name => name !== null && name !== domain && !name.endsWith(`.${domain}`))
    const provider = [host, ...authenticated].flatMap(name => name === null ? [] : providerOf(name) ?? [])[0]
    const who = ours.addresses.includes(row.address) ? 'own' : provider ?? (host === null ? null : siteOf(host)) ?? (authenticated[0] == null ? row.address : siteOf(authenticated[0]))
    return { ...row, host, who }
  })
}

/** "mx7.mail.example.co.uk" → "example.co.uk", as far as one can tell without the list of public suffixes. */
export function siteOf(name: string): string {
  const labels = name.replace(/\.$/, '').split('.')
  const short = labels.length > 2 && labels.at(-1)!.length === 2 && labels.at(-2)!.length <= 3
  return labels.slice(short ? -3 : -2).join('.')
}

/** Somebody no report has named yet sends in our name and fails: a service of ours that is not set up, or a forger. */
async function alertToStrangers(tx: Db, reportId: number, domain: string, now: Date): Promise<void> {
  for (const { who, mails } of await unknownSources(tx, reportId)) {
    await raiseAlert(tx, {
      kind: 'dmarc', thing: `${domain}:${who}`, lasts: false, link: '/deliverability/dmarc',
      title: { en: `${who} sends mail in the name of ${domain}`, ru: `${who} отправляет письма от имени ${domain}` },
      body: { en: `A report names it for the first time: ${mails} mails that did not pass. If it is a service of yours, set it up for the domain; if not, a stricter DMARC policy stops it.`, ru: `Отчёт называет этот источник впервые: писем, не прошедших проверку, — ${mails}. Если это ваш сервис, настройте его для домена; если нет, его остановит более строгая политика DMARC.` },
    }, now)
  }
}
