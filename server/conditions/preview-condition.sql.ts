import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { countSteps } from '../../shared/condition-steps.ts'
import type { AlikePeople } from '../../shared/condition-steps.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { ConditionPreview } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { one, rows, withTransaction } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { amongIds } from './among-ids.sql.ts'
import { leavesOf } from './check-condition.ts'
import { compileCondition, compileLeaf } from './compile-condition.ts'
import type { CompileOptions } from './compile-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'
import { impliedPredicates } from './implied-predicates.sql.ts'

const patience = 1500
/** Drawn at random where the base is too large; the few when even the many take too long. */
const drawnContacts = { many: 3000, few: 300 }
/** Contacts times leaves that are looked at one by one; beyond it the numbers of the parts come from a random part of the base. */
const mostTruths = 1_000_000

/**
 * How many people a condition is true of, ten of them, and how each part changes the number. Exact when that takes at
 * most one and a half seconds, else from contacts drawn at random, and said so. Reads only, on one core at a time; stops when
 * `signal` says that nobody waits for the answer any more.
 */
export async function previewCondition(db: Db, condition: Condition, now: Date, signal: AbortSignal): Promise<ConditionPreview> {
  const started = performance.now()
  const preview = await countPreview({ db, condition, options: { ...await loadConditionContext(db), now }, signal })
  return { ...preview, took_ms: Math.round(performance.now() - started) }
}

type Asked = { db: Db, condition: Condition, options: CompileOptions, signal: AbortSignal }
type Counted = Pick<ConditionPreview, 'count' | 'total' | 'sample'>
type CountedParts = Counted & Pick<ConditionPreview, 'steps'>

async function countPreview(asked: Asked): Promise<Omit<ConditionPreview, 'took_ms'>> {
  const leaves = leavesOf(asked.condition).length
  const { contacts } = await one<{ contacts: number }>(asked.db, sql`select greatest(reltuples::bigint, 0) as contacts from pg_class where oid = 'public.contacts'::regclass`)
  const truthOfOne = leaves === 1 ? turnsOnItsLeaf(asked.condition) : null
  const fromTheWhole = leaves === 0 || truthOfOne !== null
  if (!fromTheWhole && contacts * leaves <= mostTruths) {
    const exact = await unlessTooLong(asked, patience, countPartsOfAll)
    if (exact !== undefined) return { ...exact, exact: true, steps_exact: true }
  }
  const exact = await unlessTooLong(asked, patience, countAll)
  if (exact && fromTheWhole) return { ...exact, ...countSteps(asked.condition, alikeInTheWhole(exact, truthOfOne)), exact: true, steps_exact: true }
  const estimated = await unlessTooLong(asked, patience, (tx, of) => countDrawn(tx, of, drawnContacts.many))
    ?? await unlessTooLong(asked, 2 * patience, (tx, of) => countDrawn(tx, of, drawnContacts.few))
  if (exact !== undefined) return { ...exact, steps: estimated?.steps ?? [], exact: true, steps_exact: false }
  if (estimated === undefined) throw new AppError('too_long', 503, 'Counting this takes too long.')
  return { ...estimated, exact: false, steps_exact: false }
}

/** With which truth of its only leaf a condition is true; null where it is always so or never. */
function turnsOnItsLeaf(condition: Condition): boolean | null {
  const [whenTrue, whenFalse] = [true, false].map(truth => countSteps(condition, [{ truths: [truth], people: 1 }]).count)
  return whenTrue === whenFalse ? null : whenTrue === 1
}

/** Of a condition of at most one leaf the whole says of whom the leaf is true. */
function alikeInTheWhole({ count, total }: Counted, truth: boolean | null): AlikePeople[] {
  return truth === null ? [{ truths: [], people: total }] : [{ truths: [truth], people: count }, { truths: [!truth], people: total - count }]
}

/** Nothing when it was not done in time. */
async function unlessTooLong<T>(asked: Asked, milliseconds: number, count: (tx: Db, asked: Asked) => Promise<T>): Promise<T | undefined> {
  try {
    return await reading(asked, milliseconds, tx => count(tx, asked))
  } catch (error) {
    if ((error as { code?: unknown }).code === '57014' && !asked.signal.aborted) return undefined
    throw error
  }
}

/** A transaction that only reads, for so long and on one core; whoever goes away takes his statement with him. */
async function reading<T>({ db, signal }: Asked, milliseconds: number, read: (tx: Db) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  return withTransaction(db, async tx => {
    const { pid } = await one<{ pid: number }>(tx, sql`
      select pg_backend_pid() as pid,
        set_config('statement_timeout', ${String(milliseconds)}, true), set_config('transaction_read_only', 'on', true),
        set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true)
    `)
    let cancelling: Promise<unknown> = Promise.resolve()
    const cancel = () => { cancelling = sql`select pg_cancel_backend(${pid}::int)`.execute(db).catch(() => undefined) }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      signal.throwIfAborted()
      return await read(tx)
    } finally {
      signal.removeEventListener('abort', cancel)
      // Until the connection is given back, so that it is not somebody else's statement that is cancelled.
      await cancelling
    }
  })
}

