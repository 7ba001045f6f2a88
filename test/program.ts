import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../server/base/embedded-postgres.ts'

const root = path.resolve(import.meta.dirname, '..')

export type Program = {
  process: ChildProcess
  url: string
  port: number
  /** everything it has written so far */
  output: () => string
  /** Sends the signal and waits for the end; the exit code, null after SIGKILL. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** The real program as a process of its own; resolves when it says it is ready. */
export async function startProgram(env: Record<string, string>, identity: { uid?: number, gid?: number } = {}): Promise<Program> {
  const port = Number(env['PORT'] ?? await freePort())
  const child = spawn(process.execPath, [path.join(root, 'server/main.ts')], {
    cwd: root, env: { PATH: process.env['PATH'], HOME: '/', LOG_LEVEL: 'warn', ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'], ...identity,
  })
  let output = ''
  child.stdout.on('data', data => { output += String(data) })
  child.stderr.on('data', data => { output += String(data) })
  const program: Program = {
    process: child, port, url: `http://127.0.0.1:${port}`, output: () => output,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
  for (let waited = 0; !/Otklik is (ready|running)/.test(output); waited++) {
    // A port that was free a moment ago may have gone to another test's connection.
    if (child.exitCode !== null && env['PORT'] === undefined && output.includes(`PORT: ${port} is in use`)) return startProgram(env, identity)
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`)
    if (waited > 3600) {
      child.kill('SIGKILL')
      throw new Error(`it is not ready after three minutes: ${output}`)
    }
    await pause(50)
  }
  return program
}

/** Runs a script of ours to its end. */
export async function runScript(script: string, parameters: string[], env: Record<string, string>): Promise<{ code: number | null, stdout: string, stderr: string }> {
  const child = spawn(process.execPath, [path.join(root, script), ...parameters], { cwd: root, env: { PATH: process.env['PATH'], HOME: '/', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', data => { stdout += String(data) })
  child.stderr.on('data', data => { stderr += String(data) })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/** The process id of the PostgreSQL of a DATA_DIR, or null when none runs. */
export function postgresOf(dataDir: string): number | null {
  try {
    const pid = Number(readFileSync(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(pid, 0)
    return pid
  } catch {
    return null
  }
}
