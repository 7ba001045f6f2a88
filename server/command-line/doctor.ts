import { statfsSync } from 'node:fs'
import { createTransport } from 'nodemailer'
import type { App } from '../base/app.ts'
import { AppError } from '../base/errors.ts'
import { pendingMigrations } from '../base/migrate.ts'
import { SettingsError } from '../base/settings.ts'
import { readHealth } from './doctor.sql.ts'
import type { Command } from './command.ts'
import { withApp } from './with-app.ts'

type Finding = { ok: boolean, about: string, says: string }

/** Looks at everything an installation needs and says what to do about each thing that is not right. */
export const doctor: Command = {
  summary: 'checks settings, database, disk, mail server and queues',
  parameters: '',
  options: {},
  async run() {
    const findings: Finding[] = []
    try {
      await withApp(async app => { findings.push(...await examine(app)) })
    } catch (error) {
      if (!(error instanceof SettingsError || error instanceof AppError)) throw error
      findings.push({ ok: false, about: 'settings', says: error.message })
    }
    for (const { ok, about, says } of findings) console.log(`${ok ? 'ok     ' : 'PROBLEM'}  ${about.padEnd(12)} ${says}`)
    const problems = findings.filter(finding => !finding.ok).length
    console.log(problems === 0 ? 'Everything is in order.' : `${problems} ${problems === 1 ? 'problem' : 'problems'} found.`)
    return problems === 0 ? 0 : 1
  },
}

async function examine(app: App): Promise<Finding[]> {
  const { settings } = app
  const health = await readHealth(app.db, app.now())
  const pending = await pendingMigrations(app.pool)
  const findings: Finding[] = [
    { ok: true, about: 'settings', says: `PUBLIC_URL ${settings.publicUrl}, DATA_DIR ${settings.dataDir}, ROLES ${[...settings.roles].join(',')}` },
    { ok: true, about: 'database', says: `PostgreSQL ${health.version}, ${settings.databaseUrl === null ? 'embedded' : 'by DATABASE_URL'}, ${megabytes(health.size)}` },
    { ok: pending.length === 0, about: 'migrations', says: pending.length === 0 ? 'all have run' : `${pending.join(', ')} has not run` },
    { ok: health.users > 0, about: 'people', says: health.users > 0 ? `${health.users} can sign in` : 'nobody can sign in yet: open the address in a browser, or use "user create"' },
  ]
  const disk = statfsSync(settings.dataDir)
  const free = disk.bavail * disk.bsize
  findings.push({ ok: free > 1024 ** 3, about: 'disk', says: `${megabytes(free)} free in ${settings.dataDir}${free > 1024 ** 3 ? '' : ': make room, PostgreSQL stops when the disk is full'}` })
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(settings.publicUrl).hostname)
  findings.push({ ok: !(local && settings.smtpUrl !== null), about: 'address', says: local ? `PUBLIC_URL is ${settings.publicUrl}: ${settings.smtpUrl === null ? 'links in mails work on this machine only' : 'links in mails work on this machine only; set the address people reach it at'}` : settings.publicUrl })
  findings.push(await examineMail(app))
  for (const domain of health.domains) {
    findings.push({ ok: domain.verified, about: 'DKIM', says: domain.verified ? `${domain.domain} is verified` : `${domain.domain}: its records were not found yet; see Settings, Sending` })
  }
  findings.push(
    { ok: health.events_lag < 60, about: 'events', says: health.events_waiting === 0 ? 'none waits' : `${health.events_waiting} wait, the oldest for ${Math.round(health.events_lag)} s${health.events_lag < 60 ? '' : ': is a worker running?'}` },
    { ok: health.mails_lag < 600, about: 'mails', says: health.mails_waiting === 0 ? 'none waits' : `${health.mails_waiting} wait, the oldest for ${Math.round(health.mails_lag)} s${health.mails_lag < 600 ? '' : ': is a sender running?'}` },
    { ok: health.mails_unknown === 0, about: 'mails', says: health.mails_unknown === 0 ? 'none is in an unknown state' : `${health.mails_unknown} were cut off while leaving and may or may not have arrived: filter a report by "unknown"` },
    { ok: health.rejected === 0, about: 'events', says: health.rejected === 0 ? 'none was rejected in the last week' : `${health.rejected} could not be processed in the last week` },
    { ok: health.jobs_failed === 0, about: 'jobs', says: health.jobs_failed === 0 ? 'none has failed' : `${health.jobs_failed} have used up their tries` },
  )
  return findings
}

async function examineMail({ settings }: App): Promise<Finding> {
  if (settings.smtpUrl === null) return { ok: true, about: 'mail', says: 'SMTP_URL is not set: mails go to the built-in test mailbox, or where Settings, Sending says' }
  const { host } = new URL(settings.smtpUrl)
  const transport = createTransport({ url: settings.smtpUrl, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 } as object)
  try {
    await transport.verify()
    return { ok: true, about: 'mail', says: `${host} answers and takes us in` }
  } catch (error) {
    return { ok: false, about: 'mail', says: `SMTP_URL: ${host}: ${(error as Error).message}` }
  } finally {
    transport.close()
  }
}

const megabytes = (bytes: number): string => bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GB` : `${Math.round(bytes / 1024 ** 2)} MB`
