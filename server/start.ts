import type { FastifyInstance } from 'fastify'
import type { App } from './base/app.ts'
import { systemClock } from './base/clock.ts'
import { createDb, createPool } from './base/db.ts'
import { createHttp, pingDatabase } from './base/http.ts'
import { startJobs } from './base/jobs.ts'
import { LiveHub } from './base/live.ts'
import type { Logger } from './base/log.ts'
import { LoopRunner } from './base/loops.ts'
import { createSigner } from './base/secrets.ts'
import type { Settings } from './base/settings.ts'
import { jobs } from './jobs.ts'
import { loops } from './loops.ts'
import { routes } from './routes.ts'
import { authenticate } from './staff/authenticate.ts'

/** What every part is given, on a database that is migrated. */
export function createApp(settings: Settings, databaseUrl: string, log: Logger, now: () => Date = systemClock): App {
  const pool = createPool(databaseUrl, settings.poolSize, log)
  return { settings, pool, db: createDb(pool), log, live: new LiveHub(databaseUrl, log), now, sign: createSigner(settings.secretKey) }
}

export async function stopApp(app: App): Promise<void> {
  await app.live.stop()
  await app.db.destroy()
}

export const createServer = (app: App): Promise<FastifyInstance> => createHttp(app, routes, authenticate, () => pingDatabase(app))

/** Starts the roles of this process; returns how to stop them, in order: no new requests, batches finish, jobs finish. */
export async function startRoles(app: App): Promise<() => Promise<void>> {
  await app.live.start()
  const runner = new LoopRunner(app)
  runner.start(loops)
  const jobRunner = app.settings.roles.has('worker') ? await startJobs(app, jobs) : null
  const server = app.settings.roles.has('web') ? await createServer(app) : null
  await server?.listen({ port: app.settings.port, host: app.settings.host })
  return async () => {
    await server?.close()
    await Promise.all([runner.stop(), jobRunner?.stop()])
    await stopApp(app)
  }
}
