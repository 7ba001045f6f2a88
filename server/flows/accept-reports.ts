import type { AcceptBody, AcceptedNow } from '../../shared/inbound.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { type NewConsent, recordConsents } from '../consent/record-consents.sql.ts'
import { restoreSuppressions, suppressionsOf } from '../consent/suppressions.sql.ts'
import { findContacts, lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { rollupFieldsOf } from '../events/rollup-fields.ts'
import { type AcceptedReport, holdUnproven, insertAccepted, noteOutcomes, provenBesides, takeBackAct, type TopicBefore } from '../inbound/accepted-reports.sql.ts'
import { removeComplaints } from '../inbound/complaints.sql.ts'
import { type ReportedRecipient, reportedRecipients } from '../inbound/reported-recipients.ts'
import { removeEvents } from '../events/remove-events.sql.ts'
import { applyChanges, type Change } from './apply-changes.ts'
import { changesOfEvents } from './change-consents.ts'
import { handleReturns } from './handle-returns.ts'
import { rebuildContacts } from './rebuild-rollups.ts'

const mostAlike = 200

type Meant = ReportedRecipient & { mail: number, contact_id: number }

/**
 * A person believes a report that nothing of ours proves: for the recipients they name what follows is what follows of a
 * proven one, and it is written down with what was before. With `alike` the same for everybody the other unproven reports
 * of its kind and sender name. All in one transaction; again: a conflict, for it is unproven no more.
 */
export async function acceptReports(app: App, mailId: number, { recipients, alike }: AcceptBody, by: number | null): Promise<AcceptedNow> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(app.db, async tx => {
    const mails = await holdUnproven(tx, mailId, alike, mostAlike)
    if (mails.length === 0) throw conflict('not_unproven', 'This mail is no report that waits to be accepted, or the mail itself is not kept any more.')
    const wanted = new Set(recipients.map(email => email.toLowerCase()))
    const meant = await contactsMeant(tx, mails.flatMap(mail => reportedRecipients(mail.raw).filter(each => mail.id !== mailId || wanted.has(each.email)).map(each => ({ ...each, mail: mail.id }))))
    const missing = [...wanted].filter(email => !meant.some(each => each.mail === mailId && each.email === email))
    if (missing.length > 0) throw invalid([{ field: 'recipients', message: `the report is not about ${missing[0]}, or nobody has this address` }])

    const held = await lockContacts(tx, meant.map(each => each.contact_id))
    const standing = meant.filter(each => held.has(each.contact_id))
    const ids = [...new Set(standing.map(each => each.contact_id))]
    const suppressions = await suppressionsOf(tx, standing.map(each => each.email))
    const topics = Map.groupBy(await consentStates(tx, ids), state => state.contact_id)
    const events = await insertEvents(tx, standing.map(({ contact_id, type, properties, mail }) => ({
      contact_id, type, occurred_at: now, source: 'inbound', message_id: null, campaign_id: null, journey_id: null, properties: { ...properties, inbound_mail_id: mail, accepted_by: by },
    })), now)
    const followed = await handleReturns(tx, events, now)
    await insertAccepted(tx, standing.map((each, index) => ({
      contact_id: each.contact_id, inbound_mail_id: each.mail, email: each.email, outcome: each.outcome, event_id: events[index]!.id, suppression_before: suppressions.get(each.email) ?? null,
      topics_before: each.type === 'email.bounced' ? [] : (topics.get(each.contact_id) ?? []).flatMap(({ topic_id, status }): TopicBefore[] => status === 'withdrawn' ? [] : [{ topic_id, status }]),
    })), by, now)
    const done = [...Map.groupBy(standing, each => each.mail).values()].map(([first]) => first!)
    await noteOutcomes(tx, done.map(({ mail, outcome, contact_id }) => ({ id: mail, outcome, contact_id })))
    await applyChanges(tx, app, [...changesOfEvents([], events), ...followed], now)
    await touchAll(tx, ['inbound'])
    return { people: standing.length, mails: done.length }
  })
}

