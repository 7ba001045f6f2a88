import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../server/base/embedded-postgres.ts'

/** The program as people run it, with all roles in one process of its own, on a database that is there already. */
export async function startProgram(databaseUrl: string, env: Record<string, string> = {}): Promise<{ url: string, memory: () => Memory | null, stop: () => Promise<void> }> {
  const port = await freePort()
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../server/main.ts')], {
    env: { ...process.env, DATABASE_URL: databaseUrl, SECRET_KEY: 'bench', PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode} while it started`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok) break
    await pause(100)
  }
  return {
    url,
    memory: () => readMemory(child.pid!),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Megabytes the process holds now, and held at most. */
type Memory = { now: number, most: number }

function readMemory(pid: number): Memory | null {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return null
  const status = readFileSync(file, 'utf8')
  const megabytes = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024 / 1e6)
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}
