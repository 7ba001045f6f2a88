import { startEmbeddedPostgres, type EmbeddedPostgres } from './base/embedded-postgres.ts'
import { createLog } from './base/log.ts'
import { migrate } from './base/migrate.ts'
import { readSettings, SettingsError, type Settings } from './base/settings.ts'
import { createApp, startRoles } from './start.ts'

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLog(settings.logLevel)
  let embedded: EmbeddedPostgres | null = null
  let stopRoles: (() => Promise<void>) | null = null
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => stopping ??= (async () => {
    log.info('stopping')
    // A batch that hangs must not keep PostgreSQL from a clean stop.
    const limit = setTimeout(() => { log.error('work under way did not finish in 20 s'); void embedded?.stop().finally(() => process.exit(1)) }, 20_000)
    await stopRoles?.()
    clearTimeout(limit)
    await embedded?.stop()
  })()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void stop().then(() => process.exit(0), error => { log.error({ err: error }, 'stopping failed'); process.exit(1) }))
  }
  process.on('unhandledRejection', error => log.error({ err: error }, 'a failure nobody awaited'))

  try {
    if (settings.databaseUrl === null) embedded = await startEmbeddedPostgres(settings.dataDir, log)
    const app = createApp(settings, settings.databaseUrl ?? embedded!.url, log)
    await assertDatabase(app.pool, settings)
    const run = await migrate(app.pool)
    if (run.length > 0) log.info({ migrations: run }, 'migrated')
    stopRoles = await startRoles(app)
  } catch (error) {
    await embedded?.stop().catch(() => undefined)
    if ((error as { code?: string }).code === 'EADDRINUSE') throw new SettingsError(`PORT: ${settings.port} is in use by another program; choose another one`)
    throw error
  }
  console.log(settings.roles.has('web') ? `Otklik is ready: ${settings.publicUrl}` : `Otklik is running: ${[...settings.roles].join(', ')}`)
}

async function assertDatabase(pool: import('pg').Pool, settings: Settings): Promise<void> {
  let version: number
  try {
    version = Number((await pool.query<{ server_version_num: string }>('show server_version_num')).rows[0]?.server_version_num)
  } catch (error) {
    throw new SettingsError(`${settings.databaseUrl === null ? 'DATA_DIR' : 'DATABASE_URL'}: the database does not answer: ${(error as Error).message}`)
  }
  if (version < 160_000) throw new SettingsError(`DATABASE_URL: PostgreSQL ${Math.floor(version / 10_000)} is too old; 16 or newer is needed`)
}

main().catch((error: unknown) => {
  console.error(error instanceof SettingsError ? error.message : error)
  process.exit(1)
})
