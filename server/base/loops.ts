import type { App } from './app.ts'
import type { Role } from './settings.ts'

/**
 * Work that goes on for as long as the process lives. `run` does one batch and says whether more is waiting;
 * otherwise the loop sleeps until `channel` is notified or `every` milliseconds have passed.
 */
export type Loop = {
  role: Exclude<Role, 'web'>
  name: string
  channel?: string
  every: number
  run: (app: App) => Promise<boolean>
  /** after the last batch: lets what it left under way come to its end */
  stop?: (app: App) => Promise<void>
}

const longestBackOff = 30_000

export class LoopRunner {
  #app: App
  #stopping = false
  #wakers = new Set<() => void>()
  #running: Promise<void>[] = []

  constructor(app: App) {
    this.#app = app
  }

  start(loops: Loop[]): void {
    for (const loop of loops) {
      if (this.#app.settings.roles.has(loop.role)) this.#running.push(this.#follow(loop))
    }
  }

  async #follow(loop: Loop): Promise<void> {
    const log = this.#app.log.child({ loop: loop.name })
    let wake = (): void => undefined
    let heard = false
    const end = loop.channel === undefined ? () => undefined : this.#app.live.subscribe(loop.channel, () => { heard = true; wake() })
    let failures = 0
    while (!this.#stopping) {
      heard = false
      let more = false
      try {
        more = await loop.run(this.#app)
        failures = 0
      } catch (error) {
        failures++
        log.error({ err: error, failures }, 'a batch failed and will be tried again')
      }
      if (this.#stopping) break
      if (failures === 0 && (more || heard)) continue
      const pause = failures === 0 ? loop.every : Math.min(longestBackOff, 250 * 2 ** Math.min(failures, 7))
      await new Promise<void>(resolve => {
        const timer = setTimeout(() => stopWaiting(), pause)
        const stopWaiting = (): void => { clearTimeout(timer); this.#wakers.delete(stopWaiting); resolve() }
        this.#wakers.add(stopWaiting)
        // While failing only the clock or the stop wakes: a busy channel must not undo the back-off.
        wake = failures === 0 ? stopWaiting : () => undefined
      })
    }
    end()
    await loop.stop?.(this.#app).catch(error => log.error({ err: error }, 'what was under way did not end'))
  }

  /** Lets the batches under way finish. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const wake of this.#wakers) wake()
    await Promise.all(this.#running)
  }
}
