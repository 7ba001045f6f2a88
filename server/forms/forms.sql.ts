import type { FormDefinition } from '../../shared/forms.ts'
import { rows, sql, type Db } from '../base/db.ts'

export type FormRow = {
  id: number
  slug: string
  name: string
  definition: FormDefinition
  state: 'live' | 'closed'
  views: number
  revision: number
  created_at: Date
  updated_at: Date
  archived_at: Date | null
}

const columns = sql`id, slug, name, definition, state, views, revision, created_at, updated_at, archived_at`

export type FormCounts = { submissions: number, people: number, confirmed: number, leads: number }

/** Forms in use with what came of them, the newest first, before an id. */
export async function listForms(db: Db, before: number | null, limit: number, search = ''): Promise<(FormRow & FormCounts)[]> {
  return rows(db, sql`
    select ${columns}, counted.*
    from forms
    cross join lateral (${counts(sql`forms.id`)}) counted
    where archived_at is null
      and strpos(lower(name), lower(${search}::text)) > 0
      ${before === null ? sql`` : sql`and id < ${before}::bigint`}
    order by id desc
    limit ${limit}::bigint
  `)
}

const counts = (formId: ReturnType<typeof sql>) => sql`
  select
    (select count(*) from events where type = 'form.submitted' and source = 'form:' || ${formId}) as submissions,
    (select count(distinct contact_id) from events where type = 'form.submitted' and source = 'form:' || ${formId}) as people,
    (select count(distinct contact_id) from events where type = 'subscription.confirmed' and source = 'form:' || ${formId}) as confirmed,
    (select count(*) from leads where form_id = ${formId}) as leads`

export async function countForm(db: Db, id: number): Promise<FormCounts> {
  const [found] = await rows<FormCounts>(db, counts(sql`${id}::bigint`))
  return found!
}

export async function findForm(db: Db, id: number): Promise<FormRow | undefined> {
  const [found] = await rows<FormRow>(db, sql`
    select ${columns}
    from forms
    where id = ${id}::bigint
      and archived_at is null
  `)
  return found
}

export async function findFormBySlug(db: Db, slug: string): Promise<FormRow | undefined> {
  const [found] = await rows<FormRow>(db, sql`
    select ${columns}
    from forms
    where slug = ${slug}
      and archived_at is null
  `)
  return found
}

/** Forms by id, archived ones too: what was sent in before still counts. */
export async function loadForms(db: Db, ids: number[]): Promise<Map<number, FormRow>> {
  if (ids.length === 0) return new Map()
  const found = await rows<FormRow>(db, sql`
    select ${columns}
    from forms
    where id = any(${ids}::bigint[])
  `)
  return new Map(found.map(form => [form.id, form]))
}

export type NewForm = { slug: string, name: string, definition: FormDefinition, state: 'live' | 'closed', created_by: number | null }

/** One new form; undefined when its address is taken. */
export async function insertForm(tx: Db, form: NewForm, now: Date): Promise<number | undefined> {
  const [inserted] = await rows<{ id: number }>(tx, sql`
    insert into forms (slug, name, definition, state, created_by, created_at, updated_at)
    values (${form.slug}, ${form.name}, ${JSON.stringify(form.definition)}::jsonb, ${form.state}, ${form.created_by}::bigint, ${now}::timestamptz, ${now}::timestamptz)
    on conflict (slug) do nothing
    returning id
  `)
  return inserted?.id
}

/** Changed when it still has that revision: true. Throws on an address another form has (unique). */
export async function updateForm(tx: Db, id: number, revision: number, form: Omit<NewForm, 'created_by'>, now: Date): Promise<boolean> {
  const changed = await rows(tx, sql`
    update forms
    set slug = ${form.slug}, name = ${form.name}, definition = ${JSON.stringify(form.definition)}::jsonb, state = ${form.state},
      revision = revision + 1, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and revision = ${revision}::int
      and archived_at is null
    returning id
  `)
  return changed.length > 0
}

