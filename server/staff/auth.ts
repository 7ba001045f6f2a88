import { betterAuth } from 'better-auth'
import type { App } from '../base/app.ts'

const made = new WeakMap<App, ReturnType<typeof make>>()

/**
 * better-auth keeps passwords (scrypt), sessions and their cookies in our tables `users`, `accounts`, `sessions`, `verifications`.
 * Its own HTTP routes are not mounted: ours call it, so that every route stands on one page with its permission.
 */
export function auth(app: App): ReturnType<typeof make> {
  let existing = made.get(app)
  if (!existing) made.set(app, existing = make(app))
  return existing
}

function make(app: App) {
  const times = { createdAt: 'created_at', updatedAt: 'updated_at' }
  return betterAuth({
    database: app.pool,
    secret: app.sign.sign('better-auth'),
    baseURL: app.settings.publicUrl,
    basePath: '/api/v1/auth',
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, minPasswordLength: 10, maxPasswordLength: 200, autoSignIn: false },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', ...times },
      additionalFields: {
        role: { type: 'string', input: false },
        locale: { type: 'string', input: false },
        disabledAt: { type: 'date', input: false, required: false, fieldName: 'disabled_at' },
      },
    },
    session: {
      modelName: 'sessions',
      fields: { userId: 'user_id', expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent', ...times },
      expiresIn: 30 * 86_400,
      updateAge: 86_400,
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id', accountId: 'account_id', providerId: 'provider_id', accessToken: 'access_token', refreshToken: 'refresh_token', idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at', refreshTokenExpiresAt: 'refresh_token_expires_at', ...times,
      },
    },
    verification: { modelName: 'verifications', fields: { expiresAt: 'expires_at', ...times } },
    advanced: {
      database: { generateId: 'serial' },
      cookiePrefix: 'otklik',
      useSecureCookies: app.settings.publicUrl.startsWith('https:'),
      // Ours stand in front of every route that uses it.
      disableCSRFCheck: true,
    },
    rateLimit: { enabled: false },
  })
}
