import { keptMap } from '../base/kept.ts'

/**
 * Wrong passwords cost waiting: after five for one address, or twenty from one place, each further one doubles the wait, up to
 * fifteen minutes. Kept in the process: a second process doubles what a guesser gets, which still is nothing.
 */
export class SignInThrottle {
  #failures = keptMap<string, { count: number, until: number }>()

  secondsToWait(email: string, ip: string, now: Date): number {
    const until = Math.max(...keys(email, ip).map(({ key }) => this.#failures.get(key)?.until ?? 0))
    return Math.max(0, Math.ceil((until - now.getTime()) / 1000))
  }

  /** Counts a try before it is checked, so that many at the same moment count too; `succeeded` takes it back. */
  tried(email: string, ip: string, now: Date): void {
    // The oldest go first: a flood of made-up addresses must not set free the one it is after.
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= 100_000) break
      this.#failures.delete(key)
    }
    for (const { key, free } of keys(email, ip)) {
      const count = (this.#failures.get(key)?.count ?? 0) + 1
      const wait = count < free ? 0 : Math.min(900, 5 * 2 ** (count - free)) * 1000
      this.#failures.delete(key)
      this.#failures.set(key, { count, until: now.getTime() + wait })
    }
  }

  succeeded(email: string, ip: string): void {
    for (const { key } of keys(email, ip)) this.#failures.delete(key)
  }
}

const keys = (email: string, ip: string): { key: string, free: number }[] =>
  [{ key: `address ${email.trim().toLowerCase()}`, free: 5 }, { key: `place ${ip}`, free: 20 }]
