import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { readDuplicateSettings } from '../duplicates/settings.ts'
import { endRun, goOnByItself, holdRun, isAnyToMerge, nextMergeOf, nextPair, saveRun, type RunRow } from '../duplicates/merge-runs.sql.ts'
import { mergeContacts } from './merge-contacts.ts'
import { undoMerge } from './undo-merge.ts'

/**
 * The loop: the next pair of the run that is under way, in a transaction of its own together with the run's progress: after
 * a crash it goes on where it was. What cannot be merged at this moment is left alone. True: more is to be done.
 */
export async function mergeDuplicates(app: App): Promise<boolean> {
  if (await withTransaction(app.db, tx => beginByItself(tx, app.now()))) return true
  let current: { run: RunRow, cursor: Pick<RunRow, 'upto_contact' | 'upto_other'> } | undefined
  try {
    return await withTransaction(app.db, async tx => {
      const run = await holdRun(tx)
      if (run === undefined) return false
      const next = run.state === 'undoing' ? await undoNext(tx, run) : await mergeNext(tx, run)
      if (next === undefined) {
        await endRun(tx, run, app.now())
        return true
      }
      current = { run, cursor: next.cursor }
      await saveRun(tx, run.id, { ...next.cursor, ...next.counts })
      await next.act({ ...app, db: tx })
      return true
    })
  } catch (error) {
    if (!(error instanceof AppError) || current === undefined) throw error
    await saveRun(app.db, current.run.id, current.cursor)
    return true
  }
}

async function beginByItself(tx: Db, now: Date): Promise<boolean> {
  if (!(await readDuplicateSettings(tx)).automatic || await holdRun(tx) !== undefined || !await isAnyToMerge(tx)) return false
  await goOnByItself(tx, now)
  return true
}

type Step = { cursor: { upto_contact: number, upto_other: number }, counts: { merged?: number, undone?: number }, act: (app: App) => Promise<unknown> }

async function mergeNext(tx: Db, run: RunRow): Promise<Step | undefined> {
  const pair = await nextPair(tx, run)
  if (pair === undefined) return undefined
  const from = pair.stays === pair.contact_id ? pair.other_id : pair.contact_id
  return {
    cursor: { upto_contact: pair.contact_id, upto_other: pair.other_id }, counts: { merged: 1 },
    act: app => mergeContacts(app, { into: pair.stays, from: [from], fields: {}, by: run.started_by, run: { id: run.id, automatic: run.automatic, because: pair.reasons } }),
  }
}

async function undoNext(tx: Db, run: RunRow): Promise<Step | undefined> {
  const id = await nextMergeOf(tx, run)
  return id === undefined ? undefined : { cursor: { upto_contact: id, upto_other: 0 }, counts: { undone: 1 }, act: app => undoMerge(app, id, run.started_by) }
}
