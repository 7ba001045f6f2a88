import type pg from 'pg'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { ensureMonths } from '../events/months.ts'
import { addProgress, deleteParts, findImport, findWork, holdImport, setRowsTotal, setState } from '../imports/imports.sql.ts'
import { CsvError } from '../imports/read-csv.ts'
import { readImport } from './read-import.ts'
import { undoChunk } from './undo-import.ts'

/** A run hands back this often, so that the program can stop. */
const sliceMilliseconds = 1000
const mostFailures = 5
const importLock = 7305011

/** What is under way in this process: one import at a time, held by a lock that ends with the connection. */
type Running = { id: number, lock: pg.PoolClient, step: () => Promise<boolean> }
const running = new WeakMap<App, Running>()
const failures = new Map<string, number>()

/**
 * Takes the oldest import with work left and does a slice of it. Another process takes over where one was killed: what
 * is done is written in the transaction of the rows themselves. True: more is left.
 */
export async function runImports(app: App): Promise<boolean> {
  let run = running.get(app)
  if (run === undefined) {
    run = await claim(app)
    if (run === undefined) return false
    running.set(app, run)
  }
  const { id } = run
  try {
    const until = Date.now() + sliceMilliseconds
    let more = true
    while (more && Date.now() < until) more = await run.step()
    failures.delete(keyOf(app, id))
    if (!more) release(app, run)
    return true
  } catch (error) {
    release(app, run)
    await noteFailure(app, id, error)
    return true
  }
}

/** When the program stops, the lock is given back at once. */
export async function stopImports(app: App): Promise<void> {
  const run = running.get(app)
  if (run) release(app, run)
}

const keyOf = (app: App, id: number): string => `${app.settings.dataDir} ${id}`

function release(app: App, run: Running): void {
  running.delete(app)
  // The lock goes with the connection.
  run.lock.release(true)
}

/** A fault of the file is told and ends the import; one of the database is waited for; any other is tried a few times. */
async function noteFailure(app: App, id: number, error: unknown): Promise<void> {
  const count = (failures.get(keyOf(app, id)) ?? 0) + 1
  failures.set(keyOf(app, id), count)
  if (!(error instanceof CsvError) && count < mostFailures) throw error
  failures.delete(keyOf(app, id))
  app.log.error({ err: error, import: id }, 'an import was given up')
  const message = error instanceof CsvError ? error.message : `The import stopped because of a fault of the program: ${String((error as Error).message).slice(0, 500)}. What was done so far is kept; it can be continued or undone.`
  await withTransaction(app.db, async tx => {
    await setState(tx, id, 'failed', { finished_at: app.now() }, message)
    await touch(tx, `import:${id}`)
    await touch(tx, 'imports')
  })
}

async function claim(app: App): Promise<Running | undefined> {
  const work = await findWork(app.db)
  if (work.length === 0) return undefined
  const lock = await app.pool.connect()
  // A connection that is lost while it holds the lock is noticed by the next statement.
  const ignore = (): void => undefined
  lock.on('error', ignore)
  for (const { id, state } of work) {
    const { rows } = await lock.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', [importLock, id])
    if (!rows[0]?.held) continue
    return { id, lock, step: state === 'undoing' ? () => undoChunk(app, id) : await startRun(app, id) }
  }
  lock.off('error', ignore)
  lock.release()
  return undefined
}

/** Returns what does the next rows, and says whether more are left. */
async function startRun(app: App, id: number): Promise<() => Promise<boolean>> {
  const row = await findImport(app.db, id)
  if (row === undefined) return async () => false
  const reading = await readImport(app, app.db, row, { dry: false })
  let looked = false
  let done = row.rows_done

  /** The whole file is read once before anything is written: a broken one changes nothing. */
  async function look(): Promise<void> {
    if (await reading.look()) return
    looked = true
    await withTransaction(app.db, async tx => {
      const held = await holdImport(tx, id)
      if (held?.state !== 'queued' && held?.state !== 'running') return
      await setRowsTotal(tx, id, reading.total())
      await setState(tx, id, 'running', { started_at: app.now(), finished_at: null })
      await touch(tx, `import:${id}`)
      await touch(tx, 'imports')
    })
  }

  return async () => {
    if (!looked) {
      await look()
      return true
    }
    const { upTo, isLast, dates, write } = await reading.next(done)
    const now = app.now()
    await ensureMonths(app, [now, ...dates])
    const goesOn = await withTransaction(app.db, async tx => {
      const held = await holdImport(tx, id)
      // Stopped by somebody, or taken over by another process while we were cut off.
      if (held?.state !== 'running' || held.rows_done !== done) return false
      await addProgress(tx, id, { ...await write(tx, now), rows_done: upTo })
      if (isLast) {
        await setState(tx, id, 'done', { finished_at: now })
        await deleteParts(tx, id)
        await touch(tx, 'imports')
      }
      await touch(tx, `import:${id}`)
      return true
    })
    done = upTo
    return goesOn && !isLast
  }
}
