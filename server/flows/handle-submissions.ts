import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import type { Outcome } from '../contacts/save-contacts.sql.ts'
import type { ContactInput } from '../../shared/contacts.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { recordConsents, type NewConsent } from '../consent/record-consents.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { cardsForLeads, loadForms, newlyMade, systemMail, tagNames, type FormRow } from '../forms/forms.sql.ts'
import { cardValues, sourceLabel, submission, type Submission } from '../forms/submission.ts'
import { findOpenLeads } from '../leads/create-leads.sql.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import type { Change } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { makeLeads } from './make-leads.ts'
import { saveCards } from './save-contacts.ts'

type Sent = { event: ProcessedEvent, form: FormRow, sent: Submission }

/** A person who sends the same form again within this time gets no second confirmation mail. */
const oneMailPerMilliseconds = 10 * 60_000

/**
 * What sending in a form causes, in the transaction that processes the event: tags and fields on the card, consents,
 * a lead with its manager, the mail that asks to confirm. Returns what changed for applyChanges.
 * With double opt-in a stranger could name anybody's address: what was typed waits until the owner of the mailbox
 * confirms, unless the card was made by this very form and holds nothing else.
 */
export async function handleSubmissions(tx: Db, app: App, events: ProcessedEvent[], now: Date): Promise<Change[]> {
  const submissions = await readSubmissions(tx, events)
  if (submissions.length === 0) return []
  const changes = [
    ...await saveFields(tx, submissions, now),
    ...await keepConsents(tx, submissions, now),
    ...await leadsOfForms(tx, submissions, now),
  ]
  await touchAll(tx, submissions.map(each => `form:${each.form.id}`))
  return changes
}

async function readSubmissions(tx: Db, events: ProcessedEvent[]): Promise<Sent[]> {
  const own = events.filter(event => event.type === 'form.submitted' && event.source.startsWith('form:'))
  const forms = await loadForms(tx, [...new Set(own.map(event => Number(event.source.slice(5))))].filter(Number.isSafeInteger))
  return own.flatMap(event => {
    const form = forms.get(Number(event.source.slice(5)))
    const read = submission.safeParse(event.properties)
    return form && read.success ? [{ event, form, sent: read.data }] : []
  })
}

async function saveFields(tx: Db, submissions: Sent[], now: Date): Promise<Change[]> {
  const fresh = await newlyMade(tx, submissions.map(each => each.event.contact_id))
  const tags = await tagNames(tx, submissions.flatMap(each => each.form.definition.tag_ids))
  const changes: Change[] = []
  for (const isFresh of [true, false]) {
    const some = submissions.filter(each => fresh.has(each.event.contact_id) === isFresh)
    for (const [by, group] of Map.groupBy(some, each => `form:${each.form.id}`)) {
      const inputs = group.map(({ event, form, sent }): ContactInput => ({
        id: event.contact_id,
        tags: form.definition.tag_ids.flatMap(id => tags.get(id) ?? []),
        ...(isFresh || !sent.double_opt_in ? cardValues(sent.fields) : {}),
        ...(isFresh ? { source: sent.source } : {}),
        locale: sent.locale,
      }))
      changes.push(...await saveForgiving(tx, inputs, { now, by, mode: isFresh ? 'overwrite' : 'only_empty' }))
    }
  }
  return changes
}

/** A phone that belongs to somebody else must not hold up the rest of what was sent in. Values were checked at the door. */
export async function saveForgiving(tx: Db, inputs: ContactInput[], options: Parameters<typeof saveCards>[2]): Promise<Change[]> {
  const { outcomes, changes } = await saveCards(tx, inputs, options)
  const again = inputs.flatMap((input, index) => {
    const outcome = outcomes[index] as Outcome
    if (!('error' in outcome)) return []
    const bad = new Set(outcome.error.all.map(fault => fault.field))
    const kept = Object.fromEntries(Object.entries(input).filter(([name]) => !bad.has(name)))
    const fields = Object.fromEntries(Object.entries(input.fields ?? {}).filter(([name]) => !bad.has(`fields.${name}`)))
    return [{ ...kept, ...(input.fields === undefined ? {} : { fields }) } as ContactInput]
  })
  if (again.length === 0) return changes
  return [...changes, ...(await saveCards(tx, again, options)).changes]
}

