import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { newSecret } from './sign-call.ts'
import { holdSettings } from './webhook-calls.sql.ts'

/** Encrypted in the database. The old secret signs beside the new one until its end. */
type Kept = { secret: string, old_secret?: string, old_until?: string, allow_private?: boolean }
export type WebhookSettings = { secret: string, old_until: Date | null, secrets: string[], allow_private: boolean }

const key = 'webhooks'
const bothValidMilliseconds = 86_400_000

/** The secrets that sign at this moment, the new one first; the first secret is made when it is first asked for. */
export async function readWebhookSettings(app: App, now: Date): Promise<WebhookSettings> {
  const kept = await readSetting<Kept>(app.db, key) ?? await withTransaction(app.db, async tx => {
    await holdSettings(tx)
    return await readSetting<Kept>(tx, key) ?? await keep(tx, { secret: app.sign.encrypt(newSecret()) })
  })
  const secret = app.sign.decrypt(kept.secret)
  const old_until = kept.old_secret !== undefined && kept.old_until !== undefined && new Date(kept.old_until) > now ? new Date(kept.old_until) : null
  return { secret, old_until, secrets: [secret, ...old_until === null ? [] : [app.sign.decrypt(kept.old_secret!)]], allow_private: kept.allow_private ?? false }
}

/** A new secret; both sign for a day, so that receivers can change over. Throws what decrypt throws when SECRET_KEY is another one. */
export async function rotateSecret(app: App, now: Date): Promise<void> {
  await readWebhookSettings(app, now)
  await withTransaction(app.db, async tx => {
    await holdSettings(tx)
    const { secret, ...kept } = (await readSetting<Kept>(tx, key))!
    await keep(tx, { ...kept, secret: app.sign.encrypt(newSecret()), old_secret: secret, old_until: new Date(now.getTime() + bothValidMilliseconds).toISOString() })
  })
}

export async function allowPrivate(app: App, allowed: boolean, now: Date): Promise<void> {
  await readWebhookSettings(app, now)
  await withTransaction(app.db, async tx => {
    await holdSettings(tx)
    await keep(tx, { ...(await readSetting<Kept>(tx, key))!, allow_private: allowed })
  })
}

async function keep(tx: Db, kept: Kept): Promise<Kept> {
  await writeSetting(tx, key, kept)
  return kept
}
