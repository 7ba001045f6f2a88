import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { App } from '../server/base/app.ts'
import { startEmbeddedPostgres } from '../server/base/embedded-postgres.ts'
import { freePort } from '../server/base/embedded-postgres.ts'
import { createLog } from '../server/base/log.ts'
import { migrate } from '../server/base/migrate.ts'
import { readSettings } from '../server/base/settings.ts'
import { createApp } from '../server/base/create-app.ts'
import { stopApp } from '../server/start.ts'

/**
 * The program on an embedded PostgreSQL with its usual, durable settings: a fresh one in a folder that goes afterwards,
 * or the one in `kept`, which stays.
 */
export async function benchApp(env: Record<string, string> = {}, kept?: string): Promise<{ app: App, databaseUrl: string, postmaster: number, stop: () => Promise<void> }> {
  if (kept !== undefined) mkdirSync(kept, { recursive: true })
  const folder = kept ?? mkdtempSync(path.join(os.tmpdir(), 'otklik-bench-'))
  chmodSync(folder, 0o755)
  const log = createLog('error')
  const server = await startEmbeddedPostgres(folder, log)
  const settings = readSettings({ DATA_DIR: folder, SECRET_KEY: 'bench', PORT: String(await freePort()), ...env })
  const app = createApp(settings, server.url, log)
  await migrate(app.pool)
  return {
    app, databaseUrl: server.url,
    postmaster: Number(readFileSync(path.join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    async stop() {
      await stopApp(app)
      await server.stop()
      if (kept === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
