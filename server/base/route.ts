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
export type RouteContext<P, Q, B> = { app: App, params: Output<P>, query: Output<Q>, body: Output<B>, actor: Actor, request: FastifyRequest, reply: FastifyReply }

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
  handler: (context: RouteContext<P, Q, B>) => Promise<unknown> | unknown
}): Route {
  return { ...definition, status: definition.status ?? (definition.response || definition.page ? 200 : 204) } as Route
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type RouteLine = { method: Method, path: string, permission: Permission, route: Route }
const line = (method: Method) => (path: string, permission: Permission, definition: Route): RouteLine => ({ method, path, permission, route: definition })
export const get = line('GET')
export const post = line('POST')
export const put = line('PUT')
export const patch = line('PATCH')
export const del = line('DELETE')
