import type { App } from '../base/app.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import type { OauthClient, OauthClientBody, OauthProvider } from '../../shared/inbound.ts'

/** The company's own application at a provider of mailboxes: who asks people for their consent. */
export type OauthApplication = { client_id: string, /** encrypted; empty: a public client, which has none */ client_secret: string, authorize_url: string, token_url: string, scope: string }
type Kept = Partial<Record<OauthProvider, OauthApplication>>

const key = 'oauth_clients'

/** Google: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol · Microsoft: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth */
export const providers: Record<Exclude<OauthProvider, 'oauth2'>, Pick<OauthApplication, 'authorize_url' | 'token_url' | 'scope'>> = {
  google: { authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth', token_url: 'https://oauth2.googleapis.com/token', scope: 'https://mail.google.com/' },
  microsoft: { authorize_url: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize', token_url: 'https://login.microsoftonline.com/common/oauth2/v2.0/token', scope: 'https://outlook.office.com/IMAP.AccessAsUser.All offline_access' },
}

export const redirectUrl = (app: App): string => `${app.settings.publicUrl}/api/v1/mailboxes/sign-in`

export const readOauthClient = async (app: App, provider: OauthProvider): Promise<OauthApplication | undefined> => (await readSetting<Kept>(app.db, key))?.[provider]

export async function presentOauthClients(app: App): Promise<OauthClient[]> {
  const kept = await readSetting<Kept>(app.db, key) ?? {}
  return (['google', 'microsoft', 'oauth2'] as const).map(provider => ({
    provider, client_id: kept[provider]?.client_id ?? '', has_secret: (kept[provider]?.client_secret ?? '') !== '', redirect_url: redirectUrl(app),
    authorize_url: kept[provider]?.authorize_url ?? (provider === 'oauth2' ? '' : providers[provider].authorize_url),
    token_url: kept[provider]?.token_url ?? (provider === 'oauth2' ? '' : providers[provider].token_url),
    scope: kept[provider]?.scope ?? (provider === 'oauth2' ? '' : providers[provider].scope),
  }))
}

/** A secret that is left out stays while the client is the same. Null forgets the application. */
export async function keepOauthClient(app: App, provider: OauthProvider, body: OauthClientBody | null): Promise<void> {
  const { [provider]: before, ...rest } = await readSetting<Kept>(app.db, key) ?? {}
  if (body === null) return writeSetting(app.db, key, rest)
  const secret = body.client_secret === undefined ? before?.client_id === body.client_id ? before.client_secret : '' : body.client_secret === '' ? '' : app.sign.encrypt(body.client_secret)
  const where = provider === 'oauth2' ? { authorize_url: body.authorize_url, token_url: body.token_url, scope: body.scope } : providers[provider]
  await writeSetting(app.db, key, { ...rest, [provider]: { client_id: body.client_id, client_secret: secret, ...where } })
}
