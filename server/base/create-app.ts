import type { App } from './app.ts'
import { systemClock } from './clock.ts'
import { createDb, createPool } from './db.ts'
import { forgetKept } from './kept.ts'
import { LiveHub } from './live.ts'
import type { Logger } from './log.ts'
import { createSigner } from './secrets.ts'
import type { Settings } from './settings.ts'

/** What every part is given, on a database that is migrated. */
export function createApp(settings: Settings, databaseUrl: string, log: Logger, now: () => Date = systemClock): App {
  forgetKept()
  const pool = createPool(databaseUrl, settings.poolSize, log)
  return { settings, pool, db: createDb(pool), log, live: new LiveHub(databaseUrl, log), now, sign: createSigner(settings.secretKey) }
}
