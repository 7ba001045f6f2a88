import { sql } from 'kysely'
import type { ContactCard } from '../../shared/contacts.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { maybeOne } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { contactName } from './contact-name.sql.ts'
import { normaliseEmail } from './normalise.ts'

/** Everything known of one contact, in one round trip; undefined: there is no such contact. */
export async function readCard(db: Db, id: number, now: Date): Promise<ContactCard | undefined> {
  const [{ currency }, found] = [await readCompany(db), await findCard(db, id)]
  return found && presentCard(found, currency, now)
}

type FoundRollups = Omit<ContactCard['rollups'], 'average_order' | 'currency' | 'interactions_per_month' | 'days_between_orders'> & { contact_id: number }
type FoundCard = Omit<ContactCard, 'rollups' | 'suppression'> & { rollups: FoundRollups | null }

async function findCard(db: Db, id: number): Promise<(FoundCard & { suppression: ContactCard['suppression'] }) | undefined> {
  const found = await maybeOne<FoundCard>(db, sql`
    select c.id, c.revision, ${contactName('c')} as name, c.email, c.phone, c.external_id, c.first_name, c.last_name, c.job_title, c.locale, c.time_zone, c.city, c.source,
      c.import_id, c.created_at, c.updated_at, c.fields,
      (select jsonb_build_object('id', companies.id, 'name', companies.name) from companies where companies.id = c.company_id) as company,
      (select jsonb_build_object('id', users.id, 'name', users.name) from users where users.id = c.owner_id) as owner,
      (select coalesce(jsonb_agg(jsonb_build_object('id', tags.id, 'name', tags.name, 'added_at', contact_tags.added_at) order by lower(tags.name)), '[]')
        from contact_tags
        join tags on tags.id = contact_tags.tag_id
        where contact_tags.contact_id = c.id) as tags,
      (select coalesce(jsonb_agg(jsonb_build_object('topic_id', topics.id, 'name_en', topics.name_en, 'name_ru', topics.name_ru, 'status', states.status, 'since', states.since) order by topics.position, topics.id), '[]')
        from consent_states states
        join topics on topics.id = states.topic_id
        where states.contact_id = c.id) as consents,
      (select to_jsonb(r) from contact_rollups r where r.contact_id = c.id) as rollups,
      (select coalesce(jsonb_agg(jsonb_build_object('id', segments.id, 'name', segments.name, 'entered_at', memberships.entered_at) order by memberships.entered_at desc), '[]')
        from segment_memberships memberships
        join segments on segments.id = memberships.segment_id
        where memberships.contact_id = c.id
          and segments.archived_at is null) as segments,
      (select coalesce(jsonb_agg(jsonb_build_object('enrolment_id', latest.id, 'journey_id', latest.journey_id, 'name', journeys.name, 'step_key', latest.step_key, 'state', latest.state,
          'wake_at', latest.wake_at, 'entered_at', latest.entered_at, 'ended_at', latest.ended_at, 'is_test', latest.test_wait_seconds is not null) order by latest.id desc), '[]')
        from (select * from enrolments where enrolments.contact_id = c.id order by id desc limit 50) latest
        join journeys on journeys.id = latest.journey_id) as journeys,
      (select coalesce(jsonb_agg(jsonb_build_object('id', leads.id, 'status', leads.status, 'source_label', leads.source_label, 'created_at', leads.created_at,
          'owner', case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end) order by leads.id desc), '[]')
        from leads
        left join users on users.id = leads.owner_id
        where leads.contact_id = c.id) as leads,
      (select coalesce(jsonb_agg(jsonb_build_object('id', latest.id, 'title', latest.title, 'due_at', latest.due_at, 'done_at', latest.done_at,
          'owner', case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end) order by latest.done_at is not null, latest.due_at nulls last, latest.id desc), '[]')
        from (select * from tasks where tasks.contact_id = c.id order by done_at is not null, id desc limit 50) latest
        left join users on users.id = latest.owner_id) as tasks
    from contacts c
    where c.id = ${id}
  `)
  if (found === undefined) return undefined
  const email = found.email === null ? null : normaliseEmail(found.email)
  const suppression = email === null ? undefined : await maybeOne<{ reason: string, detail: string, since: string }>(db, sql`select reason, detail, created_at as since from suppressions where email = ${email}`)
  return { ...found, suppression: suppression ?? null }
}

