import { hygieneSettings, type HygieneSettings } from '../../shared/hygiene.ts'
import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { dnsOf } from '../reputation/ask-dns.ts'
import { insertDomains, latestDenied, saveAnswers, takeDomainsToAsk, unknownDomains, unknownDomainsOfLeads } from './domains.sql.ts'
import { endOfSpan, holdHygiene, refreshMembers } from './find-members.sql.ts'
import { countContacts, countMembers } from './groups.sql.ts'
import { judgeDomain, takesMail } from './judge-domain.ts'

/** `upto`: the last contact looked at in the count that goes on; null: none does. `denied_at`: when, before it began, a domain last turned out to take no mail. */
export type Round = { upto: number | null, started_at: string, denied_at: string | null, as_of: string | null, /** with an address, at that time */ contacts: number }
const roundKey = 'hygiene_round'
const settingsKey = 'hygiene'
const contactsAtOnce = 5000
const everyMilliseconds = 12 * 3_600_000

export const readRound = async (db: Db): Promise<Round | null> => await readSetting<Round>(db, roundKey) ?? null
export const readHygieneSettings = async (db: Db): Promise<HygieneSettings> => hygieneSettings.parse(await readSetting(db, settingsKey) ?? {})

/** What is asked of the groups; they are counted anew. */
export async function writeHygieneSettings(db: Db, settings: HygieneSettings, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    await writeSetting(tx, settingsKey, settings)
    await countAnew(tx, now)
  })
}

/** A count begins, from the first contact on. */
export async function countAnew(tx: Db, now: Date): Promise<void> {
  await writeSetting(tx, roundKey, await beginRound(tx, now))
  await notify(tx, 'hygiene')
  await touch(tx, 'hygiene')
}

const beginRound = async (tx: Db, now: Date): Promise<Round> => ({ upto: 0, started_at: now.toISOString(), denied_at: (await latestDenied(tx))?.toISOString() ?? null, ...await lastResult(tx) })
const lastResult = async (tx: Db): Promise<Pick<Round, 'as_of' | 'contacts'>> => {
  const last = await readRound(tx)
  return { as_of: last?.as_of ?? null, contacts: last?.contacts ?? 0 }
}

/** The loop: twice a day and when asked for, some thousand contacts at a time; a crash loses one such part. True: more is to be done. */
export async function countGroups(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    await holdHygiene(tx)
    const now = app.now()
    const round = await readRound(tx)
    if (round?.upto === null && now.getTime() - Date.parse(round.started_at) < everyMilliseconds) return false
    const begun = round === null || round.upto === null ? await beginRound(tx, now) : round
    const from = begun.upto!
    const to = await endOfSpan(tx, from, contactsAtOnce)
    if (to !== undefined) {
      await insertDomains(tx, (await unknownDomains(tx, { from, to })).map(judgeDomain), now)
      await refreshMembers(tx, { from, to }, await readHygieneSettings(tx), now)
    }
    await writeSetting(tx, roundKey, { ...begun, upto: to ?? null, ...to === undefined ? { as_of: now.toISOString(), contacts: await countContacts(tx) } : {} } satisfies Round)
    if (to === undefined) await alertToLarge(tx, await readHygieneSettings(tx), now)
    await touch(tx, 'hygiene')
    return to !== undefined
  })
}

/** Of addresses that cannot be right: many of them, and receivers take all mail for spam. */
async function alertToLarge(tx: Db, { limit_percent }: HygieneSettings, now: Date): Promise<void> {
  const [contacts, counts] = await Promise.all([countContacts(tx), countMembers(tx)])
  const over: string[] = []
  for (const [kind, name] of Object.entries(harmful)) {
    const percent = (counts.get(kind) ?? 0) / Math.max(1, contacts) * 100
    if (contacts < fewContacts || percent <= limit_percent) continue
    over.push(kind)
    const number = Math.round(percent * 10) / 10
    await raiseAlert(tx, {
      kind: 'hygiene', thing: kind, link: '/deliverability/hygiene',
      title: { en: `${number.toLocaleString('en')} % of the list: ${name.en}`, ru: `${number.toLocaleString('ru')} % базы: ${name.ru}` },
      body: { en: `Your limit is ${limit_percent} %. The page of list hygiene shows the people and what can be done.`, ru: `Ваш предел — ${limit_percent} %. На странице «Чистота базы» видно этих людей и что с ними можно сделать.` },
    }, now)
  }
  await settleAlerts(tx, 'hygiene', { except: over }, now)
}

const fewContacts = 100
const harmful = {
  typo: { en: 'addresses probably mistyped', ru: 'адреса с вероятной опечаткой' }, no_mail: { en: 'domains that take no mail', ru: 'домены, не принимающие почту' },
  soft_bounces: { en: 'mail comes back again and again', ru: 'письма возвращаются раз за разом' }, disposable: { en: 'throw-away addresses', ru: 'одноразовые адреса' },
}

const domainsAtOnce = 20

/**
 * The loop that looks up whether anybody takes mail for domains of addresses, those of new leads too: a handful every few seconds; what turned out
 * is counted once all have been asked. Networks exist that deny every name: there nothing is believed.
 */
export async function askDomains(app: App): Promise<boolean> {
  const now = app.now()
  await insertDomains(app.db, (await unknownDomainsOfLeads(app.db, now)).map(judgeDomain), now)
  const domains = await takeDomainsToAsk(app.db, domainsAtOnce, now)
  if (domains.length === 0) {
    const [round, denied] = await Promise.all([readRound(app.db), latestDenied(app.db)])
    if (round?.upto === null && denied !== null && (round.denied_at === null || denied > new Date(round.denied_at))) await countAnew(app.db, now)
    return false
  }
  const dns = dnsOf(app.settings.dnsServers)
  const answers = await Promise.all(domains.map(async domain => ({ domain, takes_mail: await takesMail(dns, domain) })))
  if (answers.some(answer => answer.takes_mail === false) && (await dns.mx('gmail.com')).kind !== 'found') return false
  await saveAnswers(app.db, answers, now)
  await touch(app.db, 'leads')
  return false
}
