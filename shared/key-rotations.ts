import { z } from 'zod'
import { dnsRecord } from './delivery.ts'

const time = z.iso.datetime()

export const keyAlgorithm = z.enum(['rsa', 'ed25519'])
export type KeyAlgorithm = z.infer<typeof keyAlgorithm>
/** What name servers say of a key: all of them have it, some, none, or none could be asked. */
export const keyLook = z.enum(['seen', 'partly', 'not_seen', 'unknown'])
export type KeyLook = z.infer<typeof keyLook>

/**
 * The change of a signing key. `waiting`: for the new record in the DNS; `settling`: every name server has it, it signs from
 * `signs_at` on if it is still there then; `signing`: the old record must stay for mails on the way; `removable`: the
 * old record may be removed; `done`: it is gone; `given_up`: the old key went on signing.
 */
export const keyRotation = z.object({
  id: z.number().int(), algorithm: keyAlgorithm,
  state: z.enum(['waiting', 'settling', 'signing', 'removable', 'done', 'given_up']),
  started_at: time, started_by_itself: z.boolean(),
  new_record: dnsRecord.describe('to be put into the DNS'),
  signs_at: time.nullable().describe('of `settling`: when it begins to sign'), signs_since: time.nullable(), given_up_at: time.nullable(),
  old_record: dnsRecord.nullable().describe('of the key that signed before; to be removed after `remove_after`'),
  remove_after: time.nullable(), gone_at: time.nullable(),
  checked_at: time.nullable(), last_seen: keyLook.nullable().describe('at the last look, of the new key until it signs, of the old one afterwards'),
})
export type KeyRotation = z.infer<typeof keyRotation>
export const keyRotationBody = z.object({ algorithm: keyAlgorithm.default('rsa') })
