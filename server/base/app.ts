import type pg from 'pg'
import type { Db } from './db.ts'
import type { LiveHub } from './live.ts'
import type { Logger } from './log.ts'
import type { Signer } from './secrets.ts'
import type { Settings } from './settings.ts'

/** What every part of the program is given: nothing is global. */
export type App = {
  settings: Settings
  pool: pg.Pool
  db: Db
  log: Logger
  live: LiveHub
  now: () => Date
  sign: Signer
  /** reads through the views of a role (decision 0052): what is counted here must not be kept for others */
  isNarrowed?: true
}
