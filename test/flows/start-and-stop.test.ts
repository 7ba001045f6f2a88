import { chmodSync, chownSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, existsSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { postgresOf, runScript, startProgram, type Program } from '../program.ts'

// Each test starts several whole programs; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 300_000 })

let folder: string
let running: Program[]
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-start-'))
  chmodSync(folder, 0o755)
  running = []
})
afterEach(async () => {
  for (const program of running) await program.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})
const start = async (env: Record<string, string>, identity?: { uid: number, gid: number }): Promise<Program> => {
  const program = await startProgram(env, identity)
  running.push(program)
  return program
}

const company = {
  language: 'en', company_name: 'Tea', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Tea', sender_email: 'hello@tea.example', name: 'Anna', email: 'anna@tea.example', password: 'correct horse',
}
const setUp = (program: Program) => fetch(`${program.url}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(company) })
const isSetUp = async (program: Program) => !(await (await fetch(`${program.url}/api/v1/session`)).json() as { setup_required: boolean }).setup_required

test('what was acknowledged survives kill -9; the PostgreSQL left behind is taken over, and Ctrl-C leaves none', async () => {
  const DATA_DIR = path.join(folder, 'data')
  const first = await start({ DATA_DIR })
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  expect((await setUp(first)).status).toBe(201)
  await first.end('SIGKILL')
  const left = postgresOf(DATA_DIR)
  expect(left).not.toBeNull()

  const second = await start({ DATA_DIR })
  expect(postgresOf(DATA_DIR)).toBe(left)
  expect(await isSetUp(second)).toBe(true)

  // The command line works beside it …
  const beside = await runScript('server/cli.ts', ['api-key', 'create', '--name', 'shop'], { DATA_DIR })
  const key = beside.stdout.trim().split(/\s/).at(-1)
  expect((await fetch(`${second.url}/api/v1/company`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)

  expect(await second.end('SIGINT')).toBe(0)
  expect(postgresOf(DATA_DIR)).toBeNull()

  // … and while nothing runs.
  const alone = await runScript('server/cli.ts', ['doctor'], { DATA_DIR })
  expect(alone.stdout).toContain('Everything is in order.')
  expect(alone.code).toBe(0)
  const file = path.join(folder, 'people.csv')
  writeFileSync(file, 'email;Имя\nanna@tea.example;Анна\nnobody;Борис\n')
  const imported = await runScript('server/cli.ts', ['import', file, '--topic', 'news', '--wording', 'asked for at the counter'], { DATA_DIR })
  expect(imported.stdout).toContain('done: 2 rows, 1 contacts created')
  expect(imported.stdout).toContain('line 3: email')
  expect(imported.code).toBe(0)
  expect(postgresOf(DATA_DIR)).toBeNull()

  // PostgreSQL itself killed: it is started again, and requests work again.
  const third = await start({ DATA_DIR, LOG_LEVEL: 'fatal' })
  process.kill(postgresOf(DATA_DIR)!, 'SIGKILL')
  await expect.poll(async () => (await fetch(`${third.url}/readyz`)).status, { timeout: 60_000 }).toBe(503)
  await expect.poll(async () => (await fetch(`${third.url}/readyz`)).status, { timeout: 90_000 }).toBe(200)
  expect(await isSetUp(third)).toBe(true)
  // Both killed at once.
  process.kill(postgresOf(DATA_DIR)!, 'SIGKILL')
  await third.end('SIGKILL')
  const fourth = await start({ DATA_DIR })
  expect(await isSetUp(fourth)).toBe(true)
})

test('a second start on the same port says so in one line and leaves the first one working', async () => {
  const DATA_DIR = path.join(folder, 'data')
  const first = await start({ DATA_DIR })
  const second = await runScript('server/main.ts', [], { DATA_DIR, PORT: String(first.port), LOG_LEVEL: 'warn' })
  expect(second.code).toBe(1)
  expect(second.stderr.trim()).toMatch(/^PORT: \d+ is in use[^\n]*$/)
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
})

test('a wrong setting ends the start with one line that names it', async () => {
  const DATA_DIR = path.join(folder, 'data')
  const ended = await Promise.all([['PORT', 'many'], ['DATABASE_URL', 'postgres://localhost:1/x']].map(([name, value]) => runScript('server/main.ts', [], { DATA_DIR, [name!]: value! })))
  expect(ended.map(each => each.code)).toEqual([1, 1])
  expect(ended[0]!.stderr.trim()).toMatch(/^PORT: [^\n]*$/)
  expect(ended[1]!.stderr.trim()).toMatch(/^DATABASE_URL: [^\n]*$/)
})

test('the command line says how it is used, with exit code 2', async () => {
  const unknown = await runScript('server/cli.ts', ['paint'], { DATA_DIR: path.join(folder, 'data') })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('api-key create')
  const wrong = await runScript('server/cli.ts', ['api-key', 'create', '--role', 'king', '--name', 'x'], { DATA_DIR: path.join(folder, 'data') })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('--role')
})

const nobody = { uid: 65_534, gid: 65_534 }
const asRoot = process.getuid?.() === 0
const reachable = asRoot && (() => {
  try {
    execFileSync(process.execPath, ['-e', 'require("node:fs").accessSync(process.argv[1])', path.resolve(import.meta.dirname, '../../server/main.ts')], { ...nobody, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test.skipIf(!reachable)('it runs as an ordinary user (skipped: not root, or another user cannot read this clone)', async () => {
  const DATA_DIR = path.join(folder, 'data')
  mkdirSync(DATA_DIR)
  chownSync(DATA_DIR, nobody.uid, nobody.gid)
  const program = await start({ DATA_DIR }, nobody)
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200)
  expect(statSync(path.join(DATA_DIR, 'secrets.json')).mode & 0o777).toBe(0o600)
  expect(await program.end('SIGTERM')).toBe(0)
  expect(postgresOf(DATA_DIR)).toBeNull()
})

test.skipIf(!asRoot)('root may keep DATA_DIR where no other user can go (skipped: not root)', async () => {
  chmodSync(folder, 0o700)
  const DATA_DIR = path.join(folder, 'data')
  const program = await start({ DATA_DIR })
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200)
  const files = readlinkSync(path.join(DATA_DIR, 'postgres'))
  expect(await program.end('SIGTERM')).toBe(0)
  expect(existsSync(path.join(files, 'data/PG_VERSION'))).toBe(true)
  rmSync(files, { recursive: true })
})
