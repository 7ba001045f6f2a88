import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { createPool } from '../server/base/db.ts'
import { startEmbeddedPostgres } from '../server/base/embedded-postgres.ts'
import { createLog } from '../server/base/log.ts'
import { migrate } from '../server/base/migrate.ts'
import { browserPath } from './browser.ts'

declare module 'vitest' {
  interface ProvidedContext { databaseUrl: string }
}

/** One server for the whole run, with a migrated template database that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Unpacked once: two test files doing it at the same time would break each other.
  await browserPath().catch(() => undefined)
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
  const files = realpathSync(path.join(folder, 'postgres'))
  stopWhenWeAreGone(files, folder)
  return async () => {
    await server.stop()
    // Its files may be elsewhere, see embedded-postgres.ts.
    rmSync(files, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A run that is killed must not leave its server behind: a little watcher outlives us and stops it. */
function stopWhenWeAreGone(files: string, folder: string): void {
  if (process.platform === 'win32') return
  const script = 'while kill -0 "$1" 2>/dev/null; do sleep 2; done; [ -f "$2/data/postmaster.pid" ] || exit 0; kill -INT "$(head -n 1 "$2/data/postmaster.pid")"; sleep 2; rm -rf "$2" "$3"'
  spawn('/bin/sh', ['-c', script, 'sh', String(process.pid), files, folder], { detached: true, stdio: 'ignore' }).unref()
}
