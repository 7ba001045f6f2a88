import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

export type CurrentTemplate = { version_id: number, kind: 'marketing' | 'transactional' }

/** Template ids in, the current version of each that is in use out. Locks nothing. */
export async function currentTemplates(db: Db, templateIds: number[]): Promise<Map<number, CurrentTemplate>> {
  const found = await rows<CurrentTemplate & { id: number }>(db, sql`
    select id, version_id, kind
    from templates
    where id = any(${[...new Set(templateIds)]}::bigint[])
      and archived_at is null
      and version_id is not null
  `)
  return new Map(found.map(({ id, ...template }) => [id, template]))
}

export type MovedAtMail = { contact_id: number, enrolment_id: number, step_key: string, template_id: number, moved_at: string }

/** Enrolments that were moved between versions in, those that got this mail (of the step, or the same template) before the move and not since out. Locks nothing. */
export async function mailedBeforeMove(db: Db, asked: MovedAtMail[]): Promise<Set<number>> {
  if (asked.length === 0) return new Set()
  const found = await rows<{ enrolment_id: number }>(db, sql`
    select asked.enrolment_id
    from unnest(
      ${asked.map(one => one.contact_id)}::bigint[], ${asked.map(one => one.enrolment_id)}::bigint[], ${asked.map(one => one.step_key)}::text[],
      ${asked.map(one => one.template_id)}::bigint[], ${asked.map(one => one.moved_at)}::timestamptz[]
    ) as asked (contact_id, enrolment_id, step_key, template_id, moved_at)
    join messages m on m.contact_id = asked.contact_id and m.enrolment_id = asked.enrolment_id
    join template_versions v on v.id = m.template_version_id
    where m.step_key = asked.step_key or v.template_id = asked.template_id
    group by asked.enrolment_id, asked.moved_at
    having max(m.queued_at) <= asked.moved_at
  `)
  return new Set(found.map(row => row.enrolment_id))
}

/** Tag ids in, those that exist out, held until the transaction ends so that none goes meanwhile. */
export async function existingTags(db: Db, tagIds: number[]): Promise<Set<number>> {
  const found = await rows<{ id: number }>(db, sql`
    select id
    from tags
    where id = any(${[...new Set(tagIds)]}::bigint[])
    order by id
    for key share
  `)
  return new Set(found.map(tag => tag.id))
}

export type Responsible = { owner_id: number | null, fallback_id: number | null, name: string }

/** Contact ids in; for each the owner who still works here, an administrator for when there is none, and the contact's name out. */
export async function responsibleUsers(db: Db, contactIds: number[]): Promise<Map<number, Responsible>> {
  const found = await rows<Responsible & { id: number }>(db, sql`
    with fallback as (
      select min(id) as id
      from users
      where role = 'administrator'
        and disabled_at is null
    )
    select contacts.id,
      owner.id as owner_id,
      fallback.id as fallback_id,
      coalesce(nullif(concat_ws(' ', contacts.first_name, contacts.last_name), ''), contacts.email, contacts.phone, contacts.external_id, '') as name
    from contacts
    cross join fallback
    left join users owner on owner.id = contacts.owner_id and owner.disabled_at is null
    where contacts.id = any(${contactIds}::bigint[])
  `)
  return new Map(found.map(({ id, ...responsible }) => [id, responsible]))
}

/** User ids in, those who can sign in out. Locks nothing. */
export async function workingUsers(db: Db, userIds: number[]): Promise<Set<number>> {
  const found = await rows<{ id: number }>(db, sql`
    select id
    from users
    where id = any(${[...new Set(userIds)]}::bigint[])
      and disabled_at is null
  `)
  return new Set(found.map(user => user.id))
}

export async function journeyNames(db: Db, journeyIds: number[]): Promise<Map<number, string>> {
  const found = await rows<{ id: number, name: string }>(db, sql`select id, name from journeys where id = any(${[...new Set(journeyIds)]}::bigint[])`)
  return new Map(found.map(journey => [journey.id, journey.name]))
}

export type EnrollingEvent = { id: number, type: string, occurred_at: Date, properties: Record<string, unknown> }

/** Enrolments in, by enrolment the event that started each out, where it was one. */
export async function eventsThatEnrolled(db: Db, enrolments: { contact_id: number, id: number, trigger_key: string }[]): Promise<Map<number, EnrollingEvent>> {
  const asked = enrolments.flatMap(({ contact_id, id, trigger_key }) => {
    const event = /^event:(\d+)$/.exec(trigger_key)?.[1]
    return event === undefined ? [] : [{ contact_id, id, event: Number(event) }]
  })
  if (asked.length === 0) return new Map()
  const found = await rows<EnrollingEvent & { enrolment_id: number }>(db, sql`
    select asked.enrolment_id, e.id, e.type, e.occurred_at, e.properties
    from unnest(${asked.map(one => one.contact_id)}::bigint[], ${asked.map(one => one.id)}::bigint[], ${asked.map(one => one.event)}::bigint[]) as asked (contact_id, enrolment_id, event_id)
    join enrolments n on n.contact_id = asked.contact_id and n.id = asked.enrolment_id
    join events e on e.contact_id = asked.contact_id and e.id = asked.event_id
  `)
  return new Map(found.map(({ enrolment_id, ...event }) => [enrolment_id, event]))
}
