import { Worker } from 'node:worker_threads'
import type { App } from '../base/app.ts'
import type { Settings } from '../base/settings.ts'
import type { SendingWatch } from './send-messages.ts'

export type ThreadStart = { settings: Settings, databaseUrl: string }
/** What a thread has done since it last told. */
export type FromThread = { mails: Record<string, number>, lags: [kind: string, seconds: number][] }

/**
 * Threads that send beside the process's own sender while much waits. Each is a sender of its own, exactly as another
 * process would be; they end by themselves when the work is done. One that breaks is not missed: what it had under way
 * is settled as that of any dead sender.
 */
export class SendingThreads {
  readonly #app: App
  readonly #watch: SendingWatch
  #threads = new Set<Worker>()
  #stopping = false

  constructor(app: App, watch: SendingWatch) {
    this.#app = app
    this.#watch = watch
  }

  /** Starts those that are not running. */
  start(): void {
    while (!this.#stopping && this.#threads.size < this.#app.settings.senderThreads) this.#add()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#threads].map(thread => new Promise<void>(resolve => {
      thread.once('exit', () => resolve())
      thread.postMessage('stop')
    })))
  }

  #add(): void {
    const start: ThreadStart = { settings: this.#app.settings, databaseUrl: this.#app.pool.options.connectionString! }
    const thread = new Worker(new URL('../sending-thread.ts', import.meta.url), { workerData: start, resourceLimits: { maxYoungGenerationSizeMb: 32 } })
    this.#threads.add(thread)
    thread.on('message', ({ mails, lags }: FromThread) => {
      for (const [outcome, count] of Object.entries(mails)) this.#watch.mail(outcome, count)
      for (const [kind, seconds] of lags) this.#watch.lag(kind, seconds)
    })
    thread.on('error', error => this.#app.log.error({ err: error }, 'a sending thread broke; the others go on'))
    thread.on('exit', () => this.#threads.delete(thread))
  }
}
