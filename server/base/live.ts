import pg from 'pg'
import { sql, type Db } from './db.ts'
import type { Logger } from './log.ts'

/**
 * Wakes what waits, in every process: `notify` is part of the transaction and is heard after its commit.
 * PostgreSQL folds equal notifications of one transaction into one.
 */
export async function notify(db: Db, channel: string, payload = ''): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db)
}

const liveChannel = 'live'
/** A notification carries at most 8,000 bytes. */
const topicsPerNotification = 200

/** Tells open pages that a thing changed, e.g. `contact:12`, `import:4`. */
export async function touchAll(db: Db, topics: Iterable<string>): Promise<void> {
  const distinct = [...new Set(topics)]
  for (let from = 0; from < distinct.length; from += topicsPerNotification) {
    await notify(db, liveChannel, distinct.slice(from, from + topicsPerNotification).join(' '))
  }
}
export const touch = (db: Db, topic: string): Promise<void> => touchAll(db, [topic])

type Listener = (payload: string) => void

/** One listening connection per process, taken up again when it is lost. */
export class LiveHub {
  #connectionString: string
  #log: Logger
  #listeners = new Map<string, Set<Listener>>()
  #client: pg.Client | null = null
  #stopped = false
  #retry: NodeJS.Timeout | null = null
  /** Statements of the listening connection go one after another. */
  #statements: Promise<unknown> = Promise.resolve()

  constructor(connectionString: string, log: Logger) {
    this.#connectionString = connectionString
    this.#log = log
  }

  async start(): Promise<void> {
    if (this.#stopped) return
    const client = new pg.Client({ connectionString: this.#connectionString, application_name: 'otklik listen', keepAlive: true })
    client.on('error', error => this.#lost(client, error))
    client.on('end', () => this.#lost(client, null))
    client.on('notification', message => {
      for (const listener of this.#listeners.get(message.channel) ?? []) listener(message.payload ?? '')
    })
    try {
      await client.connect()
      if (this.#stopped) {
        await client.end()
        return
      }
      this.#client = client
      for (const channel of this.#listeners.keys()) await this.#listen(client, channel)
      // What happened while the connection was lost was not heard: wake everybody once.
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener('')
    } catch (error) {
      this.#lost(client, error as Error)
    }
  }

  #listen(client: pg.Client, channel: string): Promise<unknown> {
    return this.#statements = this.#statements.catch(() => undefined).then(() => client.query(`listen ${client.escapeIdentifier(channel)}`))
  }

  #lost(client: pg.Client, error: Error | null): void {
    if (this.#stopped || this.#retry !== null || (this.#client !== null && this.#client !== client)) return
    this.#client = null
    if (error) this.#log.warn({ err: error }, 'the listening connection was lost')
    this.#retry = setTimeout(() => {
      this.#retry = null
      void this.start()
    }, 1000)
    client.end().catch(() => undefined)
  }

  /** Resolves when PostgreSQL has heard of every subscription made so far: what is notified from then on is not missed. */
  async ready(): Promise<void> {
    await this.#statements.catch(() => undefined)
  }

  /** Calls back on each notification of the channel; returns what ends that. */
  subscribe(channel: string, listener: Listener): () => void {
    let listeners = this.#listeners.get(channel)
    if (listeners === undefined) {
      listeners = new Set()
      this.#listeners.set(channel, listeners)
      if (this.#client) void this.#listen(this.#client, channel).catch(() => undefined)
    }
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** Calls back with the touched topic for each of the given topics. An empty text means: look again, something may have been missed. */
  subscribeTopics(topics: ReadonlySet<string>, listener: (topic: string) => void): () => void {
    return this.subscribe(liveChannel, payload => {
      if (payload === '') listener('')
      else for (const topic of payload.split(' ')) if (topics.has(topic)) listener(topic)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#retry) clearTimeout(this.#retry)
    await this.#client?.end().catch(() => undefined)
  }
}
