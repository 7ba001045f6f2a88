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