async function countAll(tx: Db, { condition, options }: Asked): Promise<Counted> {
  const everybody = { ...options, among: () => sql<boolean>`true` }
  const { predicate } = compileCondition(condition, everybody)
  return one<Counted>(tx, sql`
    with matching as materialized (
      select c.id
      from contacts c
      left join contact_rollups r on r.contact_id = c.id
      where ${sql.join([predicate, ...impliedPredicates(condition, everybody)], sql` and `)}
    )
    select
      (select count(*) from matching)::bigint as count,
      (select count(*) from contacts)::bigint as total,
      ${newestOf(sql`matching`)} as sample
  `)
}

async function countPartsOfAll(tx: Db, { condition, options }: Asked): Promise<CountedParts> {
  const { alike, total, sample } = await one<Truths>(tx, truthsOf(condition, { ...options, among: () => sql`true` }, sql`true`))
  return { ...countSteps(condition, readAlike(alike)), total, sample }
}

async function countDrawn(tx: Db, { condition, options }: Asked, most: number): Promise<CountedParts> {
  const drawn = (await rows<{ id: number }>(tx, sql`
    with numbers as materialized (
      select distinct 1 + floor(random() * (select max(id) from contacts))::bigint as id
      from generate_series(1, ${most}::int)
    )
    select contacts.id
    from numbers
    join contacts on contacts.id = numbers.id
  `)).map(row => row.id)
  const isDrawn = amongIds(drawn)
  const { alike, total: found, sample } = await one<Truths>(tx, truthsOf(condition, { ...options, among: isDrawn }, isDrawn(sql`c.id`)))
  const { total } = await one<{ total: number }>(tx, sql`select greatest(reltuples::bigint, 0) as total from pg_class where oid = 'public.contacts'::regclass`)
  const { count, steps } = countSteps(condition, readAlike(alike))
  const scaled = (people: number) => found === 0 ? 0 : Math.round(total * people / found)
  return { count: scaled(count), steps: steps.map(step => ({ ...step, count: scaled(step.count) })), total, sample }
}

type Truths = { alike: { truths: string, people: number }[], total: number, sample: ConditionPreview['sample'] }

/** Each leaf is asked of everybody once; people with the same answers come back as one row. */
function truthsOf(condition: Condition, options: CompileOptions, who: RawBuilder<unknown>): RawBuilder<unknown> {
  const leaves = leavesOf(condition).map(placed => compileLeaf(placed.leaf, options).predicate)
  const truths = leaves.length === 0 ? sql`'{}'::boolean[]` : sql`array[${sql.join(leaves)}]`
  return sql`
    with asked as materialized (
      select c.id, ${truths} as truths
      from contacts c
      left join contact_rollups r on r.contact_id = c.id
      where ${who}
    ), alike as (
      select truths, count(*) as people
      from asked
      group by truths
    ), matching as materialized (
      select id
      from asked
      where ${overTruths(condition, { leaf: 0 })}
    )
    select
      (select coalesce(jsonb_agg(jsonb_build_object('truths', truths::text, 'people', people)), '[]') from alike) as alike,
      (select count(*) from asked)::bigint as total,
      ${newestOf(sql`matching`)} as sample
  `
}

function overTruths(condition: Condition, next: { leaf: number }): RawBuilder<unknown> {
  if ('not' in condition) return sql`(not ${overTruths(condition.not, next)})`
  if (!('all' in condition) && !('any' in condition)) return sql`truths[${sql.lit(++next.leaf)}]`
  const parts = ('all' in condition ? condition.all : condition.any).map(part => overTruths(part, next))
  if (parts.length === 0) return 'all' in condition ? sql`true` : sql`false`
  return sql`(${sql.join(parts, 'all' in condition ? sql` and ` : sql` or `)})`
}

/** `{t,f}` as PostgreSQL writes it. */
const readAlike = (alike: Truths['alike']): AlikePeople[] =>
  alike.map(({ truths, people }) => ({ truths: truths.slice(1, -1).split(',').map(truth => truth === 't'), people }))

const newestOf = (matching: RawBuilder<unknown>) => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), 'email', c.email) order by c.id desc), '[]')
  from (select id from ${matching} order by id desc limit 10) as newest
  join contacts c on c.id = newest.id
)`