async function keepConsents(tx: Db, submissions: Sent[], now: Date): Promise<Change[]> {
  const states = new Map((await consentStates(tx, submissions.map(each => each.event.contact_id))).map(state => [`${state.contact_id}:${state.topic_id}`, state.status]))
  const consents: NewConsent[] = []
  const asked: Sent[] = []
  for (const each of submissions) {
    const { event, form, sent } = each
    const open = sent.topic_ids.filter(topic => states.get(`${event.contact_id}:${topic}`) !== 'granted')
    if (sent.double_opt_in && open.length > 0) asked.push(each)
    for (const topic_id of sent.double_opt_in ? open : sent.topic_ids) {
      consents.push({
        contact_id: event.contact_id, topic_id, action: sent.double_opt_in ? 'requested' : 'granted', wording: sent.wording, source: `form:${form.id}`,
        ip_address: sent.ip_address, user_agent: sent.user_agent, occurred_at: event.occurred_at,
      })
    }
  }
  const changed = await recordConsents(tx, consents)
  const told = await insertEvents(tx, subscriptionEvents(consents, changed, {}), now)
  await queueConfirmations(tx, asked.map(({ event, form, sent }) => ({ contact_id: event.contact_id, at: event.occurred_at, sent, title: form.definition.title[sent.locale] })), now)
  return changesOfEvents(changed.map(change => change.contact_id), told)
}

type Asking = { contact_id: number, at: Date, sent: Submission, title: string }

/** One mail for each person and form, however often the button was pressed. */
export async function queueConfirmations(tx: Db, asking: Asking[], now: Date): Promise<void> {
  if (asking.length === 0) return
  const mail = await systemMail(tx, 'confirmation')
  if (mail === undefined) throw new Error('the confirmation mail (system_key "confirmation") is missing')
  await queueMessages(tx, asking.map(({ contact_id, at, sent, title }) => ({
    contact_id,
    kind: 'transactional' as const,
    template_version_id: mail.version_id,
    dedup_key: `confirmation:${sent.form_id}:${Math.floor(at.getTime() / oneMailPerMilliseconds)}`,
    context: { locale: sent.locale, form: { id: sent.form_id, name: title }, submission: sent },
  })), now)
}

async function leadsOfForms(tx: Db, submissions: Sent[], now: Date): Promise<Change[]> {
  const wanting = submissions.filter(each => each.form.definition.creates_lead)
  if (wanting.length === 0) return []
  const open = await findOpenLeads(tx, wanting.map(each => ({ contact_id: each.event.contact_id, form_id: each.form.id })))
  const distinct = [...new Map(wanting.map(each => [`${each.event.contact_id}:${each.form.id}`, each]))].filter(([key]) => !open.has(key)).map(([, each]) => each)
  if (distinct.length === 0) return []
  const [company, cards] = await Promise.all([readCompany(tx), cardsForLeads(tx, distinct.map(each => each.event.contact_id))])
  const { leads, changes } = await makeLeads(tx, distinct.map(({ event, form, sent }) => ({
    contact_id: event.contact_id, source: `form:${form.id}`, source_label: sourceLabel(form.name, sent.utm), utm: sent.utm, form_id: form.id,
    wish: form.definition.lead_owner, contact_owner: cards.get(event.contact_id)?.owner_id ?? null,
  })), { title: lead => `${company.language === 'ru' ? 'Новый лид' : 'New lead'}: ${cards.get(lead.contact_id)?.name ?? ''}` }, now)
  const owned = await saveForgiving(tx, leads.flatMap(lead => lead.owner_id === null ? [] : [{ id: lead.contact_id, owner_id: lead.owner_id }]), { now, by: 'lead', mode: 'only_empty' })
  return [...owned, ...changes]
}
