import type { ConsentAction } from '../../shared/consent.ts'
import { rows, sql, type Db } from '../base/db.ts'

export type ConsentRow = {
  id: number
  topic: { id: number, key: string, name_en: string, name_ru: string }
  action: ConsentAction
  wording: string
  source: string
  source_name: string | null
  ip_address: string | null
  user_agent: string | null
  message_id: number | null
  occurred_at: Date
  recorded_at: Date
}

/** The ledger of one contact, the last entry first, before an id. */
export async function listConsents(db: Db, contactId: number, before: number | null, limit: number): Promise<ConsentRow[]> {
  return rows<ConsentRow>(db, sql`
    select consents.id, consents.action, consents.wording, consents.source, consents.ip_address, consents.user_agent, consents.message_id,
      consents.occurred_at, consents.recorded_at,
      json_build_object('id', topics.id, 'key', topics.key, 'name_en', topics.name_en, 'name_ru', topics.name_ru) as topic,
      case split_part(consents.source, ':', 1)
        when 'form' then (select name from forms where id::text = split_part(consents.source, ':', 2))
        when 'import' then (select name from imports where id::text = split_part(consents.source, ':', 2))
      end as source_name
    from consents
    join topics on topics.id = consents.topic_id
    where consents.contact_id = ${contactId}::bigint
      ${before === null ? sql`` : sql`and consents.id < ${before}::bigint`}
    order by consents.id desc
    limit ${limit}::bigint
  `)
}

export type ConsentState = { contact_id: number, topic_id: number, status: ConsentAction, since: Date }

/** What stands for these contacts now, on every topic they have said something about. */
export async function consentStates(db: Db, contactIds: number[]): Promise<ConsentState[]> {
  return rows<ConsentState>(db, sql`
    select contact_id, topic_id, status, since
    from consent_states
    where contact_id = any(${contactIds}::bigint[])
  `)
}

export async function contactExists(db: Db, id: number): Promise<boolean> {
  return (await rows(db, sql`select from contacts where id = ${id}::bigint`)).length > 0
}
