import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, validatorCompiler, hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { App } from './app.ts'
import { sql } from './db.ts'
import { AppError, forbidden } from './errors.ts'
import { histogram, metrics } from './metrics.ts'
import { rolesAllowed, type Actor, type RouteLine, type Seer } from './route.ts'

/** Says who is calling, from a session cookie or a bearer key. Throws 401 for a key or session that is not valid. */
export type Authenticate = (app: App, request: FastifyRequest) => Promise<Actor>
/** Who calls, and what they may see. */
export type Callers = { authenticate: Authenticate, see: (app: App, actor: Actor) => Promise<Seer> }

declare module 'fastify' {
  interface FastifyRequest { actor: Actor, seer: Seer }
  interface FastifyContextConfig { rawBody?: boolean }
}

const webFolder = path.resolve(import.meta.dirname, '../../web/dist')
const requestSeconds = histogram('http_request_seconds', 'Time to answer a request', [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10], ['method', 'route', 'status'])

/** The HTTP server with every route of the page of routes. One gate turns errors into RFC 9457 problem details. */
export async function createHttp(app: App, routes: RouteLine[], callers: Callers, isReady: () => Promise<boolean>): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: app.log.child({ part: 'http' }, { level: app.log.level === 'info' ? 'warn' : app.log.level }) as FastifyBaseLogger,
    bodyLimit: 4 * 1024 * 1024,
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: 5000 },
    requestIdHeader: false,
    genReqId: () => Math.random().toString(36).slice(2, 10),
    forceCloseConnections: true,
  })
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler(answerError)
  server.setNotFoundHandler(answerUnknownPath)

  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // Mantine and the canvas set style attributes.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:', 'https:', 'http:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'frame-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'self'"],
      },
    },
    strictTransportSecurity: app.settings.publicUrl.startsWith('https:'),
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
  })
  await server.register(cookie)
  await server.register(formbody)
  // Many clients name JSON as the type of an empty body.
  const parseJson = server.getDefaultJsonParser('error', 'error')
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Signatures are over the bytes as they came.
    if (request.routeOptions.config.rawBody === true) done(null, body)
    else if (body === '') done(null, undefined)
    else void parseJson(request, body as string, done)
  })
  await server.register(multipart, { limits: { fileSize: 200 * 1024 * 1024, files: 1, fields: 50 } })
  await server.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, context) => new AppError('too_many_requests', 429, `Too many tries. Wait ${context.after} and try again.`),
  })
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Otklik API', version: '1', description: 'Everything the interface can do. Send `Authorization: Bearer <key>`. Errors are RFC 9457 problem details with `errors: [{field, message}]`; lists are `{data, next_cursor}`.' },
      servers: [{ url: app.settings.publicUrl }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })

  server.decorateRequest('actor', null as never)
  server.decorateRequest('seer', null as never)
  server.addHook('onResponse', async (request, reply) => {
    requestSeconds.observe({ method: request.method, route: request.routeOptions.url ?? 'unknown', status: reply.statusCode }, reply.elapsedTime / 1000)
  })

  server.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'alive' }))
  server.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const ready = await isReady().catch(() => false)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  server.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => server.swagger())

  server.register(async instance => {
    for (const line of routes) addRoute(app, instance, line, callers)
  })

  if (existsSync(path.join(webFolder, 'index.html'))) {
    await server.register(fastifyStatic, {
      root: webFolder,
      setHeaders(reply, file) {
        reply.header('cache-control', file.includes(`${path.sep}assets${path.sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  await server.ready()
  return server
}

function addRoute(app: App, instance: FastifyInstance, line: RouteLine, { authenticate, see }: Callers): void {
  const { method, path: url, permission, route } = line
  const reads = method === 'GET' || route.reads === true
  instance.route({
    method,
    url,
    config: route.config ?? {},
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    schema: {
      summary: route.summary,
      description: [route.description, permission === 'public' ? 'Open to everybody.' : `For ${rolesAllowed[permission].join(', ')}.`].filter(Boolean).join('\n\n'),
      ...(permission === 'public' ? { security: [] } : {}),
      tags: [url.split('/')[3] ?? 'pages'],
      hide: route.page === true,
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.body === undefined ? {} : { body: route.body }),
      ...(route.response === undefined ? {} : { response: { [route.status]: route.response, default: problem } }),
    },
    async onRequest(request) {
      if (permission === 'public') {
        request.actor = { kind: 'public' }
        return
      }
      request.actor = await authenticate(app, request)
      if (request.actor.kind === 'public') throw new AppError('unauthenticated', 401, 'Sign in, or send an API key as Authorization: Bearer <key>.')
      if (request.actor.kind === 'user' && method !== 'GET') assertSameOrigin(app, request)
      if (!rolesAllowed[permission].includes(request.actor.role)) throw forbidden()
    },
    async preValidation(request) {
      request.seer = await see(app, request.actor)
      // A record one may not see is not there, whatever else is wrong with the request.
      if (!reads) await request.seer.guard?.path(line, request.params)
    },
    async handler(request, reply) {
      const { seen, guard } = request.seer
      if (!reads) await guard?.sent(line, request)
      const answer = await route.handler({
        app: reads && !(route.numbers === true && doesMarketing(request.actor)) ? seen : app, seen,
        params: request.params as never, query: request.query as never, body: request.body as never, actor: request.actor, request, reply,
      })
      if (!reads && await guard?.isGone(line, request.params)) return reply.code(204).send()
      if (reply.sent || answer === reply) return reply
      // A handler may have chosen another status, such as 201.
      if (reply.statusCode === 200) reply.code(route.status)
      return answer === undefined ? reply.send() : reply.send(answer)
    },
  })
}

const doesMarketing = (actor: Actor): boolean => actor.kind !== 'public' && rolesAllowed.marketing.includes(actor.role)

/** A browser says where a request comes from: a form on another site must not act for who is signed in here. */
export function assertSameOrigin(app: App, request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return
  const { origin } = request.headers
  if (site === undefined && origin === undefined) return
  if (origin !== undefined && (origin === new URL(app.settings.publicUrl).origin || URL.parse(origin)?.host === request.headers.host)) return
  throw new AppError('other_origin', 403, 'This request came from another site.')
}

const problem = z.object({
  type: z.string(), title: z.string(), status: z.number().int(), detail: z.string(), code: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
}).meta({ id: 'Problem', description: 'RFC 9457 problem details' })

const titles: Record<number, string> = { 400: 'Bad request', 401: 'Not signed in', 403: 'Not allowed', 404: 'Not found', 409: 'Conflict', 413: 'Too large', 415: 'Unsupported media type', 422: 'Not valid', 429: 'Too many requests', 500: 'Internal error', 503: 'Not available' }

function sendProblem(reply: FastifyReply, error: AppError): FastifyReply {
  return reply.code(error.status).type('application/problem+json').serializer(JSON.stringify).send({
    type: `urn:otklik:${error.code}`, title: titles[error.status] ?? 'Error', status: error.status, detail: error.message, code: error.code, errors: error.fieldErrors,
  })
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toAppError(thrown)
  if (error) return sendProblem(reply, error)
  request.log.error({ err: thrown, reference: request.id, route: request.routeOptions.url }, 'a request failed')
  return sendProblem(reply, new AppError('internal', 500, `Something went wrong on our side. The reference ${request.id} is in the log.`))
}

/** undefined: nothing the caller can mend. */
function toAppError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown
  const error = thrown as { code?: string, statusCode?: number, message?: string, validation?: unknown, syscall?: string }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fieldErrors = error.validation.map(each => ({
      field: each.instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body', message: each.message ?? 'is not valid',
    }))
    return new AppError('invalid', 422, fieldErrors.map(each => `${each.field}: ${each.message}`).join('; ').slice(0, 1000), fieldErrors)
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' || error.code === 'FST_REQ_FILE_TOO_LARGE') return new AppError('too_large', 413, 'This is too large. Send it in smaller parts.')
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new AppError('unsupported_media_type', 415, 'Send JSON with Content-Type: application/json.')
  if (isDatabaseAway(error)) return new AppError('database_away', 503, 'The database cannot be reached at this moment. Nothing was changed; try again shortly.')
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500) return new AppError('bad_request', error.statusCode, error.message ?? 'Bad request')
  // A text with a zero byte or a lone surrogate, which PostgreSQL cannot keep.
  if (error.code === '22021' || error.code === '22P05') return new AppError('invalid', 422, 'A text holds a character that cannot be kept (a zero byte or half a surrogate pair). Take it out.')
  return undefined
}

export function isDatabaseAway(thrown: unknown): boolean {
  const { code, message } = thrown as { code?: string, message?: string }
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', '57P01', '57P02', '57P03', '08006', '08001', '08003', '53300', '53100'].includes(code ?? '')
    || /Connection terminated|not currently accepting connections|timeout exceeded when trying to connect|Client has encountered a connection error/.test(message ?? '')
}

/** Paths of the interface are answered by its page; unknown API paths and files by a 404. */
function answerUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const pathname = request.url.split('?')[0] ?? ''
  const isPage = request.method === 'GET' && !/^\/(api|t|u|c|f|assets)\//.test(pathname) && !/\.[a-z0-9]{1,5}$/i.test(pathname)
  const index = path.join(webFolder, 'index.html')
  if (isPage && existsSync(index)) return reply.code(200).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(readFileSync(index))
  return sendProblem(reply, new AppError('not_found', 404, `There is nothing at ${request.method} ${pathname.slice(0, 200)}.`))
}

/** Whether the database answers. */
export async function pingDatabase(app: App): Promise<boolean> {
  await sql`select 1`.execute(app.db)
  return true
}
