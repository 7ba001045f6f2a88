import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isIP } from 'node:net'
import path from 'node:path'

export type Role = 'web' | 'worker' | 'sender' | 'mailbox'
const allRoles: Role[] = ['web', 'worker', 'sender', 'mailbox']

export type Settings = {
  port: number
  host: string
  publicUrl: string
  dataDir: string
  databaseUrl: string | null
  smtpUrl: string | null
  secretKey: string
  roles: Set<Role>
  logLevel: string
  /** name servers to ask, with or without a port; null: those of the machine */
  dnsServers: string[] | null
  poolSize: number
  /** threads that send beside the process's own sender while much waits */
  senderThreads: number
  /** the server for what comes back; null: none */
  mailServer: { port: number, host: string, protocol: 'smtp' | 'lmtp', mostBytes: number, tls: { key: string, cert: string } | null } | null
}

/** A setting that cannot be used: one clear line that names the variable. */
export class SettingsError extends Error {}

/** Settings come from the environment and all have working defaults. Throws SettingsError. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = integer(env, 'PORT', 3000, 0, 65_535)
  const dataDir = path.resolve(env['DATA_DIR'] || 'data')
  const roles = (env['ROLES'] || allRoles.join(',')).split(',').map(role => role.trim()).filter(role => role !== '')
  for (const role of roles) {
    if (!allRoles.includes(role as Role)) throw new SettingsError(`ROLES: "${role}" is not a role; use ${allRoles.join(', ')}`)
  }
  if (roles.length === 0) throw new SettingsError(`ROLES: none is named; use ${allRoles.join(', ')}`)
  const logLevel = env['LOG_LEVEL'] || 'info'
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(logLevel)) {
    throw new SettingsError(`LOG_LEVEL: "${logLevel}" is not a level; use debug, info, warn or error`)
  }
  return {
    port,
    host: env['HOST'] || '127.0.0.1',
    publicUrl: url(env, 'PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, '') ?? `http://localhost:${port}`,
    dataDir,
    databaseUrl: url(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    smtpUrl: url(env, 'SMTP_URL', ['smtp:', 'smtps:']),
    secretKey: env['SECRET_KEY'] || keptSecret(dataDir, 'SECRET_KEY'),
    roles: new Set(roles as Role[]),
    logLevel,
    dnsServers: nameServers(env),
    poolSize: integer(env, 'DATABASE_CONNECTIONS', 20, 4, 500),
    senderThreads: integer(env, 'SENDER_THREADS', Math.min(3, availableParallelism() - 1), 0, 32),
    mailServer: mailServer(env),
  }
}

function mailServer(env: NodeJS.ProcessEnv): Settings['mailServer'] {
  if ((env['MAILBOX_PORT'] ?? '') === '') return null
  const protocol = env['MAILBOX_PROTOCOL'] || 'smtp'
  if (protocol !== 'smtp' && protocol !== 'lmtp') throw new SettingsError(`MAILBOX_PROTOCOL: "${protocol}" is neither smtp nor lmtp`)
  const [key, cert] = [env['MAILBOX_TLS_KEY'] || '', env['MAILBOX_TLS_CERT'] || '']
  if ((key === '') !== (cert === '')) throw new SettingsError('MAILBOX_TLS_KEY, MAILBOX_TLS_CERT: give both files or neither')
  return {
    port: integer(env, 'MAILBOX_PORT', 0, 0, 65_535), host: env['MAILBOX_HOST'] || '127.0.0.1', protocol,
    mostBytes: integer(env, 'MAILBOX_MEGABYTES', 25, 1, 200) * 1024 * 1024,
    tls: key === '' ? null : { key: file('MAILBOX_TLS_KEY', key), cert: file('MAILBOX_TLS_CERT', cert) },
  }
}

function file(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingsError(`${name}: the file cannot be read: ${(error as Error).message}`)
  }
}

function integer(env: NodeJS.ProcessEnv, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new SettingsError(`${name}: "${text}" is not a whole number from ${least} to ${most}`)
  }
  return value
}

function nameServers(env: NodeJS.ProcessEnv): string[] | null {
  const servers = (env['DNS_SERVERS'] ?? '').split(',').map(each => each.trim()).filter(each => each !== '')
  for (const server of servers) {
    if (isIP(server.replace(/^\[(.*)\](?::\d+)?$/, '$1')) === 0 && isIP(server.replace(/:\d+$/, '')) === 0) throw new SettingsError(`DNS_SERVERS: "${server}" is not an address such as 9.9.9.9 or 10.0.0.2:5353`)
  }
  return servers.length === 0 ? null : servers
}

function url(env: NodeJS.ProcessEnv, name: string, protocols: string[]): string | null {
  const text = env[name]
  if (text === undefined || text === '') return null
  const protocol = URL.canParse(text) ? new URL(text).protocol : null
  if (protocol === null || !protocols.includes(protocol)) {
    throw new SettingsError(`${name}: this is not an address beginning with ${protocols.map(each => `${each}//`).join(' or ')}`)
  }
  return text
}

/**
 * A secret made on first use and kept in DATA_DIR/secrets.json, readable by its owner only.
 * All are made at once and linked into place, so that of two first starts at the same time both read what one wrote.
 */
export function keptSecret(dataDir: string, name: 'SECRET_KEY' | 'POSTGRES_PASSWORD'): string {
  const file = path.join(dataDir, 'secrets.json')
  try {
    mkdirSync(dataDir, { recursive: true })
    if (!existsSync(file)) {
      const random = (): string => randomBytes(32).toString('base64url')
      const beside = `${file}.${process.pid}`
      writeFileSync(beside, JSON.stringify({ SECRET_KEY: random(), POSTGRES_PASSWORD: random() }, null, 2), { mode: 0o600 })
      try {
        linkSync(beside, file)
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error
      } finally {
        rmSync(beside, { force: true })
      }
    }
    const kept = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[name]
    if (typeof kept !== 'string' || kept === '') throw new Error(`${name} is missing in it`)
    return kept
  } catch (error) {
    throw new SettingsError(`DATA_DIR: cannot keep secrets in ${file}: ${(error as Error).message}`)
  }
}
