import { randomBytes } from 'node:crypto'
import type { KeyAlgorithm } from '../../shared/key-rotations.ts'
import type { App } from '../base/app.ts'
import type { NewKey } from './sending-domains.sql.ts'
import { makeEd25519Key, makeKeyPair, publicKeyOf } from './sign-dkim.ts'

/** A new key with a selector of its own, so that an old record never answers for a new key. */
export async function newKey(app: App, algorithm: KeyAlgorithm): Promise<NewKey> {
  const privateKey = algorithm === 'rsa' ? (await makeKeyPair()).privateKey : await makeEd25519Key()
  return { selector: `otklik${app.now().toISOString().slice(2, 7).replace('-', '')}${randomBytes(2).toString('hex')}`, privateKey: app.sign.encrypt(privateKey), publicKey: publicKeyOf(privateKey) }
}
