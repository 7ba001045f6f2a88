import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { createPool } from '../server/base/db.ts'
import { startEmbeddedPostgres } from '../server/base/embedded-postgres.ts'
import { createLog } from '../server/base/log.ts'
import { migrate } from '../server/base/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext { databaseUrl: string }
}

/** One server for the whole run, with a migrated template database that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-test-'))
  chmodSync(folder, 0o755)
  const log = createLog('error')
  // Durability is not what these tests are about; the crash tests start their own server.
  const server = await startEmbeddedPostgres(folder, log, { flags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'] })
  const pool = createPool(server.url, 2, log)
  await migrate(pool)
  await pool.end()
  const admin = createPool(server.url.replace(/\/[^/]*$/, '/postgres'), 1, log)
  await admin.query('alter database otklik rename to template_otklik')
  await admin.end()
  project.provide('databaseUrl', server.url)
  return async () => {
    await server.stop()
    // Its files may be elsewhere, see embedded-postgres.ts.
    rmSync(realpathSync(path.join(folder, 'postgres')), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}
