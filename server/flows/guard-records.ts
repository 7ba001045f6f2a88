import { guardedFields, recordKinds, type RoleRights } from '../../shared/rights.ts'
import type { App } from '../base/app.ts'
import { AppError, invalid, notFound } from '../base/errors.ts'
import { readableIds } from '../base/narrowed-app.ts'
import type { Actor, RouteLine, Seer } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts, type Reference } from '../contacts/find-contacts.sql.ts'
import { standingContacts } from '../contacts/merged-contacts.sql.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import { see } from '../staff/see.ts'

/**
 * Who calls sees what their role sees; before they change something, every record the path and the body name is looked
 * for among that. A record they may not see is a record there is not: 404, and nothing is changed.
 */
export async function seeAndGuard(app: App, actor: Actor): Promise<Seer> {
  const { seen, rights } = await see(app, actor)
  if (rights === null) return { seen, guard: null }
  return {
    seen,
    guard: {
      path: (line, params) => assertSeen(seen, recordsOfPath(line, params)),
      async sent(line, { params, query, body }) {
        assertFields(line, body, rights)
        await assertSeen(seen, recordsOf(line, [query, body]))
        await assertReferences(app, seen, [params, body])
      },
      async isGone(line, params) {
        const [own] = recordsOfPath(line, params)
        return own !== undefined && !await isSeen(seen, own.table, own.id)
      },
    },
  }
}

type Named = { table: string, id: number }

/** `/api/v1/deals/:id/…` names a deal, `:conversation_id` a conversation. */
function recordsOfPath({ path }: RouteLine, params: unknown): Named[] {
  const parts = path.split('/')
  return Object.entries((params ?? {}) as Record<string, unknown>).flatMap(([name, value]) => {
    if (!/^\d{1,15}$/.test(String(value))) return []
    const said = name === 'id' ? parts[parts.indexOf(':id') - 1]!.replaceAll('-', '_') : name
    const table = meaning[said] ?? (name === 'id' ? said : tableOf(name))
    return table === undefined || !hasOwnRows.has(table) ? [] : [{ table, id: Number(value) }]
  })
}

/** Names that say nothing of the kind of record they are of. */
const meaning: Record<string, string> = { differences: 'contacts', other_id: 'contacts' }

/** Records by their own number that a role may not see all of. */
const hasOwnRows = new Set<string>([...recordKinds, 'imports', 'bulk_actions', 'inbound_mails', 'conversations', 'enrolments', 'merges', 'webhook_calls', 'test_mails'])

/** contact_id, contact_ids, contact, contacts → contacts; other names are of no record. */
function tableOf(name: string): string | undefined {
  const kind = name.replace(/_ids?$/, '')
  const table = hasOwnRows.has(kind) ? kind : kind === 'company' ? 'companies' : `${kind}s`
  return hasOwnRows.has(table) ? table : undefined
}

function recordsOf({ path }: RouteLine, sent: unknown): Named[] {
  const found: Named[] = []
  const collection = path.split('/')[3]!.replaceAll('-', '_')
  const add = (table: string | undefined, value: unknown) => {
    if (table === undefined) return
    for (const id of Array.isArray(value) ? value : [value]) if (typeof id === 'number') found.push({ table, id })
  }
  walk(sent, (name, value, of) => {
    add(tableOf(name), value)
    if (name === 'ids' && hasOwnRows.has(collection)) add(collection, value)
    if (name === 'from' && path.endsWith('/merges')) add('contacts', value)
    if (name === 'id') add(tableOf(of), value)
  })
  return found
}

/** Every value of a body by its name, and the name of what it stands in. */
function walk(value: unknown, visit: (name: string, value: unknown, of: string) => void, of = '', depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > 6) return
  if (Array.isArray(value)) {
    for (const each of value) walk(each, visit, of, depth + 1)
    return
  }
  for (const [name, own] of Object.entries(value)) {
    visit(name, own, of)
    walk(own, visit, name, depth + 1)
  }
}

async function isSeen(seen: App, table: string, id: number): Promise<boolean> {
  const standing = table === 'contacts' ? (await standingContacts(seen.db, [id])).get(id) ?? id : id
  return (await readableIds(seen.db, table, [standing])).has(standing)
}

async function assertSeen(seen: App, records: Named[]): Promise<void> {
  for (const [table, named] of Map.groupBy(records, each => each.table)) {
    const ids = [...new Set(named.map(each => each.id))]
    const there = await readableIds(seen.db, table, ids)
    for (const id of ids) if (!there.has(id) && !await isSeen(seen, table, id)) throw notFound(table === 'companies' ? 'company' : table.slice(0, -1).replaceAll('_', ' '))
  }
}

/** A person named by address, phone or number in another system: one the caller may not see is not changed by the back door. */
async function assertReferences(app: App, seen: App, values: unknown[]): Promise<void> {
  const { phone_country } = await readCompany(app.db)
  const normalise = { email: normaliseEmail, phone: (text: string) => normalisePhone(text, phone_country), external_id: normaliseExternalId }
  const references: Reference[] = []
  walk(values, (name, value) => {
    const key = name === 'emails' ? 'email' : name
    if (!Object.hasOwn(normalise, key)) return
    for (const each of Array.isArray(value) ? value : [value]) if (typeof each === 'string') references.push({ [key]: normalise[key as keyof typeof normalise](each) })
  })
  const known = (await findContacts(app.db, references)).filter(id => id !== null)
  const there = await readableIds(seen.db, 'contacts', known)
  if (known.some(id => !there.has(id))) throw new AppError('not_yours', 409, 'A contact with this email, phone or external id is there already, and your role does not see it. Ask whoever looks after it, or an administrator.')
}

const contactPaths = new Set(['/api/v1/contacts', '/api/v1/contacts/batch', '/api/v1/contacts/:id', '/api/v1/leads/:id/conversion'])

/** 403 that names the field. */
function assertFields({ path, method, route }: RouteLine, body: unknown, rights: RoleRights): void {
  if (route.ofEverybody && (recordKinds.some(kind => rights[kind] !== 'all') || Object.values(rights.fields).some(access => access !== 'edit'))) {
    throw new AppError('needs_all', 403, 'This changes records of everybody, and your role sees or may change a part of them. Ask an administrator.')
  }
  walk(body, (name, value) => {
    if (name === 'field' && typeof value === 'string' && rights.fields[value] === 'hidden') throw invalid([{ field: name, message: `there is no field "${value}"` }])
  })
  if (method === 'DELETE') return
  const refused = new Set<string>()
  const collection = path.split('/')[3]!
  const prefix = collection === 'companies' ? 'company.' : collection === 'deals' ? 'deal.' : ''
  walk(body, (name, value, of) => {
    const isCustom = of === 'fields' && (prefix !== '' || contactPaths.has(path))
    const field = isCustom ? `${prefix}fields.${name}`
      : contactPaths.has(path) && (guardedFields as readonly string[]).includes(name) ? name
        : path === '/api/v1/bulk-actions' && name === 'field' ? String(value) : null
    if (field !== null && (rights.fields[field] ?? 'edit') !== 'edit') refused.add(field)
  })
  if (refused.size > 0) throw new AppError('forbidden', 403, `Your role may not change this: ${[...refused].join(', ')}.`, [...refused].map(field => ({ field, message: 'your role may not change this field' })))
}
