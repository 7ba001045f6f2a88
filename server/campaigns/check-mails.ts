import { setImmediate as letOthersGo } from 'node:timers/promises'
import type { FaultCode } from '../../shared/mail-checks.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { type Fault, findFaults } from '../templates/find-faults.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { renderHoles } from '../templates/render-mail.ts'
import { loadMailData, type MailData } from '../tracking/load-mail-data.ts'
import { addFindings, type Found, listMembers, noteChecked, takeRunningCheck, type RunningCheck } from './mail-checks.sql.ts'

const membersAtOnce = 1000
/** A part ends after so long, so that others get their turn and little is lost by a crash. */
const partMilliseconds = 1500
/** So many are rendered before others of this process have their turn. */
const breathEvery = 50

/**
 * One part of the look that has waited longest: the mails of the next people of its segment are rendered as the senders
 * will render them, and what is amiss is added to what was found. All in one transaction: after a crash it goes on
 * behind the last part. False: there is nothing to look at.
 */
export async function checkNextMails(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    const check = await takeRunningCheck(tx)
    if (!check) return false
    const members = await listMembers(tx, check, membersAtOnce)
    const part = await checkPart(app, tx, check, members.filter(member => member.gets_it).map(member => member.contact_id))
    // Where the part ended early, those behind it come with the next.
    const seen = part.last === null ? members : members.filter(member => member.contact_id <= part.last!)
    await addFindings(tx, check.campaign_id, part.found)
    await noteChecked(tx, check.campaign_id, { upTo: seen.at(-1)?.contact_id ?? null, members: seen.length, mails: part.mails, withFaults: part.withFaults, byLocale: part.byLocale }, app.now())
    await touch(tx, `campaign:${check.campaign_id}`)
    return true
  })
}

type Part = { found: Found[], mails: number, withFaults: number, byLocale: Record<string, number>, /** the last contact looked at, when time was up before the end */ last: number | null }

async function checkPart(app: App, db: Db, check: RunningCheck, contacts: number[]): Promise<Part> {
  const part: Part = { found: [], mails: 0, withFaults: 0, byLocale: {}, last: null }
  const findings = new Map<string, Found>()
  const note = (contact: number, locale: string, { code, what, words }: Fault) => {
    const key = JSON.stringify([code, locale, what, words])
    const found = findings.get(key)
    if (found) found.people.push(contact)
    else findings.set(key, { code, locale, what, words, people: [contact] })
  }
  const broken = new Map<number, unknown>()
  const loaded = await loadMailData(app, db, contacts.map(contact_id => ({ contact_id, id: 0, kind: 'campaign', template_version_id: check.template_version_id, context: {} })), (index, error) => broken.set(index, error))
  const version = (await loadVersions(db, [check.template_version_id])).get(check.template_version_id)
  const locales = Object.keys(version?.document.locales ?? {})
  const until = performance.now() + partMilliseconds
  for (const [index, contact] of contacts.entries()) {
    const data = loaded[index]
    if (!data && !broken.has(index)) continue
    const locale = data?.locale ?? ''
    const faults = data ? faultsOf(data, locales) : [failed(broken.get(index))]
    part.mails++
    part.byLocale[locale] = (part.byLocale[locale] ?? 0) + 1
    if (faults.some(fault => !harmless.has(fault.code))) part.withFaults++
    for (const fault of faults) note(contact, locale, fault)
    if (index % breathEvery === breathEvery - 1) await letOthersGo()
    if (performance.now() > until && index < contacts.length - 1) {
      part.last = contact
      break
    }
  }
  part.found = [...findings.values()]
  return part
}

/** Good to know, yet nothing is wrong with such a mail. */
export const harmless: ReadonlySet<FaultCode> = new Set<FaultCode>(['fallback_used', 'no_language'])

/** What is amiss in one mail, rendered as a sender would. */
export function faultsOf(data: MailData, locales: readonly string[]): Fault[] {
  try {
    return findFaults(data.compiled, data, renderHoles(data.compiled, data), locales)
  } catch (error) {
    return [failed(error)]
  }
}

function failed(error: unknown): Fault {
  return { code: 'render_failed', what: '', words: (error instanceof Error ? error.message : String(error)).slice(0, 200) }
}
