import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { z } from 'zod'
import type { App } from './app.ts'

export type StaffRole = 'administrator' | 'marketer' | 'manager' | 'observer'
export type Actor =
  | { kind: 'user', id: number, name: string, role: StaffRole, locale: 'en' | 'ru' }
  | { kind: 'api_key', id: number, name: string, role: StaffRole }
  | { kind: 'public' }

/** What a route asks of who calls it. Enforced before its handler runs. */
export type Permission = 'public' | 'read' | 'contacts' | 'marketing' | 'administer'
export const rolesAllowed: Record<Exclude<Permission, 'public'>, readonly StaffRole[]> = {
  read: ['administrator', 'marketer', 'manager', 'observer'],
  contacts: ['administrator', 'marketer', 'manager'],
  marketing: ['administrator', 'marketer'],
  administer: ['administrator'],
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined
/** `app`: what reads answers with what the caller may see, what writes works on everything. `seen`: always what the caller may see. */
export type RouteContext<P, Q, B> = { app: App, seen: App, params: Output<P>, query: Output<Q>, body: Output<B>, actor: Actor, request: FastifyRequest, reply: FastifyReply }

export type Route = {
  summary: string
  description?: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** the schema of the answer with `status` */
  response?: z.ZodType
  status: number
  config?: RouteShorthandOptions['config'] & { rateLimit?: { max: number, timeWindow: number | string } }
  bodyLimit?: number
  /** a page for people (HTML, a file): left out of the API description */
  page?: boolean
  /** a POST that changes nothing: it is answered with what the caller may see */
  reads?: true
  /** numbers of marketing without anybody's name: whole for the roles that do marketing */
  numbers?: true
  /** changes records of everybody at once: not for whoever sees or may change a part */
  ofEverybody?: true
  // oxlint-disable-next-line typescript/no-explicit-any -- the types meet in `route`, which ties the schemas to the handler
  handler: (context: any) => Promise<unknown> | unknown
}

/** Ties the schemas of a route to what its handler gets. `status` defaults to 200, or 204 without a response schema. */
export function route<P extends z.ZodType | undefined = undefined, Q extends z.ZodType | undefined = undefined, B extends z.ZodType | undefined = undefined>(definition: {
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  response?: z.ZodType
  status?: number
  config?: Route['config']
  bodyLimit?: number
  page?: boolean
  reads?: true
  numbers?: true
  ofEverybody?: true
  handler: (context: RouteContext<P, Q, B>) => Promise<unknown> | unknown
}): Route {
  return { ...definition, status: definition.status ?? (definition.response || definition.page ? 200 : 204) } as Route
}

/** What whoever calls may see, and what keeps them from changing the rest; no guard: they see everything. */
export type Seer = {
  seen: App
  guard: {
    /** throws 404 when the path names a record the caller may not see */
    path: (line: RouteLine, params: unknown) => Promise<void>
    /** throws 404 when what was sent names one, 403 for a field they may not change */
    sent: (line: RouteLine, sent: { params: unknown, query: unknown, body: unknown }) => Promise<void>
    /** the caller does not see the record of the path any more: given away, or erased */
    isGone: (line: RouteLine, params: unknown) => Promise<boolean>
  } | null
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type RouteLine = { method: Method, path: string, permission: Permission, route: Route }
const line = (method: Method) => (path: string, permission: Permission, definition: Route): RouteLine => ({ method, path, permission, route: definition })
export const get = line('GET')
export const post = line('POST')
export const put = line('PUT')
export const patch = line('PATCH')
export const del = line('DELETE')
