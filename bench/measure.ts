import { existsSync, readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'

export const seconds = (from: number): number => (performance.now() - from) / 1000

/** The value below which that part of the measurements lies. */
export function percentile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

export const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
export const perSecond = (count: number, took: number): string => `${Math.round(count / took).toLocaleString('en')}/s`

/** A figure without the load it was taken under says nothing. */
export const machine = (): string => `${os.cpus().length} cores, load ${os.loadavg().map(load => load.toFixed(1)).join(' ')}`

/**
 * Seconds of CPU this process and the database have used so far: unlike time by the clock it says the same beside other
 * work. `postmaster` is the process of the embedded server; null where /proc is not there.
 */
export function cpuSeconds(postmaster: number): number | null {
  if (!existsSync('/proc/self/stat')) return null
  let ticks = 0
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    let fields: string[]
    try {
      // The name in brackets may hold spaces.
      fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
    } catch {
      continue
    }
    const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number]
    if (Number(fields[1]) === postmaster) ticks += user + system
    if (Number(pid) === postmaster) ticks += user + system + childrenUser + childrenSystem
  }
  const own = process.cpuUsage()
  return ticks / 100 + (own.user + own.system) / 1e6
}

/** Megabytes a process holds now, and held at most; null where /proc is not there. */
export function memoryOf(pid: number): { now: number, most: number } | null {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return null
  const status = readFileSync(file, 'utf8')
  const megabytes = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024 / 1e6)
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}
