import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SettingsError } from './settings.ts'

/** Whether the process lives, is no zombie, and is a PostgreSQL. */
export function isPostgres(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false
  try {
    if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return false
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    if (existsSync('/proc/self')) return false
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** The first line of the pid file; 0 when there is none. */
export function pidIn(data: string): number {
  try {
    return Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return 0
  }
}

/** A pid file whose process is no PostgreSQL would make the server refuse to start. */
export function clearDeadPid(data: string): void {
  const file = path.join(data, 'postmaster.pid')
  if (existsSync(file) && !isPostgres(pidIn(data))) rmSync(file, { force: true })
}

/** One start at a time on the same DATA_DIR; a lock whose process is gone counts for nothing. */
export async function lockStart(dataDir: string): Promise<() => void> {
  const file = path.join(dataDir, 'starting.lock')
  try {
    mkdirSync(dataDir, { recursive: true })
    for (let waited = 0; ; waited++) {
      try {
        writeFileSync(file, identity(process.pid), { flag: 'wx' })
        return () => rmSync(file, { force: true })
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error
      }
      const holder = existsSync(file) ? readFileSync(file, 'utf8') : ''
      // An empty file is being written just now; after a second it is left over from a crash.
      if ((holder !== '' || waited > 5) && !isAlive(holder)) rmSync(file, { force: true })
      else if (waited > 600) throw new SettingsError(`DATA_DIR: another Otklik (process ${holder.split(' ')[0]}) is starting on ${dataDir} and does not come to an end`)
      await pause(200)
    }
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`DATA_DIR: cannot write in ${dataDir}: ${(error as Error).message}`)
  }
}

/** The process id and when it began, since ids are used again: after a restart of a container the same id is somebody else. */
function identity(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return `${pid} ${fields[19]}`
  } catch {
    return String(pid)
  }
}

function isAlive(holder: string): boolean {
  const pid = Number(holder.split(' ')[0])
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || identity(pid) !== holder) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}
