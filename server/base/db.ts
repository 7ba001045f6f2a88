import { Kysely, PostgresDialect, sql, type RawBuilder, type Transaction } from 'kysely'
import pg from 'pg'
import type { DB } from './database-types.ts'
import type { Logger } from './log.ts'

export type Database = DB
/** The pool or a transaction: what every SQL function takes first. */
export type Db = Kysely<Database>
export { sql }

// bigint ids and minor units stay far below 2^53; a larger one must not pass silently rounded.
pg.types.setTypeParser(pg.types.builtins.INT8, text => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`)
  return value
})

export function createPool(connectionString: string, size: number, log: Logger): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: size, connectionTimeoutMillis: 10_000, application_name: 'otklik' })
  // A connection that dies while idle (the server restarted) must not end the program.
  pool.on('error', error => log.warn({ err: error }, 'a database connection was lost'))
  pool.on('connect', client => { client.on('error', error => log.warn({ err: error }, 'a database connection was lost')) })
  return pool
}

export function createDb(pool: pg.Pool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
}

/** Runs in the open transaction when there is one, else in a new one. */
export async function withTransaction<T>(db: Db, run: (tx: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return run(db)
  return db.transaction().execute((tx: Transaction<Database>) => run(tx))
}

export async function rows<T>(db: Db, query: RawBuilder<unknown>): Promise<T[]> {
  return (await query.execute(db)).rows as T[]
}

export async function maybeOne<T>(db: Db, query: RawBuilder<unknown>): Promise<T | undefined> {
  return (await rows<T>(db, query))[0]
}

/** Throws when there is no row: use it where there must be one. */
export async function one<T>(db: Db, query: RawBuilder<unknown>): Promise<T> {
  const row = await maybeOne<T>(db, query)
  if (row === undefined) throw new Error('a row was expected')
  return row
}

/** How many rows the statement changed. */
export async function changedRows(db: Db, query: RawBuilder<unknown>): Promise<number> {
  return Number((await query.execute(db)).numAffectedRows ?? 0n)
}
