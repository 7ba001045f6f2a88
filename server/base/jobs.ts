import { run, type Runner } from 'graphile-worker'
import type { App } from './app.ts'
import { sql, type Db } from './db.ts'

export type JobHelpers = { attempt: number, isLastAttempt: boolean, abortSignal: AbortSignal }
/** A thrown error is a failed try: the job runs again with back-off until its tries are used up. */
// oxlint-disable-next-line typescript/no-explicit-any -- each job checks the payload it was given by its own addJob
export type Job = (app: App, payload: any, helpers: JobHelpers) => Promise<void>
export type Jobs = Record<string, Job>

/**
 * Adds a job in the caller's transaction. The same `key` while the first has not begun replaces it; those of one `queue`
 * run one after another.
 */
export async function addJob(db: Db, name: string, payload: object = {}, options: { key?: string, queue?: string, runAt?: Date, maxAttempts?: number } = {}): Promise<void> {
  await sql`
    select graphile_worker.add_job(
      ${name},
      payload := ${JSON.stringify(payload)}::json,
      queue_name := ${options.queue ?? null},
      job_key := ${options.key ?? null},
      run_at := ${options.runAt ?? null}::timestamptz,
      max_attempts := ${options.maxAttempts ?? 25}
    )`.execute(db)
}

/** Jobs that may take long run beside the others: `atOnce` of them at a time, waiting for none of another runner and holding up none. */
export async function startJobs(app: App, jobs: Jobs, atOnce = 3): Promise<{ stop: () => Promise<void> }> {
  const taskList = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [
    name,
    (payload: unknown, helpers: { job: { attempts: number, max_attempts: number }, abortSignal?: AbortSignal }) =>
      job(app, payload, {
        attempt: helpers.job.attempts,
        isLastAttempt: helpers.job.attempts >= helpers.job.max_attempts,
        abortSignal: helpers.abortSignal ?? new AbortController().signal,
      }),
  ]))
  const quiet = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const
  const { Logger } = await import('graphile-worker')
  const start = (): Promise<Runner> => run({
    pgPool: app.pool,
    concurrency: atOnce,
    pollInterval: 1000,
    noHandleSignals: true,
    taskList,
    logger: new Logger(() => (level, message) => app.log[quiet[level as keyof typeof quiet] ?? 'debug']({ part: 'jobs' }, message)),
  })
  let stopped = false
  let wake = (): void => undefined
  let runner: Runner | null = await start()
  // The runner gives up after some failures in a row, as when the database is away for long: it is started anew.
  const following = (async () => {
    for (;;) {
      await runner?.promise.catch((error: unknown) => app.log.error({ err: error, part: 'jobs' }, 'the runner of jobs gave up and is started again'))
      if (stopped) return
      await new Promise<void>(resolve => { wake = resolve; setTimeout(resolve, 2000) })
      if (stopped) return
      runner = await start().catch((error: unknown) => {
        app.log.warn({ err: error, part: 'jobs' }, 'the runner of jobs cannot start yet')
        return null
      })
    }
  })()
  return {
    async stop() {
      stopped = true
      wake()
      await runner?.stop().catch(() => undefined)
      await following
    },
  }
}

/** Runs every job that is due now, one after another, and returns how many: for tests and the command line. */
export async function runDueJobs(app: App, jobs: Jobs): Promise<number> {
  const { runOnce } = await import('graphile-worker')
  let count = 0
  const counted = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, async (payload: unknown, helpers: { job: { attempts: number, max_attempts: number } }) => {
    count++
    await job(app, payload, { attempt: helpers.job.attempts, isLastAttempt: helpers.job.attempts >= helpers.job.max_attempts, abortSignal: new AbortController().signal })
  }]))
  const { Logger } = await import('graphile-worker')
  await runOnce({
    pgPool: app.pool, taskList: counted, noHandleSignals: true,
    logger: new Logger(() => (level, message) => { if (level === 'error') app.log.error({ part: 'jobs' }, message) }),
  })
  return count
}
