import { fromNodeHeaders } from 'better-auth/node'
import { hashPassword, verifyPassword } from 'better-auth/crypto'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import {
  apiKey, changeProfileBody, changeUserBody, createApiKeyBody, createdApiKey, createUserBody, session as sessionShape, signInBody, user as userShape,
  type ApiKey, type User,
} from '../../shared/staff.ts'
import { recordKinds } from '../../shared/rights.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, conflict, forbidden, invalid, notFound } from '../base/errors.ts'
import { assertSameOrigin } from '../base/http.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { auth } from './auth.ts'
import { authenticate } from './authenticate.ts'
import { see } from './see.ts'
import { findApiKeys, findUser, findUsers, hasUsers, insertApiKey, insertUser, readPasswordHash, revokeApiKeyRow, updateUser, writePasswordHash, type ApiKeyRow, type UserRow } from './staff.sql.ts'
import { SignInThrottle } from './sign-in-throttle.ts'

const idParams = z.object({ id: z.coerce.number().int().positive() })
const throttle = new SignInThrottle()

const presentUser = (row: UserRow): User => ({ ...row, disabled_at: row.disabled_at?.toISOString() ?? null, created_at: row.created_at.toISOString() })
const presentKey = (row: ApiKeyRow): ApiKey => ({
  ...row, created_at: row.created_at.toISOString(), last_used_at: row.last_used_at?.toISOString() ?? null, revoked_at: row.revoked_at?.toISOString() ?? null,
})

export const showSession = route({
  summary: 'Who is signed in, and whether the first administrator is still to be created',
  response: sessionShape,
  async handler({ app, request }) {
    const actor = await authenticate(app, request)
    if (actor.kind !== 'user') return { setup_required: !(await hasUsers(app.db)), user: null, company: null, sees: { part: false, fields: {} } }
    const user = await findUser(app.db, actor.id)
    const { rights } = await see(app, actor)
    return {
      setup_required: false,
      user: user ? { id: user.id, name: user.name, email: user.email, role: user.role, locale: user.locale } : null,
      company: await readCompany(app.db),
      sees: { part: rights !== null && recordKinds.some(kind => rights[kind] !== 'all'), fields: rights?.fields ?? {} },
    }
  },
})

export const signIn = route({
  summary: 'Sign in with a password; answers with the session cookie',
  body: signInBody,
  config: { rateLimit: { max: 30, timeWindow: 60_000 } },
  async handler({ app, body, request, reply }) {
    assertSameOrigin(app, request)
    const wait = throttle.secondsToWait(body.email, request.ip, app.now())
    if (wait > 0) throw new AppError('too_many_requests', 429, `Too many wrong passwords. Wait ${wait} s and try again.`)
    await openSession(app, body.email, body.password, request.headers, reply, request.ip)
  },
})

/** Checks the password and sets the session cookie. Throws 401 with one answer for an unknown address and a wrong password. */
export async function openSession(app: App, email: string, password: string, headers: import('node:http').IncomingHttpHeaders, reply: FastifyReply, ip: string): Promise<void> {
  throttle.tried(email, ip, app.now())
  const answer = await auth(app).api.signInEmail({ body: { email: email.trim().toLowerCase(), password, rememberMe: true }, headers: fromNodeHeaders(headers), asResponse: true })
  const user = answer.ok ? (await answer.json() as { user: { id: string } }).user : null
  if (!user || (await findUser(app.db, Number(user.id)))?.disabled_at !== null) {
    throw new AppError('wrong_credentials', 401, 'The address or the password is not right.')
  }
  throttle.succeeded(email, ip)
  for (const value of answer.headers.getSetCookie()) reply.header('set-cookie', value)
}

export const signOut = route({
  summary: 'Sign out',
  async handler({ app, request, reply }) {
    assertSameOrigin(app, request)
    const answer = await auth(app).api.signOut({ headers: fromNodeHeaders(request.headers), asResponse: true })
    for (const value of answer.headers.getSetCookie()) reply.header('set-cookie', value)
  },
})

