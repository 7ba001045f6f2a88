import { z } from 'zod'
import { type KeyRotation, keyRotation, keyRotationBody } from '../../shared/key-rotations.ts'
import type { App } from '../base/app.ts'
import { conflict, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { dkimRecord } from '../delivery/dkim-record.ts'
import { findKeyRotation, giveUpRotation, insertKeyRotation, type KeyRotationRow, listKeyRotations } from '../delivery/key-rotations.sql.ts'
import { newKey } from '../delivery/new-keys.ts'
import { findSendingDomain } from '../delivery/sending-domains.sql.ts'
import { lookAtRotation, settleMilliseconds } from './rotate-keys.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const mostShown = 50

function stateOf(row: KeyRotationRow, now: Date): KeyRotation['state'] {
  if (row.given_up_at !== null) return 'given_up'
  if (row.signs_since === null) return row.seen_at === null ? 'waiting' : 'settling'
  if (row.gone_at !== null) return 'done'
  return row.remove_after! <= now ? 'removable' : 'signing'
}

function present(row: KeyRotationRow, now: Date): KeyRotation {
  const state = stateOf(row, now)
  const time = (at: Date | null): string | null => at?.toISOString() ?? null
  return {
    id: row.id, algorithm: row.algorithm, state, started_at: row.started_at.toISOString(), started_by_itself: row.started_by_itself,
    new_record: dkimRecord(row.domain, { selector: row.new_selector, algorithm: row.algorithm, publicKey: row.new_public_key }),
    signs_at: state === 'settling' ? new Date(row.seen_at!.getTime() + settleMilliseconds).toISOString() : null, signs_since: time(row.signs_since), given_up_at: time(row.given_up_at),
    old_record: row.old_selector === null || row.old_public_key === null ? null : dkimRecord(row.domain, { selector: row.old_selector, algorithm: row.algorithm, publicKey: row.old_public_key }),
    remove_after: time(row.remove_after), gone_at: time(row.gone_at), checked_at: time(row.checked_at), last_seen: row.last_seen,
  }
}

async function presentOne(app: App, id: number): Promise<KeyRotation> {
  const found = await findKeyRotation(app.db, id)
  if (!found) throw notFound('key rotation')
  return present(found, app.now())
}

export const list = route({
  summary: 'Changes of the signing keys of a sending domain, the latest first',
  description: `At most ${mostShown}.`,
  params: byId, response: z.object({ data: z.array(keyRotation), next_cursor: z.null() }),
  async handler({ app, params }) {
    if (!await findSendingDomain(app.db, params.id)) throw notFound('sending domain')
    return { data: (await listKeyRotations(app.db, params.id, mostShown)).map(row => present(row, app.now())), next_cursor: null }
  },
})

export const start = route({
  summary: 'Change a signing key of a sending domain without a gap',
  description: 'A new key is made. It signs once its record has been in the DNS, at every name server, for ten minutes; until then the old key signs. The record of the old key must stay for a week after that.',
  params: byId, body: keyRotationBody, response: keyRotation, status: 201,
  async handler({ app, params, body }) {
    const domain = await findSendingDomain(app.db, params.id)
    if (!domain) throw notFound('sending domain')
    if (body.algorithm === 'ed25519' && domain.second_selector === null) throw conflict('no_second_key', 'The domain has no second key to change.')
    const id = await insertKeyRotation(app.db, { domainId: domain.id, algorithm: body.algorithm, byItself: false, key: await newKey(app, body.algorithm) }, app.now())
    if (id === undefined) throw conflict('rotation_waits', 'A new key of this kind waits for its record already.')
    return presentOne(app, id)
  },
})

export const check = route({
  summary: 'Look for the record of a key that is being changed now',
  description: 'Done by itself every ten minutes at first, then every hour.',
  params: byId, response: keyRotation,
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  async handler({ app, params }) {
    const found = await findKeyRotation(app.db, params.id)
    if (!found) throw notFound('key rotation')
    if (found.gone_at === null) await lookAtRotation(app, found)
    return presentOne(app, params.id)
  },
})

export const giveUp = route({
  summary: 'Give up the change of a signing key before it signs',
  description: 'The key in use goes on signing; the new one is forgotten.',
  params: byId, response: keyRotation,
  async handler({ app, params }) {
    await presentOne(app, params.id)
    if (!await giveUpRotation(app.db, params.id, app.now())) throw conflict('rotation_over', 'The new key signs already, or the change was given up before.')
    return presentOne(app, params.id)
  },
})
