import type { App } from '../base/app.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres, type EmbeddedPostgres } from '../base/embedded-postgres.ts'
import { createLog } from '../base/log.ts'
import { migrate } from '../base/migrate.ts'
import { readSettings } from '../base/settings.ts'
import { createApp } from '../base/create-app.ts'
import { assertDatabase, stopApp } from '../start.ts'

/** Works beside a running Otklik, and also while none runs: then the embedded database is started for the moment. */
export async function withApp<T>(run: (app: App) => Promise<T>): Promise<T> {
  const settings = readSettings({ LOG_LEVEL: 'warn', ...process.env })
  const log = createLog(settings.logLevel)
  let embedded: EmbeddedPostgres | null = null
  let url = settings.databaseUrl ?? await findEmbeddedPostgres(settings.dataDir)
  if (url === null) {
    embedded = await startEmbeddedPostgres(settings.dataDir, log)
    url = embedded.url
  }
  const app = createApp({ ...settings, poolSize: 4 }, url, log)
  try {
    await assertDatabase(app)
    await migrate(app.pool)
    return await run(app)
  } finally {
    await stopApp(app)
    await embedded?.stop()
  }
}