export const changeProfile = route({
  summary: 'Change your own name, language or password',
  body: changeProfileBody,
  response: userShape,
  async handler({ app, body, actor, request }) {
    if (actor.kind !== 'user') throw forbidden()
    if (body.new_password !== undefined) {
      const kept = await readPasswordHash(app.db, actor.id)
      if (!kept || !(await verifyPassword({ hash: kept, password: body.current_password ?? '' }))) {
        throw invalid([{ field: 'current_password', message: 'this is not your present password' }])
      }
    }
    const newHash = body.new_password === undefined ? null : await hashPassword(body.new_password)
    await withTransaction(app.db, async tx => {
      await updateUser(tx, actor.id, { ...(body.name === undefined ? {} : { name: body.name }), ...(body.locale === undefined ? {} : { locale: body.locale }) }, app.now())
      if (newHash !== null) {
        const cookie = /otklik\.session_token=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
        await writePasswordHash(tx, actor.id, newHash, app.now(), cookie ? decodeURIComponent(cookie).split('.')[0] ?? null : null)
      }
    })
    return presentUser((await findUser(app.db, actor.id))!)
  },
})

export const listUsers = route({
  summary: 'People who sign in',
  response: z.object({ data: z.array(userShape), next_cursor: z.string().nullable() }),
  handler: async ({ app }) => ({ data: (await findUsers(app.db)).map(presentUser), next_cursor: null }),
})

/** Adds a user; 409 when somebody has the address. */
export async function addUser(db: import('../base/db.ts').Db, user: z.output<typeof createUserBody>): Promise<number> {
  const passwordHash = await hashPassword(user.password)
  try {
    return await insertUser(db, { ...user, email: user.email.trim().toLowerCase(), locale: user.locale ?? (await readCompany(db)).language, passwordHash })
  } catch (error) {
    if ((error as { code?: string }).code === '23505') throw new AppError('address_taken', 409, 'Somebody signs in with this address already.', [{ field: 'email', message: 'somebody signs in with this address already' }])
    throw error
  }
}

export const createUser = route({
  summary: 'Add somebody who signs in',
  body: createUserBody,
  response: userShape,
  status: 201,
  handler: async ({ app, body }) => presentUser((await findUser(app.db, await addUser(app.db, body)))!),
})

export const changeUser = route({
  summary: "Change somebody's name, role or password, or disable them",
  params: idParams,
  body: changeUserBody,
  response: userShape,
  async handler({ app, params, body }) {
    const newHash = body.password === undefined ? null : await hashPassword(body.password)
    await withTransaction(app.db, async tx => {
      const { password: _password, ...changes } = body
      const outcome = await updateUser(tx, params.id, changes as Parameters<typeof updateUser>[2], app.now())
      if (outcome === 'missing') throw notFound('user')
      if (outcome === 'last_administrator') throw conflict('last_administrator', 'This is the last administrator. Make somebody else an administrator first.')
      if (newHash !== null) await writePasswordHash(tx, params.id, newHash, app.now(), null)
    })
    return presentUser((await findUser(app.db, params.id))!)
  },
})

export const listApiKeys = route({
  summary: 'API keys, without the keys themselves',
  response: z.object({ data: z.array(apiKey), next_cursor: z.string().nullable() }),
  handler: async ({ app }) => ({ data: (await findApiKeys(app.db)).map(presentKey), next_cursor: null }),
})

export const createApiKey = route({
  summary: 'Make an API key; the key is in this answer and never again',
  body: createApiKeyBody,
  response: createdApiKey,
  status: 201,
  async handler({ app, body, actor }) {
    const made = await insertApiKey(app.db, { name: body.name, role: body.role, createdBy: actor.kind === 'user' ? actor.id : null })
    return { ...presentKey((await findApiKeys(app.db, made.id))[0]!), key: made.key }
  },
})

export const revokeApiKey = route({
  summary: 'Revoke an API key for good',
  params: idParams,
  async handler({ app, params }) {
    if (!(await revokeApiKeyRow(app.db, params.id, app.now()))) throw notFound('API key')
  },
})
