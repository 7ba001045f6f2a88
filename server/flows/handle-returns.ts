import type { Db } from '../base/db.ts'
import { touch, touchAll } from '../base/live.ts'
import { createTasks } from '../activities/create-tasks.sql.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import { openTaskSources } from '../activities/open-tasks.sql.ts'
import { readCompany } from '../company/company.sql.ts'
import { consentStates } from '../consent/consents.sql.ts'
import { type NewConsent, recordConsents } from '../consent/record-consents.sql.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { cardsForLeads } from '../forms/forms.sql.ts'
import { keepComplaints } from '../inbound/complaints.sql.ts'
import { readInboundRules } from '../inbound/inbound-rules.ts'
import { keepLetters, lettersFromMails, noteContact } from '../inbound/letters.sql.ts'
import { tooManySoftBounces } from '../inbound/soft-bounces.sql.ts'
import { messagesOfMails } from '../inbound/messages-of-mails.sql.ts'
import { findOpenLeadsOf } from '../leads/create-leads.sql.ts'
import type { Change } from './apply-changes.ts'
import { changesOfEvents, subscriptionEvents } from './change-consents.ts'
import { makeLeads } from './make-leads.ts'

/** Only what we read ourselves or a provider reported and proved: an event of the same name by API is the caller's word. */
const trusted = (event: ProcessedEvent): boolean => event.source === 'inbound' || event.source.startsWith('provider:')
const textOf = (event: ProcessedEvent, name: string): string => typeof event.properties[name] === 'string' ? event.properties[name] : ''

/**
 * What follows from mail that came back: addresses are suppressed, complaints put aside, consents withdrawn, replies kept
 * in their conversations with a task for the manager. In the transaction of the events; the caller holds the contacts.
 */
export async function handleReturns(tx: Db, events: ProcessedEvent[], now: Date): Promise<Change[]> {
  const returned = events.filter(trusted)
  if (returned.length === 0) return []
  const of = (type: string): ProcessedEvent[] => returned.filter(event => event.type === type)
  await suppressBounced(tx, of('email.bounced'), now)
  return [
    ...await putComplaintsAside(tx, of('email.complained'), now),
    ...await withdraw(tx, of('email.unsubscribed'), now, event => ({ wording: textOf(event, 'wording'), source: `unsubscribe:${textOf(event, 'via') || 'mail'}`, all: false })),
    ...await keepReplies(tx, of('email.replied'), now),
  ]
}

async function suppressBounced(tx: Db, bounced: ProcessedEvent[], now: Date): Promise<void> {
  if (bounced.length === 0) return
  const addressed = bounced.flatMap(event => {
    const email = normaliseEmail(textOf(event, 'address'))
    return email === null ? [] : [{ email, contact_id: event.contact_id, hard: event.properties['hard'] === true, reply: textOf(event, 'reply') }]
  })
  const hard = addressed.filter(each => each.hard)
  await suppress(tx, hard.map(({ email, reply }) => ({ email, reason: 'hard_bounce' as const, detail: reply.slice(0, 500) })), now)
  const rules = await readInboundRules(tx)
  const since = new Date(now.getTime() - rules.soft_bounce_days * 86_400_000)
  const often = await tooManySoftBounces(tx, addressed.filter(each => !each.hard), rules.soft_bounces, since)
  await suppress(tx, often.map(({ email, bounces }) => ({ email, reason: 'soft_bounces' as const, detail: `${bounces} × ${rules.soft_bounce_days}` })), now)
}

async function putComplaintsAside(tx: Db, complained: ProcessedEvent[], now: Date): Promise<Change[]> {
  if (complained.length === 0) return []
  const addresses = complained.map(event => normaliseEmail(textOf(event, 'address')) ?? '')
  await keepComplaints(tx, complained.map((event, index) => ({
    contact_id: event.contact_id, email: addresses[index]!, kind: textOf(event, 'kind') || 'abuse', via: event.source === 'inbound' ? 'mail' : event.source,
    message_id: event.message_id, campaign_id: event.campaign_id, journey_id: event.journey_id, occurred_at: event.occurred_at,
  })))
  await suppress(tx, addresses.flatMap((email, index) => email === '' ? [] : [{ email, reason: 'complaint' as const, detail: textOf(complained[index]!, 'kind') || 'abuse' }]), now)
  await touch(tx, 'complaints')
  return withdraw(tx, complained, now, event => ({ wording: `complaint: ${textOf(event, 'kind') || 'abuse'}`, source: 'complaint', all: true }))
}

/** The topic the mail was about, or, when it was about none or `all`, every topic that stands. */
async function withdraw(tx: Db, events: ProcessedEvent[], now: Date, how: (event: ProcessedEvent) => { wording: string, source: string, all: boolean }): Promise<Change[]> {
  if (events.length === 0) return []
  const states = (await consentStates(tx, [...new Set(events.map(event => event.contact_id))])).filter(state => state.status !== 'withdrawn')
  const messages = await messagesOfMails(tx, events.flatMap(event => event.message_id === null ? [] : [{ contact_id: event.contact_id, message_id: event.message_id }]))
  const consents: NewConsent[] = events.flatMap(event => {
    const { wording, source, all } = how(event)
    const topic = messages.get(`${event.contact_id}.${event.message_id}`)?.topic_id ?? null
    return states.filter(state => state.contact_id === event.contact_id && (all || topic === null || state.topic_id === topic)).map(state => ({
      contact_id: event.contact_id, topic_id: state.topic_id, action: 'withdrawn' as const, wording: wording.slice(0, 4000), source, message_id: event.message_id, occurred_at: event.occurred_at,
    }))
  })
  const changed = await recordConsents(tx, consents)
  const told = await insertEvents(tx, subscriptionEvents(consents, changed, {}), now)
  return changesOfEvents(changed.map(change => change.contact_id), told)
}

