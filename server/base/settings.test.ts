import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSettings } from './settings.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('every setting has a working default', () => {
  const settings = readSettings({ DATA_DIR: folder })
  expect(settings).toMatchObject({ port: 3000, publicUrl: 'http://localhost:3000', databaseUrl: null, smtpUrl: null, logLevel: 'info' })
  expect([...settings.roles]).toEqual(['web', 'worker', 'sender', 'mailbox'])
})

test('the secret key is made once and readable by its owner only', () => {
  const { secretKey } = readSettings({ DATA_DIR: folder })
  expect(secretKey.length).toBeGreaterThan(40)
  expect(readSettings({ DATA_DIR: folder }).secretKey).toBe(secretKey)
  expect(readSettings({ DATA_DIR: folder, SECRET_KEY: 'mine' }).secretKey).toBe('mine')
  expect(statSync(path.join(folder, 'secrets.json')).mode & 0o777).toBe(0o600)
})

test.each([
  [{ PORT: 'many' }, /^PORT: /],
  [{ PORT: '70000' }, /^PORT: /],
  [{ ROLES: 'web,king' }, /^ROLES: "king"/],
  [{ ROLES: ' , ' }, /^ROLES: /],
  [{ MAILBOX_PORT: '99999' }, /^MAILBOX_PORT: /],
  [{ MAILBOX_PORT: '25', MAILBOX_PROTOCOL: 'pop3' }, /^MAILBOX_PROTOCOL: /],
  [{ MAILBOX_PORT: '25', MAILBOX_TLS_KEY: '/nowhere' }, /^MAILBOX_TLS_KEY/],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
  [{ DATABASE_URL: 'mysql://localhost/x' }, /^DATABASE_URL: /],
  [{ DATABASE_CONNECTIONS: '0' }, /^DATABASE_CONNECTIONS: /],
  [{ SMTP_URL: 'mail.example.com' }, /^SMTP_URL: /],
  [{ PUBLIC_URL: 'crm.example.com' }, /^PUBLIC_URL: /],
  [{ DATA_DIR: '/dev/null/data' }, /^DATA_DIR: /],
])('a wrong setting is named: %o', (env, line) => {
  expect(() => readSettings({ DATA_DIR: folder, ...env })).toThrow(line)
})
