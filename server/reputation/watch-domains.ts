import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import type { DomainFinding } from '../../shared/delivery.ts'
import { type KeySeen, saveDomainCheck, takeDueDomains, type SendingDomainRow } from '../delivery/sending-domains.sql.ts'
import { dnsOf } from './ask-dns.ts'
import { checkDomain, compareChecks, keysOf, readOurSide, type Change } from './check-domain.ts'
import { insertDomainChange } from './domain-changes.sql.ts'

/** The loop: looks at domains whose hour has come. True: more are due. */
export async function watchDomains(app: App): Promise<boolean> {
  const due = await takeDueDomains(app.db, 5, app.now())
  await Promise.all(due.map(domain => lookAtDomain(app, domain)))
  return due.length === 5
}

/** Looks at one domain, keeps what was found and what has changed, and alerts when it got worse, and when nothing is wrong any more. */
export async function lookAtDomain(app: App, domain: SendingDomainRow): Promise<void> {
  const findings = await checkDomain(dnsOf(app.settings.dnsServers), { domain: domain.domain, keys: keysOf(domain) }, await readOurSide(app, domain.domain), app.now())
  const now = app.now()
  const { check, changes, worse } = compareChecks(domain.last_check, findings, now)
  await withTransaction(app.db, async tx => {
    await saveDomainCheck(tx, domain, check, { key: keySeen(findings, domain.selector), second: keySeen(findings, domain.second_selector) }, now)
    if (changes.length > 0) await insertDomainChange(tx, domain.id, changes, now)
    if (worse.length > 0) await alertTo(tx, domain, worse, now)
    else if (changes.length > 0 && !findings.some(finding => finding.level === 'bad')) await settleAlerts(tx, 'domain', { things: [`domain:${domain.id}`] }, now)
    await touch(tx, 'sending-domains')
  })
}

function keySeen(findings: DomainFinding[], selector: string | null): KeySeen {
  const found = findings.find(each => each.kind === 'dkim' && each.about === selector)
  return found?.level === 'unknown' ? 'unknown' : found?.code === 'good' || found?.code === 'testing' ? 'seen' : 'not_seen'
}

const names = {
  dkim: 'DKIM', spf: 'SPF', dmarc: 'DMARC', mx: 'MX', reverse: 'PTR', mx_tls: 'TLS', mta_sts: 'MTA-STS', tls_rpt: 'TLS-RPT', bimi: 'BIMI', bimi_logo: { en: 'BIMI logo', ru: 'логотип BIMI' }, bimi_certificate: { en: 'BIMI certificate', ru: 'сертификат BIMI' },
  tracking_host: { en: 'address of links', ru: 'адрес ссылок' }, bounce_host: { en: 'address for returned mail', ru: 'адрес для возвратов' },
}

async function alertTo(tx: App['db'], domain: SendingDomainRow, worse: Change[], now: Date): Promise<void> {
  const what = (language: 'en' | 'ru') => [...new Set(worse.map(({ kind }) => { const name = names[kind]; return typeof name === 'string' ? name : name[language] }))].join(', ')
  await raiseAlert(tx, {
    kind: 'domain', thing: `domain:${domain.id}`, link: `/settings/sending/domains/${domain.id}`,
    title: { en: `Domain ${domain.domain}: something got worse (${what('en')})`, ru: `Домен ${domain.domain}: стало хуже (${what('ru')})` },
    body: { en: 'Records of the domain have changed, and mails may go to spam for it. The page of the domain says what to mend.', ru: 'Записи домена изменились, из-за этого письма могут попадать в спам. На странице домена сказано, что исправить.' },
  }, now)
}
