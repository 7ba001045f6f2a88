import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { runMigrations } from 'graphile-worker'

const folder = path.resolve(import.meta.dirname, '../../database/migrations')

/**
 * Runs the migrations this database has not seen, each in its own transaction, in order of their names.
 * Two processes at once: the second waits and finds nothing to do.
 * Returns the names that were run.
 */
export async function migrate(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock(814001)')
    await client.query('create table if not exists schema_migrations (name text primary key, run_at timestamptz not null default now())')
    const pending = await pendingMigrations(client)
    if (pending.length > 0) await dropViewsOfRoles(client)
    for (const name of pending) {
      await client.query('begin')
      try {
        await client.query(readFileSync(path.join(folder, name), 'utf8'))
        await client.query('insert into schema_migrations (name) values ($1)', [name])
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error })
      }
    }
    await runMigrations({ pgPool: pool })
    return pending
  } finally {
    await client.query('select pg_advisory_unlock(814001)').catch(() => undefined)
    client.release()
  }
}

/** The names of the migrations this database has not seen, in order. */
export async function pendingMigrations(client: pg.Pool | pg.PoolClient): Promise<string[]> {
  const seen = new Set((await client.query<{ name: string }>('select name from schema_migrations')).rows.map(row => row.name))
  return readdirSync(folder).filter(name => name.endsWith('.sql') && !seen.has(name)).sort()
}

/** What roles see is made of views over the tables, which must not hold a table back from changing; the start makes them anew (decision 0052). */
async function dropViewsOfRoles(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>("select nspname as name from pg_namespace where nspname like 'seen\\_%'")
  for (const { name } of rows) await client.query(`drop schema ${client.escapeIdentifier(name)} cascade`)
}
