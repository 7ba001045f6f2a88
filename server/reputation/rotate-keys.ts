import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { dkimRecord } from '../delivery/dkim-record.ts'
import { findOldKeys, insertKeyRotation, type KeyRotationRow, noteKeyLook, switchKeys, takeDueRotations } from '../delivery/key-rotations.sql.ts'
import { newKey } from '../delivery/new-keys.ts'
import { administrators } from '../staff/administrators.sql.ts'
import { findKey } from './find-key.ts'
import { readReputationSettings } from './reputation-settings.ts'

const minute = 60_000
const hour = 60 * minute
/** So long every look has to find the new key before it signs: name servers take over changes one after another. */
export const settleMilliseconds = 10 * minute
/** A mail is tried again for up to five days (RFC 5321, 4.5.4.1), and is checked once more when it is moved. */
const keepOldMilliseconds = 7 * 24 * hour
/** At first somebody waits for it. */
const soonFor = 48 * hour
/** A worker looks at its hour, not before. */
const slack = minute

/** The loop: looks for the records of keys that are being changed, and makes new keys when theirs is the time. */
export async function rotateKeys(app: App): Promise<boolean> {
  const due = await takeDueRotations(app.db, 5, app.now())
  await Promise.all(due.map(rotation => lookAtRotation(app, rotation)))
  if (due.length === 5) return true
  const { rotate_keys_months: months } = await readReputationSettings(app.db)
  if (months === null) return false
  for (const old of await findOldKeys(app.db, months, app.now())) {
    const key = await newKey(app, old.algorithm)
    await withTransaction(app.db, async tx => {
      const id = await insertKeyRotation(tx, { domainId: old.id, algorithm: old.algorithm, byItself: true, key }, app.now())
      if (id !== undefined) await tell(tx, { id, sending_domain_id: old.id, domain: old.domain }, 'started', app.now())
    })
  }
  return false
}

/**
 * One look at the DNS and what follows: the new key signs once every name server has had it for a while; the old record
 * is watched until it is gone. Harmless when done twice or by two at once.
 */
export async function lookAtRotation(app: App, rotation: KeyRotationRow): Promise<void> {
  if (rotation.given_up_at !== null) return
  const [selector, publicKey] = rotation.signs_since === null ? [rotation.new_selector, rotation.new_public_key] : [rotation.old_selector!, rotation.old_public_key!]
  const look = await findKey(app.settings.dnsServers, rotation.domain, dkimRecord(rotation.domain, { selector, algorithm: rotation.algorithm, publicKey }).name, publicKey)
  const now = app.now()
  const later = (milliseconds: number): Date => new Date(now.getTime() + milliseconds)
  await withTransaction(app.db, async tx => {
    if (rotation.signs_since === null) {
      if (look === 'seen' && rotation.seen_at !== null && now.getTime() - rotation.seen_at.getTime() >= settleMilliseconds - slack) {
        if (await switchKeys(tx, rotation.id, later(keepOldMilliseconds), later(6 * hour), now)) await tell(tx, rotation, 'signing', now)
        return
      }
      await noteKeyLook(tx, rotation.id, rotation.signs_since !== null, look, later(look === 'seen' || now.getTime() - rotation.started_at.getTime() < soonFor ? settleMilliseconds : hour), now)
      return
    }
    const over = rotation.remove_after! <= now
    if (over && look !== 'not_seen') await tell(tx, rotation, 'removable', now)
    await noteKeyLook(tx, rotation.id, rotation.signs_since !== null, look, look === 'not_seen' ? null : over ? later(hour) : new Date(Math.min(later(6 * hour).getTime(), rotation.remove_after!.getTime())), now)
  })
}

const words = {
  started: {
    en: { title: (domain: string) => `Domain ${domain}: a new signing key waits for its record`, body: 'The key in use has signed for as long as you allow. Put the new record into the DNS; until then the old key signs.' },
    ru: { title: (domain: string) => `Домен ${domain}: новый ключ подписи ждёт запись в DNS`, body: 'Действующий ключ подписывает письма столько месяцев, сколько вы разрешили. Добавьте новую запись в DNS; до этого письма подписывает прежний ключ.' },
  },
  signing: {
    en: { title: (domain: string) => `Domain ${domain}: mails are signed with the new key`, body: 'Leave the old record in the DNS for a week: mails on the way still need it.' },
    ru: { title: (domain: string) => `Домен ${domain}: письма подписывает новый ключ`, body: 'Прежнюю запись оставьте в DNS ещё на неделю: она нужна письмам, которые в пути.' },
  },
  removable: {
    en: { title: (domain: string) => `Domain ${domain}: the record of the old key may be removed`, body: 'No mail on the way needs it any more. The page of the domain says which record it is.' },
    ru: { title: (domain: string) => `Домен ${domain}: запись прежнего ключа можно удалить`, body: 'Письмам в пути она больше не нужна. На странице домена сказано, какая это запись.' },
  },
}

async function tell(tx: App['db'], rotation: Pick<KeyRotationRow, 'id' | 'sending_domain_id' | 'domain'>, what: keyof typeof words, now: Date): Promise<void> {
  const { title, body } = words[what][(await readCompany(tx)).language]
  await notifyUsers(tx, (await administrators(tx)).map(user_id => ({ user_id, title: title(rotation.domain), body, link: `/settings/sending/domains/${rotation.sending_domain_id}`, source_key: `key-rotation:${rotation.id}:${what}` })), now)
}
