import type { ConsentAction } from '../../shared/consent.ts'
import { rows, sql, type Db } from '../base/db.ts'

export type NewConsent = {
  contact_id: number
  topic_id: number
  action: ConsentAction
  /** the text the person saw, or the reason given by staff */
  wording: string
  source: string
  ip_address?: string | null | undefined
  user_agent?: string | null | undefined
  message_id?: number | null | undefined
  occurred_at: Date
}
export type ConsentChange = { contact_id: number, topic_id: number, action: ConsentAction, before: ConsentAction | null }

/**
 * Consents in; appended to the ledger, and the states that follow from them kept. The states that changed out.
 * A second run appends again: the caller knows what it has recorded. The caller holds the contacts' rows.
 */
export async function recordConsents(tx: Db, consents: NewConsent[]): Promise<ConsentChange[]> {
  if (consents.length === 0) return []
  const contactIds = consents.map(row => row.contact_id)
  const topicIds = consents.map(row => row.topic_id)
  const found = await rows<{ contact_id: number, topic_id: number, status: ConsentAction, since: Date }>(tx, sql`
    select states.contact_id, states.topic_id, states.status, states.since
    from consent_states states
    join (select distinct * from unnest(${contactIds}::bigint[], ${topicIds}::bigint[]) as w (contact_id, topic_id)) wanted using (contact_id, topic_id)
    for update of states
  `)
  await sql`
    insert into consents (contact_id, topic_id, action, wording, source, ip_address, user_agent, message_id, occurred_at)
    select *
    from unnest(
      ${contactIds}::bigint[], ${topicIds}::bigint[], ${consents.map(row => row.action)}::text[], ${consents.map(row => row.wording)}::text[],
      ${consents.map(row => row.source)}::text[], ${consents.map(row => row.ip_address ?? null)}::text[], ${consents.map(row => row.user_agent ?? null)}::text[],
      ${consents.map(row => row.message_id ?? null)}::bigint[], ${consents.map(row => row.occurred_at)}::timestamptz[]
    )
  `.execute(tx)

  const before = new Map(found.map(state => [key(state), state]))
  const after = new Map<string, State>()
  for (const row of inOrderOfTime(consents)) {
    const state = followState(after.get(key(row)) ?? before.get(key(row)) ?? null, row)
    if (state !== null) after.set(key(row), state)
  }
  const changed = [...after.values()].filter(state => before.get(key(state))?.status !== state.status)
  await sql`
    insert into consent_states (contact_id, topic_id, status, since)
    select *
    from unnest(
      ${changed.map(row => row.contact_id)}::bigint[], ${changed.map(row => row.topic_id)}::bigint[],
      ${changed.map(row => row.status)}::text[], ${changed.map(row => row.since)}::timestamptz[]
    )
    on conflict (contact_id, topic_id) do update
    set status = excluded.status, since = excluded.since
  `.execute(tx)
  return changed.map(state => ({ contact_id: state.contact_id, topic_id: state.topic_id, action: state.status, before: before.get(key(state))?.status ?? null }))
}

type State = { contact_id: number, topic_id: number, status: ConsentAction, since: Date }
const key = (row: { contact_id: number, topic_id: number }): string => `${row.contact_id}:${row.topic_id}`
const inOrderOfTime = (consents: NewConsent[]): NewConsent[] => consents.toSorted((one, other) => one.occurred_at.getTime() - other.occurred_at.getTime())

/** The state after one entry; null: the entry changes nothing. Older news does not overturn a newer state, and asking again does not undo a consent that was given. */
export function followState(state: State | null, entry: Pick<NewConsent, 'contact_id' | 'topic_id' | 'action' | 'occurred_at'>): State | null {
  if (state !== null) {
    if (state.status === entry.action) return null
    if (entry.occurred_at < state.since) return null
    if (entry.action === 'requested' && state.status === 'granted') return null
  }
  return { contact_id: entry.contact_id, topic_id: entry.topic_id, status: entry.action, since: entry.occurred_at }
}
