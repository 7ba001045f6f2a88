import type pg from 'pg'
import type { App } from './app.ts'
import { createDb, rows, sql, type Db } from './db.ts'

/** A schema of views that stand before the tables of the same names, and the settings the views ask. */
export type Narrowing = { schema: string, settings: Record<string, string> }

const mostKept = 2000
const narrowed = new WeakMap<App, Map<string, App>>()

/**
 * The same program, whose every statement reads through the views of the schema. Fails while the schema is not there:
 * nobody ever sees more because something is missing.
 */
export function narrowedApp(app: App, narrowing: Narrowing): App {
  let known = narrowed.get(app)
  if (known === undefined || known.size >= mostKept) narrowed.set(app, known = new Map())
  const key = JSON.stringify(narrowing)
  let made = known.get(key)
  if (made === undefined) {
    // Of a pool Kysely asks only to connect; whoever asks this one for more fails, and does not see everything.
    const pool = new NarrowedPool(app.pool, narrowing) as unknown as pg.Pool
    known.set(key, made = { ...app, pool, db: createDb(pool), isNarrowed: true })
  }
  return made
}

/** Connections of the pool that are narrowed while they are out, and whole again before anybody else gets them. */
class NarrowedPool {
  readonly #pool: pg.Pool
  readonly #set: { text: string, values: string[] }
  readonly #reset: string

  constructor(pool: pg.Pool, { schema, settings }: Narrowing) {
    this.#pool = pool
    const names = Object.keys(settings)
    this.#set = {
      text: `select $1::regnamespace, set_config('search_path', $2, false)${names.map((name, place) => `, set_config('${name}', $${place + 3}, false)`).join('')}`,
      values: [schema, `${schema}, public`, ...Object.values(settings)],
    }
    this.#reset = ['search_path', ...names].map(name => `reset ${name}`).join('; ')
  }

  async connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect()
    const release = client.release.bind(client)
    try {
      await client.query(this.#set)
    } catch (error) {
      release(error as Error)
      throw error
    }
    client.release = (problem) => {
      if (problem) release(problem)
      else client.query(this.#reset).then(() => release(), release)
    }
    return client
  }
}

/** Of the ids those whose rows can be read here. */
export async function readableIds(db: Db, table: string, ids: number[]): Promise<Set<number>> {
  return new Set((await rows<{ id: number }>(db, sql`select id from ${sql.table(table)} where id = any(${ids}::bigint[])`)).map(row => row.id))
}

/** Fields hidden from whoever reads through this connection. */
export async function hiddenFields(db: Db): Promise<Set<string>> {
  const [found] = await rows<{ hidden: string | null }>(db, sql`select current_setting('otklik.hidden', true) as hidden`)
  return new Set(found?.hidden ? found.hidden.split(',') : [])
}
