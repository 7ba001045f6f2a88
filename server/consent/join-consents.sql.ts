import type { ConsentAction } from '../../shared/consent.ts'
import { rows, sql, type Db } from '../base/db.ts'

type State = { contact_id: number, topic_id: number, status: ConsentAction, since: string }
export type JoinedStates = { before: State[], after: State[] }

/**
 * The consents of two cards that become one, the stricter of each topic: whoever withdrew anywhere has withdrawn, unless a
 * consent came later that the person gave (one that an import brought is nobody's word). Asked and granted: granted.
 */
export async function joinConsentStates(tx: Db, from: number, into: number): Promise<JoinedStates> {
  const before = await rows<State & { explicit: boolean }>(tx, sql`
    select states.contact_id, states.topic_id, states.status, to_jsonb(states.since) #>> '{}' as since,
      coalesce((
        select consents.source not like 'import:%'
        from consents
        where consents.contact_id = states.contact_id
          and consents.topic_id = states.topic_id
          and consents.action = 'granted'
        order by consents.occurred_at desc, consents.id desc
        limit 1), false) as explicit
    from consent_states states
    where states.contact_id = any(${[from, into]}::bigint[])
    order by states.topic_id, states.contact_id
    for update of states`)
  const after = [...Map.groupBy(before, state => state.topic_id).values()].map(own => ({ ...own.reduce(stricter), contact_id: into }))
  await writeStates(tx, after)
  return { before, after }
}

type Weighed = State & { explicit: boolean }
function stricter(one: Weighed, other: Weighed): Weighed {
  const [early, late] = Date.parse(one.since) <= Date.parse(other.since) ? [one, other] : [other, one]
  if (one.status === other.status) return early
  if (one.status !== 'withdrawn' && other.status !== 'withdrawn') return one.status === 'granted' ? one : other
  return late.status === 'granted' && late.explicit ? late : early.status === 'withdrawn' ? early : late.status === 'withdrawn' ? late : early
}

/**
 * The states as they were on each card; on the one that stayed only where nothing changed since. Who withdrew after the
 * merge has withdrawn on both.
 */
export async function splitConsentStates(tx: Db, { before, after }: JoinedStates, from: number, into: number, mergedAt: Date): Promise<void> {
  const now = await rows<State>(tx, sql`
    select contact_id, topic_id, status, to_jsonb(since) #>> '{}' as since
    from consent_states
    where contact_id = ${into}::bigint
    for update`)
  const withdrawnSince = now.filter(state => state.status === 'withdrawn' && Date.parse(state.since) > mergedAt.getTime())
  const own = before.filter(state => state.contact_id === from && !withdrawnSince.some(late => late.topic_id === state.topic_id))
  const unchanged = after.filter(state => now.some(current => current.topic_id === state.topic_id && current.status === state.status && current.since === state.since))
  await sql`
    delete from consent_states
    where contact_id = ${into}::bigint
      and topic_id = any(${unchanged.map(state => state.topic_id)}::bigint[])`.execute(tx)
  await writeStates(tx, [
    ...before.filter(state => state.contact_id === into && unchanged.some(same => same.topic_id === state.topic_id)),
    ...own,
    ...withdrawnSince.filter(late => before.some(state => state.contact_id === from && state.topic_id === late.topic_id)).map(state => ({ ...state, contact_id: from })),
  ])
}

async function writeStates(tx: Db, states: State[]): Promise<void> {
  await sql`
    insert into consent_states (contact_id, topic_id, status, since)
    select contact_id, topic_id, status, since
    from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as given (contact_id bigint, topic_id bigint, status text, since timestamptz)
    on conflict (contact_id, topic_id) do update
    set status = excluded.status, since = excluded.since`.execute(tx)
}
