import { type SenderAccount, senderAccount, secretOf } from '../../shared/senders.ts'
import type { Signer } from '../base/secrets.ts'

/** An account with its secret, as it is kept (encrypted) and used. */
export type FullAccount = SenderAccount

export const packAccount = (sign: Signer, account: FullAccount): string => sign.encrypt(JSON.stringify(account))
export const unpackAccount = (sign: Signer, kept: string): FullAccount => senderAccount.parse(JSON.parse(sign.decrypt(kept)))

export const secretIn = (account: SenderAccount): string => String((account as Record<string, unknown>)[secretOf[account.kind]] ?? '')

/** Where a secret would go: a kept one must not be handed to another server or account by leaving it out. */
const destination = (account: SenderAccount): string => {
  const { [secretOf[account.kind]]: _secret, ...rest } = account as Record<string, unknown>
  return account.kind === 'smtp' ? JSON.stringify([account.kind, account.host, account.user]) : JSON.stringify([account.kind, rest['endpoint'], rest['access_key_id']])
}

/** A secret that was left out is the kept one; null: there is none that may be used there. */
export function withKeptSecret(given: SenderAccount, kept: FullAccount | null): FullAccount | null {
  const field = secretOf[given.kind]
  if ((given as Record<string, unknown>)[field] !== undefined) return given
  if (given.kind === 'smtp' && given.user === '') return { ...given, password: '' }
  if (kept === null || destination(kept) !== destination(given)) return null
  return { ...given, [field]: secretIn(kept) } as FullAccount
}

/** What may be shown. */
export function withoutSecret(account: FullAccount): Record<string, unknown> {
  const { [secretOf[account.kind]]: _secret, ...rest } = account as Record<string, unknown>
  return rest
}