/** Put away: its page is gone, its address is free again. The row stays, since history names it. */
export async function archiveForm(tx: Db, id: number, now: Date): Promise<boolean> {
  const changed = await rows(tx, sql`
    update forms
    set archived_at = ${now}::timestamptz, state = 'closed', slug = 'archived-' || id, revision = revision + 1
    where id = ${id}::bigint
      and archived_at is null
    returning id
  `)
  return changed.length > 0
}

export async function addViews(db: Db, views: Map<number, number>): Promise<void> {
  if (views.size === 0) return
  const ids = [...views.keys()].toSorted((one, other) => one - other)
  await sql`
    update forms
    set views = forms.views + counted.views
    from unnest(${ids}::bigint[], ${ids.map(id => views.get(id)!)}::bigint[]) as counted (id, views)
    where forms.id = counted.id
  `.execute(db)
}

/** The current version of a mail the program itself sends; undefined before the company is set up. */
export async function systemMail(db: Db, key: string): Promise<{ template_id: number, version_id: number } | undefined> {
  const [found] = await rows<{ template_id: number, version_id: number }>(db, sql`
    select id as template_id, version_id
    from templates
    where system_key = ${key}
      and version_id is not null
  `)
  return found
}

/** A queued or sent mail of one contact: what it was about. */
export async function findMessageContext(db: Db, contactId: number, messageId: number): Promise<{ context: Record<string, unknown>, queued_at: Date } | undefined> {
  const [found] = await rows<{ context: Record<string, unknown>, queued_at: Date }>(db, sql`
    select context, queued_at
    from messages
    where contact_id = ${contactId}::bigint
      and id = ${messageId}::bigint
  `)
  return found
}

export type FormPerson = { contact_id: number, name: string, email: string | null, at: Date }

/** People behind a number of the report, the last first, before a contact id. */
export async function listFormPeople(db: Db, id: number, what: 'submitted' | 'confirmed', before: number | null, limit: number): Promise<FormPerson[]> {
  return rows<FormPerson>(db, sql`
    with people as (
      select contact_id, max(occurred_at) as at
      from events
      where type = ${what === 'submitted' ? 'form.submitted' : 'subscription.confirmed'}
        and source = ${`form:${id}`}
      group by contact_id
    )
    select people.contact_id, people.at, contacts.email,
      coalesce(nullif(concat_ws(' ', contacts.first_name, contacts.last_name), ''), contacts.email, contacts.phone, contacts.external_id, '') as name
    from people
    join contacts on contacts.id = people.contact_id
    ${before === null ? sql`` : sql`where people.contact_id < ${before}::bigint`}
    order by people.contact_id desc
    limit ${limit}::bigint
  `)
}

/** Contacts whom a submission has just made: nothing else has ever happened to them. */
export async function newlyMade(tx: Db, contactIds: number[]): Promise<Set<number>> {
  const found = await rows<{ id: number }>(tx, sql`
    select contacts.id
    from contacts
    where contacts.id = any(${contactIds}::bigint[])
      and contacts.import_id is null
      and contacts.revision = 1
      and contacts.first_name is null
      and contacts.last_name is null
      and contacts.phone is null
      and not exists (
        select
        from events
        where events.contact_id = contacts.id
          and events.type not in ('contact.created', 'form.submitted', 'segment.entered', 'segment.left')
      )
  `)
  return new Set(found.map(contact => contact.id))
}

export type CardForLead = { id: number, name: string, owner_id: number | null }

export async function cardsForLeads(tx: Db, contactIds: number[]): Promise<Map<number, CardForLead>> {
  const found = await rows<CardForLead>(tx, sql`
    select contacts.id,
      coalesce(nullif(concat_ws(' ', contacts.first_name, contacts.last_name), ''), contacts.email, contacts.phone, contacts.external_id, '') as name,
      users.id as owner_id
    from contacts
    left join users on users.id = contacts.owner_id and users.disabled_at is null
    where contacts.id = any(${contactIds}::bigint[])
  `)
  return new Map(found.map(card => [card.id, card]))
}

export async function tagNames(db: Db, ids: number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const found = await rows<{ id: number, name: string }>(db, sql`
    select id, name
    from tags
    where id = any(${ids}::bigint[])
  `)
  return new Map(found.map(tag => [tag.id, tag.name]))
}
