import type pg from 'pg'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { OrderAssembler, OrderEnds, type AssembledOrder } from '../imports/assemble-orders.ts'
import { fileRows } from '../imports/file-rows.ts'
import { addProgress, deleteParts, findImport, findWork, holdImport, setRowsTotal, setState } from '../imports/imports.sql.ts'
import { keptSettings } from '../imports/inspect-file.ts'
import { CsvError, type CsvRow } from '../imports/read-csv.ts'
import { orderIdOf, readContact, readOrderLine, type ReadContext } from '../imports/read-rows.ts'
import { importContacts, type Done, type Importing } from './import-contacts.ts'
import { importOrders } from './import-orders.ts'
import { undoChunk } from './undo-import.ts'

const rowsAtOnce = 2000
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
  const found = await findImport(app.db, id)
  if (found === undefined) return async () => false
  const row = found
  const settings = keptSettings(row)
  const company = await readCompany(app.db)
  const fields = (await listCustomFields(app.db)).map(({ key, label, kind }) => ({ key, label, kind }))
  const reading: ReadContext = { fields, timeZone: company.time_zone, currency: company.currency, now: app.now() }
  const importing: Importing = { id, name: row.name, options: settings.options, phoneCountry: company.phone_country }
  const ends = new OrderEnds()
  const checking = fileRows(app.db, row, settings)
  let total = 0
  let assembler: OrderAssembler
  let source: AsyncGenerator<CsvRow[]> | null = null
  /** rows read from the file so far, and how far they are done */
  let position = 0
  const waiting: CsvRow[] = []
  const orders: AssembledOrder[] = []
  let done = row.rows_done

  /** The whole file is read once before anything is written: a broken one changes nothing. */
  async function check(): Promise<boolean> {
    const part = await checking.next()
    if (!part.done) {
      for (const csvRow of part.value) {
        total++
        const orderId = settings.kind === 'orders' ? orderIdOf(csvRow, settings.columns) : null
        if (orderId !== null) ends.see(orderId, total)
      }
      return true
    }
    assembler = new OrderAssembler(ends, settings.options.amount_of)
    source = fileRows(app.db, row, settings)
    await withTransaction(app.db, async tx => {
      const held = await holdImport(tx, id)
      if (held?.state !== 'queued' && held?.state !== 'running') return
      await setRowsTotal(tx, id, total)
      await setState(tx, id, 'running', { started_at: app.now(), finished_at: null })
      await touch(tx, `import:${id}`)
      await touch(tx, 'imports')
    })
    return true
  }

  async function readMore(): Promise<boolean> {
    const part = await source!.next()
    if (part.done) return false
    for (const csvRow of part.value) {
      position++
      if (settings.kind === 'orders') {
        // Read again from the start after a break: orders complete by then are done.
        const order = assembler.push(readOrderLine(csvRow, settings.columns, settings.options, reading), position)
        if (order !== null && order.last_row > done) orders.push(order)
      } else if (position > done) waiting.push(csvRow)
    }
    return true
  }

  return async () => {
    if (source === null) return check()
    let more = true
    const pending = (): number => settings.kind === 'orders' ? orders.length : waiting.length
    while (more && pending() < rowsAtOnce) more = await readMore()
    const now = app.now()
    await ensureMonths(app, [now])
    const someRows = waiting.splice(0, rowsAtOnce)
    const someOrders = orders.splice(0, rowsAtOnce)
    const upTo = pending() === 0 && !more ? total : settings.kind === 'orders' ? someOrders.at(-1)?.last_row ?? done : done + someRows.length
    const isLast = upTo === total
    const goesOn = await withTransaction(app.db, async tx => {
      const held = await holdImport(tx, id)
      // Stopped by somebody, or taken over by another process while we were cut off.
      if (held?.state !== 'running' || held.rows_done !== done) return false
      const result: Done = settings.kind === 'orders'
        ? await importOrders(tx, app, importing, someOrders, now)
        : await importContacts(tx, app, importing, someRows.map(csvRow => readContact(csvRow, settings.columns, reading)), now)
      await addProgress(tx, id, { ...result, rows_done: upTo })
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
