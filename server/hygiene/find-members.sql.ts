import type { HygieneSettings } from '../../shared/hygiene.ts'
import { maybeOne, sql, type Db } from '../base/db.ts'
import { roleNames } from './role-names.ts'

export type Span = { from: number, to: number } | { ids: number[] }

/**
 * Who of these contacts belongs to which group now, written beside what was known: new ones in, others out. The same whoever
 * asks and however often. Nobody belongs to a group who is not mailed anyway (suppressed, or gone from all topics); a
 * mistyped address does even so, since it can be put right. Call with `holdHygiene`.
 */
export async function refreshMembers(tx: Db, span: Span, settings: HygieneSettings, now: Date): Promise<void> {
  const among = 'ids' in span ? sql`c.id = any(${span.ids}::bigint[])` : sql`c.id > ${span.from} and c.id <= ${span.to}`
  const ago = (unit: 'months' | 'days', count: number) => sql`${now}::timestamptz - make_interval(${sql.raw(unit)} => ${count})`
  const day = (column: string) => sql`coalesce(to_char(${sql.raw(column)} at time zone 'UTC', 'YYYY-MM-DD'), '')`
  await sql`
    with people as materialized (
      select c.id, c.created_at, c.import_id is not null as is_imported, i.value as email, split_part(i.value, '@', 1) as local, split_part(i.value, '@', -1) as domain,
        exists (select from suppressions s where s.email = i.value) as is_suppressed,
        consent.states, consent.granted, consent.requested_at, consent.withdrawn,
        coalesce(r.mails_sent, 0) as mails_sent, r.bounced_at, greatest(r.last_open_at, r.last_click_at, r.last_visit_at, r.last_order_at) as last_sign_at
      from contacts c
      join contact_identities i on i.contact_id = c.id and i.kind = 'email'
      left join contact_rollups r on r.contact_id = c.id
      cross join lateral (
        select count(*) as states, coalesce(bool_or(status = 'granted'), false) as granted, coalesce(bool_or(status = 'withdrawn'), false) as withdrawn, max(since) filter (where status = 'requested') as requested_at
        from consent_states
        where contact_id = c.id
      ) as consent
      where ${among}
    ),
    reached as materialized (
      select *
      from people
      where granted
        or requested_at is not null
        or not withdrawn
    ),
    mailed as (
      select * from reached where not is_suppressed
    ),
    found (contact_id, kind, detail) as (
      select p.id, 'typo', p.local || '@' || d.meant
      from reached p
      join checked_domains d on d.domain = p.domain
      where d.meant is not null
        and (d.meant_is_sure or d.takes_mail = false)
        -- Several addresses: it is the card's own that is put right.
        and exists (select from contacts c where c.id = p.id and lower(c.email) = p.email)
      union all
      select p.id, 'no_mail', p.domain
      from mailed p
      join checked_domains d on d.domain = p.domain
      where d.takes_mail = false
        and d.meant is null
      union all
      select p.id, 'disposable', p.domain
      from mailed p
      join checked_domains d on d.domain = p.domain
      where d.is_disposable
        and d.meant is null
      union all
      select p.id, 'role', p.local
      from mailed p
      where p.local = any(${roleNames}::text[])
      union all
      select p.id, 'soft_bounces', bounced.count::text
      from mailed p
      cross join lateral (
        select count(distinct coalesce(e.message_id, -e.id)) as count
        from events e
        where e.contact_id = p.id
          and e.type = 'email.bounced'
          and e.occurred_at >= ${ago('days', settings.soft_bounce_days)}
          and e.properties ->> 'hard' = 'false'
          and coalesce(e.properties ->> 'blocked', 'false') = 'false'
      ) as bounced
      where p.bounced_at >= ${ago('days', settings.soft_bounce_days)}
        and bounced.count >= ${settings.soft_bounces}
      union all
      select p.id, 'silent', ${day('p.last_sign_at')}
      from mailed p
      where p.granted
        and p.mails_sent >= ${settings.silent_mails}
        and p.created_at < ${ago('months', settings.silent_months)}
        and coalesce(p.last_sign_at, '-infinity') < ${ago('months', settings.silent_months)}
        and ${settings.silent_mails} <= (
          select count(*)
          from (select from messages m where m.contact_id = p.id and m.sent_at >= ${ago('months', settings.silent_months)} and m.kind <> 'test' limit ${settings.silent_mails}) as enough)
        and not exists (select from letters l where l.contact_id = p.id and l.direction = 'in' and l.occurred_at >= ${ago('months', settings.silent_months)})
      union all
      select p.id, 'unconfirmed', ${day('p.requested_at')}
      from mailed p
      where not p.granted
        and p.requested_at < ${ago('days', settings.unconfirmed_days)}
      union all
      select p.id, 'never_mailed', ${day('p.created_at')}
      from mailed p
      where p.is_imported
        and p.mails_sent = 0
        and p.created_at < ${ago('months', settings.never_mailed_months)}
      union all
      select p.id, 'no_consent', ''
      from mailed p
      where p.states = 0
    ),
    belong as materialized (
      select contact_id, kind, min(detail) as detail
      from found
      group by contact_id, kind
    ),
    gone as (
      delete from hygiene_members h
      where ${'ids' in span ? sql`h.contact_id = any(${span.ids}::bigint[])` : sql`h.contact_id > ${span.from} and h.contact_id <= ${span.to}`}
        and not exists (select from belong b where b.contact_id = h.contact_id and b.kind = h.kind)
    )
    insert into hygiene_members as known (contact_id, kind, detail, found_at)
    select contact_id, kind, detail, ${now}::timestamptz
    from belong
    on conflict (contact_id, kind) do update
    set detail = excluded.detail
    where known.detail <> excluded.detail`.execute(tx)
}

/** The end of the next so many contacts; undefined: there are no more. */
export const endOfSpan = async (db: Db, after: number, size: number): Promise<number | undefined> => (await maybeOne<{ to: number | null }>(db, sql`
  select max(id) as to
  from (select id from contacts where id > ${after} order by id limit ${size}) as next`))?.to ?? undefined

/** One at a time counts or acts. */
export async function holdHygiene(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7305019)`.execute(tx)
}
