/** Counts tries by key within a window of time, in this process: against floods, not as a proof of anything. */
export class RateLimit {
  readonly #most: number
  readonly #milliseconds: number
  #counts = new Map<string, number>()
  #since = 0

  constructor(most: number, milliseconds: number) {
    this.#most = most
    this.#milliseconds = milliseconds
  }

  /** False: too many. */
  allows(key: string, now: Date): boolean {
    if (Math.abs(now.getTime() - this.#since) >= this.#milliseconds) {
      this.#counts.clear()
      this.#since = now.getTime()
    }
    const count = (this.#counts.get(key) ?? 0) + 1
    if (this.#counts.size > 100_000) this.#counts.clear()
    this.#counts.set(key, count)
    return count <= this.#most
  }
}
