import { startEmbeddedPostgres, type EmbeddedPostgres } from './base/embedded-postgres.ts'
import type { App } from './base/app.ts'
import { createLog } from './base/log.ts'
import { migrate } from './base/migrate.ts'
import { readSettings, SettingsError } from './base/settings.ts'
import { createApp } from './base/create-app.ts'
import { assertDatabase, startRoles, stopApp } from './start.ts'

/** What runs, so that whatever got as far as starting is stopped, in the opposite order. */
const running: { embedded?: EmbeddedPostgres, app?: App, stopRoles?: () => Promise<void> } = {}

async function start(): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog(settings.logLevel)
  process.on('unhandledRejection', error => log.error({ err: error }, 'a failure nobody awaited'))
  if (settings.databaseUrl === null) running.embedded = await startEmbeddedPostgres(settings.dataDir, log)
  const app = running.app = createApp(settings, settings.databaseUrl ?? running.embedded!.url, log)
  await assertDatabase(app)
  const migrations = await migrate(app.pool)
  if (migrations.length > 0) log.info({ migrations }, 'migrated')
  try {
    running.stopRoles = await startRoles(app)
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') throw new SettingsError(`PORT: ${settings.port} is in use, by another program or by an Otklik that runs already; choose another one`)
    if ((error as { code?: string }).code === 'EACCES') throw new SettingsError(`PORT: ${settings.port} may not be used by this user; choose one above 1023`)
    throw error
  }
  running.embedded?.keepAlive()
  console.log(settings.roles.has('web') ? `Otklik is ready: ${settings.publicUrl}` : `Otklik is running: ${[...settings.roles].join(', ')}`)
}

async function stop(): Promise<void> {
  await running.stopRoles?.()
  if (running.app) await stopApp(running.app)
  await running.embedded?.stop()
}

const started = start()

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to every process, and npm sends it on: the second one means nothing more.
    if (stopping) return
    stopping = true
    // A batch that hangs must not keep PostgreSQL from a clean stop.
    setTimeout(() => void running.embedded?.stop().finally(() => process.exit(1)), 20_000).unref()
    // A start under way comes to its end first, else it would leave PostgreSQL behind.
    void started.catch(() => undefined).then(stop).then(() => process.exit(0), error => { console.error(error); process.exit(1) })
  })
}

started.catch(async (error: unknown) => {
  if (stopping) return
  console.error(error instanceof SettingsError ? error.message : error)
  await stop().catch(() => undefined)
  process.exit(1)
})
