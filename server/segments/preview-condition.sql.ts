import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { SegmentPreview } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { one, rows, withTransaction } from '../base/db.ts'
import { amongIds } from '../conditions/among-ids.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { CompileOptions } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'

const patience = 2000
const sampledContacts = 5000

/**
 * How many people a condition is true of and ten of them. Counted exactly when that takes at most two seconds,
 * else on contacts drawn at random, and said so. Reads only.
 */
export async function previewCondition(db: Db, condition: Condition, now: Date): Promise<SegmentPreview> {
  const started = performance.now()
  const options = { ...await loadConditionContext(db), now }
  const exact = await countWithin(db, condition, options)
  const counted = exact ?? await countOnSample(db, condition, options)
  return { ...counted, exact: exact !== undefined, took_ms: Math.round(performance.now() - started) }
}

type Counted = Omit<SegmentPreview, 'exact' | 'took_ms'>

const limits = (milliseconds: number) => sql`select set_config('statement_timeout', ${String(milliseconds)}, true), set_config('transaction_read_only', 'on', true), set_config('work_mem', '64MB', true)`

async function countWithin(db: Db, condition: Condition, options: CompileOptions): Promise<Counted | undefined> {
  const { predicate } = compileCondition(condition, { ...options, among: () => sql`true` })
  try {
    return await withTransaction(db, async tx => {
      await limits(patience).execute(tx)
      return one<Counted>(tx, sql`
        with matching as materialized (
          select c.id
          from contacts c
          left join contact_rollups r on r.contact_id = c.id
          where ${predicate}
        )
        select
          (select count(*) from matching)::bigint as count,
          (select count(*) from contacts)::bigint as total,
          ${newestOf(sql`matching`)} as sample
      `)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code === '57014') return undefined
    throw error
  }
}

async function countOnSample(db: Db, condition: Condition, options: CompileOptions): Promise<Counted> {
  return withTransaction(db, async tx => {
    await limits(5 * patience).execute(tx)
    const drawn = (await rows<{ id: number }>(tx, sql`
      with numbers as materialized (
        select distinct 1 + floor(random() * (select max(id) from contacts))::bigint as id
        from generate_series(1, ${sampledContacts}::int)
      )
      select contacts.id
      from numbers
      join contacts on contacts.id = numbers.id
    `)).map(row => row.id)
    const isDrawn = amongIds(drawn)
    const { predicate } = compileCondition(condition, { ...options, among: isDrawn })
    const { matched, ...counted } = await one<{ matched: number, total: number, sample: SegmentPreview['sample'] }>(tx, sql`
      with matching as materialized (
        select c.id
        from contacts c
        left join contact_rollups r on r.contact_id = c.id
        where ${isDrawn(sql`c.id`)}
          and ${predicate}
      )
      select
        (select count(*) from matching)::bigint as matched,
        (select greatest(reltuples::bigint, 0) from pg_class where oid = 'contacts'::regclass) as total,
        ${newestOf(sql`matching`)} as sample
    `)
    return { ...counted, count: drawn.length === 0 ? 0 : Math.round(counted.total * matched / drawn.length) }
  })
}

const newestOf = (matching: RawBuilder<unknown>) => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), 'email', c.email) order by c.id desc), '[]')
  from (select id from ${matching} order by id desc limit 10) as newest
  join contacts c on c.id = newest.id
)`
