import { fromNodeHeaders } from 'better-auth/node'
import type { FastifyRequest } from 'fastify'
import type { App } from '../base/app.ts'
import { AppError } from '../base/errors.ts'
import type { Actor } from '../base/route.ts'
import { auth } from './auth.ts'
import { findApiKey } from './staff.sql.ts'
import { noteSeen } from './working-time.sql.ts'

/** When each user was last noted to be there, so that it is written once a minute and not with every request. */
const noted = new WeakMap<App, Map<string, number>>()

/** Who calls: an API key (`Authorization: Bearer`), a signed-in user (cookie), or nobody. */
export async function authenticate(app: App, request: FastifyRequest): Promise<Actor> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const key = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1]
    const found = key === undefined ? undefined : await findApiKey(app.db, key, app.now())
    if (!found) throw new AppError('unauthenticated', 401, 'This API key is not valid, or it was revoked.')
    return { kind: 'api_key', id: found.id, name: found.name, role: found.role }
  }
  if (!request.headers.cookie?.includes('otklik.session_token')) return { kind: 'public' }
  const session = await auth(app).api.getSession({ headers: fromNodeHeaders(request.headers) })
  if (!session || session.user['disabledAt']) return { kind: 'public' }
  const user = session.user as unknown as { id: string, name: string, role: Extract<Actor, { kind: 'user' }>['role'], locale: 'en' | 'ru' }
  const seen = noted.get(app) ?? new Map<string, number>()
  noted.set(app, seen)
  if (app.now().getTime() - (seen.get(user.id) ?? 0) >= 60_000) {
    seen.set(user.id, app.now().getTime())
    await noteSeen(app.db, Number(user.id), app.now())
  }
  return { kind: 'user', id: Number(user.id), name: user.name, role: user.role, locale: user.locale }
}
