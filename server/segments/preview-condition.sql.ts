import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { SegmentPreview } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { rows, withTransaction } from '../base/db.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'

const patience = 2000
const sampledContacts = 5000

/**
 * How many people a condition is true of and ten of them. Counted exactly when that takes at most two seconds,
 * else on contacts drawn at random, and said so. Reads only.
 */
export async function previewCondition(db: Db, condition: Condition, now: Date): Promise<SegmentPreview> {
  const started = performance.now()
  const { predicate } = compileCondition(condition, { ...await loadConditionContext(db), now })
  const exact = await countWithin(db, predicate)
  const counted = exact ?? await countOnSample(db, predicate)
  return { ...counted, exact: exact !== undefined, took_ms: Math.round(performance.now() - started) }
}

type Counted = Omit<SegmentPreview, 'exact' | 'took_ms'>

async function countWithin(db: Db, predicate: RawBuilder<boolean>): Promise<Counted | undefined> {
  try {
    return await withTransaction(db, async tx => {
      await sql`select set_config('statement_timeout', ${String(patience)}, true), set_config('transaction_read_only', 'on', true)`.execute(tx)
      const [counted] = await rows<Counted>(tx, sql`
        with matching as materialized (
          select c.id
          from contacts c
          left join contact_rollups r on r.contact_id = c.id
          where ${predicate}
        ), newest as (
          select id
          from matching
          order by id desc
          limit 10
        )
        select
          (select count(*) from matching)::bigint as count,
          (select count(*) from contacts)::bigint as total,
          ${sample(sql`newest`)} as sample
      `)
      return counted
    })
  } catch (error) {
    if ((error as { code?: unknown }).code === '57014') return undefined
    throw error
  }
}

async function countOnSample(db: Db, predicate: RawBuilder<boolean>): Promise<Counted> {
  return withTransaction(db, async tx => {
    await sql`select set_config('statement_timeout', ${String(3 * patience)}, true), set_config('transaction_read_only', 'on', true)`.execute(tx)
    const [counted] = await rows<Counted & { drawn: number, matched: number }>(tx, sql`
      with bounds as (
        select max(id) as last, (select reltuples::bigint from pg_class where oid = 'contacts'::regclass) as total
        from contacts
      ), numbers as materialized (
        select distinct 1 + floor(random() * bounds.last)::bigint as id
        from bounds
        cross join generate_series(1, ${sampledContacts}::int)
      ), drawn as materialized (
        select contacts.id
        from numbers
        join contacts on contacts.id = numbers.id
      ), matching as materialized (
        select c.id
        from drawn
        join contacts c on c.id = drawn.id
        left join contact_rollups r on r.contact_id = c.id
        where ${predicate}
      ), newest as (
        select id
        from matching
        order by id desc
        limit 10
      )
      select
        (select count(*) from drawn)::bigint as drawn,
        (select count(*) from matching)::bigint as matched,
        (select greatest(total, 0) from bounds) as total,
        0 as count,
        ${sample(sql`newest`)} as sample
    `)
    if (counted === undefined) return { count: 0, total: 0, sample: [] }
    const { drawn, matched, ...rest } = counted
    return { ...rest, count: drawn === 0 ? 0 : Math.round(rest.total * matched / drawn) }
  })
}

const sample = (newest: RawBuilder<unknown>) => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), 'email', c.email) order by c.id desc), '[]')
  from ${newest} as newest
  join contacts c on c.id = newest.id
)`