const iso = <T extends string | Date | null>(time: T): T extends null ? string | null : string => (time === null ? null : new Date(time).toISOString()) as never
const day = 86_400_000

function presentCard(found: FoundCard & { suppression: ContactCard['suppression'] }, currency: string, now: Date): ContactCard {
  return {
    ...found,
    created_at: iso(found.created_at), updated_at: iso(found.updated_at),
    tags: found.tags.map(tag => ({ ...tag, added_at: iso(tag.added_at) })),
    consents: found.consents.map(consent => ({ ...consent, since: iso(consent.since) })),
    suppression: found.suppression && { ...found.suppression, since: iso(found.suppression.since) },
    rollups: presentRollups(found.rollups, currency, now),
    segments: found.segments.map(segment => ({ ...segment, entered_at: iso(segment.entered_at) })),
    journeys: found.journeys.map(journey => ({ ...journey, wake_at: iso(journey.wake_at), entered_at: iso(journey.entered_at), ended_at: iso(journey.ended_at) })),
    leads: found.leads.map(lead => ({ ...lead, created_at: iso(lead.created_at) })),
    tasks: found.tasks.map(task => ({ ...task, due_at: iso(task.due_at), done_at: iso(task.done_at) })),
  }
}

function presentRollups(kept: FoundRollups | null, currency: string, now: Date): ContactCard['rollups'] {
  const { contact_id: _, ...rollups } = kept ?? noRollups
  const revenue = toMajor(rollups.revenue, currency)
  const first = rollups.first_event_at === null ? null : new Date(rollups.first_event_at)
  const months = first === null ? 0 : Math.max(1, (now.getTime() - first.getTime()) / (30 * day))
  const span = rollups.first_order_at === null || rollups.last_order_at === null ? 0 : new Date(rollups.last_order_at).getTime() - new Date(rollups.first_order_at).getTime()
  return {
    ...rollups,
    revenue, currency,
    average_order: rollups.orders_count === 0 ? null : toMajor(Math.round(rollups.revenue / rollups.orders_count), currency),
    first_order_at: iso(rollups.first_order_at), last_order_at: iso(rollups.last_order_at), last_mail_at: iso(rollups.last_mail_at),
    last_open_at: iso(rollups.last_open_at), last_click_at: iso(rollups.last_click_at), last_visit_at: iso(rollups.last_visit_at),
    subscribed_at: iso(rollups.subscribed_at), unsubscribed_at: iso(rollups.unsubscribed_at), bounced_at: iso(rollups.bounced_at), complained_at: iso(rollups.complained_at),
    first_event_at: iso(rollups.first_event_at), last_event_at: iso(rollups.last_event_at),
    interactions_per_month: first === null ? null : Math.round(rollups.events_count / months * 10) / 10,
    days_between_orders: rollups.orders_count < 2 ? null : Math.round(span / day / (rollups.orders_count - 1) * 10) / 10,
  }
}

const noRollups: FoundRollups = {
  contact_id: 0, orders_count: 0, revenue: 0, first_order_at: null, last_order_at: null, mails_sent: 0, last_mail_at: null, opens: 0, machine_opens: 0, last_open_at: null,
  clicks: 0, machine_clicks: 0, last_click_at: null, last_visit_at: null, subscribed_at: null, unsubscribed_at: null, bounced_at: null, complained_at: null,
  events_count: 0, first_event_at: null, last_event_at: null,
}
