import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { sql, withTransaction } from './db.ts'
import { addJob, runDueJobs, startJobs } from './jobs.ts'

let t: TestApp
beforeAll(async () => { t = await testApp() })
afterAll(() => t.close())

const done: string[] = []
const jobs = {
  note: async (_app: unknown, { word }: { word: string }) => { done.push(word) },
  fail: async (_app: unknown, _payload: unknown, { attempt }: { attempt: number }) => {
    if (attempt === 1) throw new Error('the first try fails')
    done.push('second try')
  },
}

test('a job is there when its transaction commits, and not when it is rolled back', async () => {
  await withTransaction(t.db, async tx => {
    await addJob(tx, 'note', { word: 'never' })
    throw new Error('changed my mind')
  }).catch(() => undefined)
  await withTransaction(t.db, tx => addJob(tx, 'note', { word: 'kept' }))
  expect(await runDueJobs(t.app, jobs)).toBe(1)
  expect(done).toEqual(['kept'])
})

test('the same key replaces what has not begun', async () => {
  await addJob(t.db, 'note', { word: 'old' }, { key: 'one' })
  await addJob(t.db, 'note', { word: 'new' }, { key: 'one' })
  await runDueJobs(t.app, jobs)
  expect(done).toEqual(['kept', 'new'])
})

test('the runner goes on after its connections were lost, and tries a failed job again', async () => {
  const runner = await startJobs(t.app, jobs)
  await addJob(t.db, 'note', { word: 'before' })
  await expect.poll(() => done, { timeout: 60_000 }).toContain('before')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(t.db)
  await addJob(t.db, 'note', { word: 'after' })
  await addJob(t.db, 'fail')
  await expect.poll(() => done, { timeout: 60_000 }).toEqual(expect.arrayContaining(['after', 'second try']))
  await runner.stop()
})