async function keepReplies(tx: Db, replied: ProcessedEvent[], now: Date): Promise<Change[]> {
  const numbered = replied.flatMap(event => typeof event.properties['inbound_mail_id'] === 'number' ? [{ event, mail: event.properties['inbound_mail_id'] }] : [])
  if (numbered.length === 0) return []
  const mails = await lettersFromMails(tx, numbered.map(each => each.mail))
  const letters = numbered.flatMap(({ event, mail }) => {
    const read = mails.get(mail)
    const references = event.properties['references']
    return read === undefined ? [] : [{
      ...read, contact_id: event.contact_id, direction: 'in' as const, in_reply_to: textOf(event, 'in_reply_to') || null, references: Array.isArray(references) ? references.map(String) : [],
      inbound_mail_id: mail, message_id: event.message_id, author_id: null, occurred_at: event.occurred_at,
    }]
  })
  await noteContact(tx, numbered.map(({ event, mail }) => ({ id: mail, contact_id: event.contact_id })))
  const kept = await keepLetters(tx, letters)
  if (kept.length === 0) return []
  const subjects = new Map(letters.map(letter => [`${letter.contact_id}:${letter.mail_key}`, letter.subject]))
  const answers = kept.map(letter => ({ ...letter, subject: subjects.get(`${letter.contact_id}:${letter.mail_key}`) ?? '' }))
  await touchAll(tx, ['conversations'])
  return [...await makeLeadsOfStrangers(tx, replied, now), ...await makeTasks(tx, answers, now)]
}

/** One task for each conversation as long as it is open; whoever looks after the contact is told of every answer. */
async function makeTasks(tx: Db, answers: { contact_id: number, id: number, conversation_id: number, subject: string }[], now: Date): Promise<Change[]> {
  const [rules, company, cards] = await Promise.all([readInboundRules(tx), readCompany(tx), cardsForLeads(tx, answers.map(answer => answer.contact_id))])
  const russian = company.language === 'ru'
  await notifyUsers(tx, answers.flatMap(answer => {
    const card = cards.get(answer.contact_id)
    return card?.owner_id == null ? [] : [{ user_id: card.owner_id, title: russian ? `Ответ: ${card.name}` : `Reply: ${card.name}`, body: answer.subject.slice(0, 300), link: `/contacts/${answer.contact_id}`, source_key: `letter:${answer.id}` }]
  }), now)
  if (!rules.reply_tasks) return []
  const open = await openTaskSources(tx, answers.map(answer => ({ contact_id: answer.contact_id, source: `conversation:${answer.conversation_id}` })))
  const wanted = [...new Map(answers.map(answer => [`${answer.contact_id}:conversation:${answer.conversation_id}`, answer]))].filter(([key]) => !open.has(key)).map(([, answer]) => answer)
  const titles = new Map(wanted.map(answer => [answer.contact_id, `${russian ? 'Ответить' : 'Answer'}: ${answer.subject || (russian ? 'письмо без темы' : 'a mail without a subject')}`.slice(0, 300)]))
  const made = await createTasks(tx, wanted.map(answer => ({
    contact_id: answer.contact_id, title: titles.get(answer.contact_id)!, due_at: now, owner_id: cards.get(answer.contact_id)?.owner_id ?? null, source: `conversation:${answer.conversation_id}`, source_key: `letter:${answer.id}`,
  })), now)
  await touchAll(tx, ['tasks'])
  const told = await insertEvents(tx, made.map(task => ({
    contact_id: task.contact_id, type: 'task.created', occurred_at: now, source: 'inbound', message_id: null, campaign_id: null, journey_id: null, properties: { task_id: task.id, title: titles.get(task.contact_id) ?? '' },
  })), now)
  return changesOfEvents([], told)
}

async function makeLeadsOfStrangers(tx: Db, replied: ProcessedEvent[], now: Date): Promise<Change[]> {
  const strangers = [...new Map(replied.filter(event => event.properties['stranger'] === true).map(event => [event.contact_id, event])).values()]
  if (strangers.length === 0) return []
  const source = 'mail'
  const open = await findOpenLeadsOf(tx, strangers.map(event => ({ contact_id: event.contact_id, source })))
  const wanting = strangers.filter(event => !open.has(`${event.contact_id}:${source}`))
  const company = await readCompany(tx)
  const { changes } = await makeLeads(tx, wanting.map(event => ({
    contact_id: event.contact_id, source, source_label: company.language === 'ru' ? 'Написал сам' : 'Wrote to us', utm: {}, form_id: null, wish: 'rules' as const, contact_owner: null,
  })), {
    title: () => company.language === 'ru' ? 'Новый лид: написал сам' : 'New lead: wrote to us',
    body: lead => textOf(wanting.find(event => event.contact_id === lead.contact_id)!, 'subject'),
  }, now)
  return changes
}