async function contactsMeant(tx: Db, reported: (ReportedRecipient & { mail: number })[]): Promise<Meant[]> {
  const found = await findContacts(tx, reported.map(({ email }) => ({ email })))
  return reported.flatMap((each, index) => found[index] == null ? [] : [{ ...each, contact_id: found[index] }])
}

/**
 * Everything that was accepted at once with this mail is taken back: the events are no more, addresses are suppressed and
 * topics consented to as they were, unless something else has said so since. How many people; a second time: 0.
 */
export async function takeBackReports(app: App, mailId: number, by: number | null): Promise<AcceptedNow> {
  const now = app.now()
  await ensureMonths(app, [now])
  return withTransaction(app.db, async tx => {
    const taken = await takeBackAct(tx, mailId, by, now)
    if (taken.length === 0) return { people: 0, mails: 0 }
    const held = await lockContacts(tx, taken.map(each => each.contact_id))
    const standing = taken.filter(each => held.has(each.contact_id))
    await removeEvents(tx, standing.map(each => ({ contact_id: each.contact_id, id: each.event_id })))
    await removeComplaints(tx, standing.map(each => ({ contact_id: each.contact_id, email: each.email, occurred_at: each.accepted_at })))
    await rebuildContacts(tx, [...new Set(standing.map(each => each.contact_id))])
    const besides = await provenBesides(tx, standing)
    await restoreSuppressions(tx, standing.filter(each => !besides.has(each.email)).map(each => ({ email: each.email, before: each.suppression_before })))
    const restored = await restoreConsents(tx, standing, now)
    const mails = [...new Set(standing.map(each => each.inbound_mail_id))]
    await noteOutcomes(tx, mails.map(id => ({ id, outcome: 'unproven', contact_id: null })))
    await applyChanges(tx, app, [...standing.map(changeOf), ...restored], now)
    await touchAll(tx, ['inbound', 'complaints'])
    return { people: standing.length, mails: mails.length }
  })
}

const typeOf: Record<AcceptedReport['outcome'], string> = { bounced_hard: 'email.bounced', bounced_soft: 'email.bounced', blocked: 'email.bounced', complained: 'email.complained', unsubscribed: 'email.unsubscribed' }

function changeOf({ contact_id, outcome, accepted_at }: AcceptedReport): Change {
  const event = { id: 0, contact_id, type: typeOf[outcome], occurred_at: accepted_at, properties: {}, message_id: null, campaign_id: null, journey_id: null, source: 'inbound', is_machine: false, amount: null, currency: null }
  return { contact_id, keys: [`event:${event.type}`, ...rollupFieldsOf(event).map(field => `field:${field}`)], events: [] }
}

/** By new entries in the ledger, and only where the report was the last to speak. Nobody subscribes by this: no welcome follows. */
async function restoreConsents(tx: Db, taken: AcceptedReport[], now: Date): Promise<Change[]> {
  const withTopics = taken.filter(each => each.topics_before.length > 0)
  if (withTopics.length === 0) return []
  const states = new Map((await consentStates(tx, withTopics.map(each => each.contact_id))).map(state => [`${state.contact_id}:${state.topic_id}`, state]))
  const consents = withTopics.flatMap(({ contact_id, topics_before, accepted_at, inbound_mail_id }) => topics_before.flatMap(({ topic_id, status }): NewConsent[] => {
    const state = states.get(`${contact_id}:${topic_id}`)
    if (state?.status !== 'withdrawn' || state.since.getTime() !== accepted_at.getTime()) return []
    return [{ contact_id, topic_id, action: status, wording: 'a report accepted by mistake was taken back: what was said before stands again', source: `inbound_mail:${inbound_mail_id}`, occurred_at: now }]
  }))
  const changed = await recordConsents(tx, consents)
  return changed.map(({ contact_id }): Change => ({ contact_id, keys: ['consent'], events: [] }))
}
