import type { FastifyInstance } from 'fastify'
import type { App } from './base/app.ts'
import { createHttp, pingDatabase } from './base/http.ts'
import { startJobs } from './base/jobs.ts'
import { LoopRunner } from './base/loops.ts'
import { SettingsError } from './base/settings.ts'
import { jobs, nightJobs } from './jobs.ts'
import { loops } from './loops.ts'
import { routes } from './routes.ts'
import { seeAndGuard } from './flows/guard-records.ts'
import { startMailServer } from './inbound/mail-server.ts'
import { authenticate } from './staff/authenticate.ts'
import { rebuildSeenViews } from './staff/rights.sql.ts'

/** Throws SettingsError when the database does not answer or is too old. */
export async function assertDatabase({ pool, settings }: App): Promise<void> {
  let version: number
  try {
    version = Number((await pool.query<{ server_version_num: string }>('show server_version_num')).rows[0]?.server_version_num)
  } catch (error) {
    throw new SettingsError(`${settings.databaseUrl === null ? 'DATA_DIR' : 'DATABASE_URL'}: the database does not answer: ${(error as Error).message || (error as { code?: string }).code}`)
  }
  if (version < 160_000) throw new SettingsError(`DATABASE_URL: PostgreSQL ${Math.floor(version / 10_000)} is too old; 16 or newer is needed`)
}

export async function stopApp(app: App): Promise<void> {
  await app.live.stop()
  await app.db.destroy()
}

export const createServer = (app: App): Promise<FastifyInstance> => createHttp(app, routes, { authenticate, see: seeAndGuard }, () => pingDatabase(app))

/** Starts the roles of this process; returns how to stop them, in order: no new requests, batches finish, jobs finish. */
export async function startRoles(app: App): Promise<() => Promise<void>> {
  await rebuildSeenViews(app.db)
  const server = app.settings.roles.has('web') ? await createServer(app) : null
  // First of all: a port in use must end the start before any work begins.
  await server?.listen({ port: app.settings.port, host: app.settings.host })
  const mailServer = app.settings.roles.has('mailbox') ? await startMailServer(app) : null
  await app.live.start()
  const runner = new LoopRunner(app)
  runner.start(loops)
  const runners = app.settings.roles.has('worker') ? [await startJobs(app, Object.fromEntries(Object.entries(jobs).filter(([name]) => !(name in nightJobs)))), await startJobs(app, nightJobs, 1)] : []
  return async () => {
    await server?.close()
    await mailServer?.close()
    await Promise.all([runner.stop(), ...runners.map(each => each.stop())])
  }
}
