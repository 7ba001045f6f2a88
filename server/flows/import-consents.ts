import type { ContactInput } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { insertChanges, insertRejections, type Rejection } from '../imports/imports.sql.ts'
import type { ConsentRow } from '../imports/read-permissions.ts'
import { applyChanges } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { cardChange, type Done, type Importing } from './import-contacts.ts'
import { putIntoSegment } from './import-into-segment.ts'
import { saveCards } from './save-contacts.ts'

/**
 * Consents with their proof into the ledger, by the time they were given; whoever they are of is found or made. A
 * consent without proof is refused, and whoever has left here stays away, whatever the file says. The same file again
 * records nothing twice.
 */
export async function importConsents(tx: Db, app: App, importing: Importing, given: ConsentRow[], now: Date): Promise<Done> {
  const source = `import:${importing.id}`
  const rejections: Rejection[] = []
  const refuse = (consent: ConsentRow, field: string, reason: string): void => { rejections.push({ line: consent.row.line, field, reason, kept: false, row: consent.row.cells }) }
  const topicOf = await topicsByName(tx)
  const wanted = given.flatMap(consent => {
    const topicIds = consent.topic === null ? importing.options.consent?.topic_ids ?? [] : [topicOf.get(consent.topic.toLowerCase())].filter(id => id !== undefined)
    const fault = consent.errors[0] ?? (topicIds.length === 0 ? { field: 'topic', message: consent.topic === null ? 'is empty: to what did they agree?' : `"${consent.topic.slice(0, 60)}" is no topic in use` } : undefined)
    if (fault === undefined) return [{ consent, topicIds }]
    refuse(consent, fault.field, fault.message)
    return []
  })

  const inputs = wanted.map(({ consent }): ContactInput => ({ ...consent.customer, tags: importing.options.tags, ...(importing.options.source === '' ? {} : { source: importing.options.source }), import_id: importing.id }))
  const { outcomes, changes } = await saveCards(tx, inputs, { now, by: source, mode: 'only_empty' })
  const taken = wanted.flatMap((each, index) => {
    const outcome = outcomes[index]!
    if (!('error' in outcome)) return [{ ...each, outcome }]
    refuse(each.consent, outcome.error.field, outcome.error.message)
    return []
  })
  const states = new Map((await consentStates(tx, taken.map(({ outcome }) => outcome.contact_id))).map(state => [`${state.contact_id}:${state.topic_id}`, state.status]))
  let unchanged = 0
  const consents = taken.flatMap(({ consent, topicIds, outcome: { contact_id } }): NewConsent[] => {
    const before = (topicId: number) => states.get(`${contact_id}:${topicId}`)
    if (consent.action === 'granted' && topicIds.every(topicId => before(topicId) === 'withdrawn')) {
      refuse(consent, 'email', 'has unsubscribed and stays so')
      return []
    }
    const changing = topicIds.filter(topicId => before(topicId) !== consent.action && !(consent.action === 'granted' && before(topicId) === 'withdrawn'))
    if (changing.length === 0) unchanged++
    // Two rows of the file about the same: the second is known by then.
    for (const topicId of changing) states.set(`${contact_id}:${topicId}`, consent.action)
    return changing.map(topic_id => ({ contact_id, topic_id, action: consent.action, wording: consent.wording || 'Unsubscribed according to the imported file', source, ip_address: consent.ip_address, occurred_at: consent.occurred_at ?? now }))
  })
  const saved = taken.map(({ outcome }) => outcome)
  const segment = await putIntoSegment(tx, importing, saved.map(outcome => outcome.contact_id), now)
  await insertChanges(tx, importing.id, saved.map(outcome => cardChange(outcome, segment.put.get(outcome.contact_id))))
  await insertRejections(tx, importing.id, rejections)
  const changed = await recordConsents(tx, consents)
  if (importing.dry !== true) {
    const events = await insertEvents(tx, subscriptionEvents(consents, changed, {}), now)
    await applyChanges(tx, app, [...changes, ...changesOfEvents(changed.map(change => change.contact_id), events), ...segment.changes], now)
  }
  return { contacts_created: saved.filter(outcome => outcome.created).length, contacts_updated: 0, events_created: consents.length, records_updated: 0, rows_rejected: rejections.length, rows_unchanged: unchanged, records_known: unchanged }
}

/** Topics in use by key and by either name, in small letters. */
async function topicsByName(tx: Db): Promise<Map<string, number>> {
  return new Map((await offeredTopics(tx)).flatMap(topic => [topic.name_en, topic.name_ru, topic.key].map(name => [name.toLowerCase(), topic.id] as const)))
}
