import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { client, runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { one, rows, sql } from '../../server/base/db.ts'
import { rolesAllowed, type RouteLine, type StaffRole } from '../../server/base/route.ts'
import { graphOf } from '../journeys.ts'
import { makeAudience } from '../mailing.ts'
import { writeCompany } from '../../server/company/company.sql.ts'
import { rebuildSeenViews } from '../../server/staff/rights.sql.ts'
import { routes } from '../../server/routes.ts'
import { recordKinds, seesAll, type RoleRights } from '../../shared/rights.ts'

/** In everything that is somebody else's, whatever the field. */
const secret = 'zyxsecret'
const phone = '+79161230987'
const betrayed = (text: string) => text.toLowerCase().includes(secret) || text.includes(phone.slice(2))

let t: TestApp
let admin: Client
const people: Record<string, { id: number, client: Client, headers: Record<string, string> }> = {}
const foreign: Record<string, number> = {}
let mine: number
let mineTask: number

beforeAll(async () => {
  t = await testApp({ logLevel: process.env['RIGHTS_SHOW'] ? 'error' : 'fatal' })
  await writeCompany(t.db, { name: 'Shop', currency: 'EUR', phone_country: 'RU' })
  admin = await t.as('administrator')
  for (const [name, role] of [['alla', 'manager'], ['boris', 'manager'], ['vera', 'manager'], ['mark', 'marketer'], ['olga', 'observer']] as const) people[name] = await signedIn(name, role)
  await admin.post('/api/v1/teams', { name: 'Moscow', member_ids: [people['alla']!.id, people['vera']!.id], lead_id: null })
  await makeWorld()
})
afterAll(() => t.close())

async function signedIn(name: string, role: StaffRole): Promise<{ id: number, client: Client, headers: Record<string, string> }> {
  const made = await admin.post('/api/v1/users', { name, email: `${name}@staff.example`, role, password: 'correct horse' })
  const session = await (await t.as(null)).post('/api/v1/session', { email: `${name}@staff.example`, password: 'correct horse' })
  const headers = { cookie: session.headers.getSetCookie().map(each => each.split(';')[0]).join('; ') }
  return { id: made.body.id, client: client(t.url, headers), headers }
}

const ok = async (call: Promise<{ status: number, body: unknown, text: string }>) => {
  const answer = await call
  if (answer.status >= 300) throw new Error(answer.text)
  return answer.body as { id: number }
}

/** A contact of Boris with everything that can hang on one, and one of Alla. */
async function makeWorld(): Promise<void> {
  await ok(admin.post('/api/v1/custom-fields', { key: 'size', label: 'Size', kind: 'text' }))
  await ok(admin.post('/api/v1/pipelines', { name: 'Sales', stages: [{ name: 'New', kind: 'open' }, { name: 'Won', kind: 'won' }, { name: 'Lost', kind: 'lost' }] }).then(answer => answer.status === 422 ? admin.get('/api/v1/pipelines') : answer))
  const owner_id = people['boris']!.id
  foreign['contacts'] = (await ok(admin.put('/api/v1/contacts', { email: `${secret}@example.com`, phone, external_id: `${secret}-1`, first_name: secret, last_name: secret, company: `${secret} Ltd`, city: secret, fields: { size: secret }, owner_id }))).id
  mine = (await ok(admin.put('/api/v1/contacts', { email: 'mine@example.com', phone: '+79160000001', first_name: 'Mine', owner_id: people['alla']!.id, fields: { size: 'mine' } }))).id
  foreign['companies'] = (await one<{ id: number }>(t.db, sql`update companies set owner_id = ${owner_id} returning id`)).id
  const contact_id = foreign['contacts']
  foreign['deals'] = (await ok(admin.post('/api/v1/deals', { contact_id, title: secret, amount: 10, owner_id }))).id
  foreign['leads'] = (await ok(admin.post('/api/v1/leads', { contact_id, source_label: secret, owner_id, labels: [secret] }))).id
  foreign['tasks'] = (await ok(admin.post('/api/v1/tasks', { contact_id, title: secret, due_at: null, owner_id, deal_id: null }))).id
  mineTask = (await ok(admin.post('/api/v1/tasks', { contact_id: mine, title: 'mine', due_at: null, owner_id: people['alla']!.id, deal_id: null }))).id
  await ok(admin.post('/api/v1/events', { events: [{ type: 'app.note', contact: { id: contact_id }, properties: { note: secret } }, { type: 'order.placed', contact: { id: contact_id }, properties: { order_id: secret, amount: 5, currency: 'EUR', items: [{ sku: 'a', name: 'Kettle', price: 5, quantity: 1 }] } }] }))
  const audience = await makeAudience(t.db, 1, '<p>{{ contact.first_name }} {{ contact.phone }}</p>')
  await ok(admin.post(`/api/v1/contacts/${contact_id}/consents`, { topic_id: audience.topic, action: 'granted', wording: secret }))
  await ok(admin.post('/api/v1/suppressions', { emails: [`${secret}@example.com`], detail: secret }))
  const journey = await ok(admin.post('/api/v1/journeys', { name: 'Journey', draft: graphOf({ start: { kind: 'wait', duration: { amount: 1, unit: 'days' }, next: null } }) }))
  await ok(admin.post(`/api/v1/journeys/${journey.id}/activation`))
  await ok(admin.post('/api/v1/campaigns', { name: 'Campaign', segment_id: audience.segment, topic_id: audience.topic, template_id: audience.template }))
  await ok(admin.post('/api/v1/coupon-pools', { name: 'Pool', kind: 'pattern', pattern: 'TEA-********', valid_days: null }))
  await ok(admin.post(`/api/v1/contacts/${contact_id}/tags`, { name: 'wholesale' }))
  await sql`insert into bulk_actions (kind, action, state, total, created_at, created_by) values ('silent', 'tag', 'done', 1, now(), ${owner_id})`.execute(t.db)
  await runUntilIdle(t)
  await sql`insert into imports (name, file_name, file_size, encoding, delimiter, has_header, created_by, state) values (${secret}, ${secret}, 1, 'utf-8', ',', true, ${owner_id}, 'done')`.execute(t.db)
  await fillEverything(contact_id)
  await runUntilIdle(t, ['process-events'])
}

/** A row with the secret for the contact in every table that has to do with contacts, as far as the table lets one be made up. */
async function fillEverything(contact: number): Promise<void> {
  type Column = { table: string, column: string, type: string, required: boolean, has_default: boolean, is_link: boolean, refers: string | null, allowed: string | null }
  const columns = await rows<Column>(t.db, sql`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, a.attnotnull as required, a.atthasdef or a.attidentity <> '' as has_default,
      a.attname ~ '(^|_)contact_id(_|$)' or a.attname in ('into_id', 'other_id') or a.attname = 'import_id' and c.relname like 'import%' as is_link,
      (select k.confrelid::regclass::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = k.conkey[cardinality(k.conkey)] limit 1) as refers,
      (select substring(pg_get_constraintdef(k.oid) from a.attname || ' = (?:ANY [(]ARRAY[[])?''([^'']+)''') from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any(k.conkey) and pg_get_constraintdef(k.oid) ~ (a.attname || ' = (ANY|'')') limit 1) as allowed
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.oid, a.attnum`)
  const quoted = (text: string) => `'${text.replaceAll('\'', '\'\'')}'`
  const made = ({ table, column, type, required, has_default, is_link, refers, allowed }: Column): string | null => {
    if (column === 'import_id') return '(select max(id) from imports)'
    if (is_link) return String(contact)
    if (refers !== null) return `(select max(id) from ${refers})`
    if (allowed !== null) return quoted(allowed)
    if (column === 'currency') return quoted('EUR')
    if (!required && /^(kind|outcome|state|held_because)$/.test(column)) return null
    if (type === 'text') return quoted(column.includes('email') ? `${secret}@example.com` : secret)
    if (column === 'step_key') return quoted('start')
    if (type === 'jsonb' && /^(reasons|because)$/.test(column)) return required ? quoted('[]') : null
    if (type === 'jsonb') return quoted(JSON.stringify({ email: `${secret}@example.com`, title: secret, fields: { size: secret } }))
    if (type === 'bytea') return `convert_to(${quoted(`Subject: ${secret}`)}, 'utf8')`
    if (type === 'text[]') return quoted(`{${secret}}`)
    if (has_default || !required && !type.startsWith('timestamp')) return null
    if (type.startsWith('timestamp') || type === 'date') return table === 'events' || required || column.includes('sent') ? 'now()' : null
    return type === 'uuid' ? 'gen_random_uuid()' : type === 'boolean' ? 'false' : '1'
  }
  const strangers = new Set(['contacts', 'contact_identities', 'merged_contacts', 'imports', 'leads', 'deals', 'tasks'])
  for (const [table, own] of Map.groupBy(columns, each => each.table)) {
    if (strangers.has(table) || !own.some(each => each.is_link)) continue
    const values = own.map(each => [each.column, made(each)] as const).filter(([, value]) => value !== null)
    await sql.raw(`insert into ${table} (${values.map(([column]) => `"${column}"`).join(', ')}) values (${values.map(([, value]) => value).join(', ')})`).execute(t.db).catch((error: Error) => { if (process.env['RIGHTS_SHOW']) console.log(table, error.message) })
  }
}

const setRights = async (role: RoleRights['role'], rights: Partial<RoleRights>) => ok(admin.put(`/api/v1/rights/${role}`, { ...seesAll, ...rights }))
const ownOnly = Object.fromEntries(recordKinds.map(kind => [kind, 'own'])) as Pick<RoleRights, typeof recordKinds[number]>

// ── every route ──────────────────────────────────────────────────────────────────────────────────────

/** The path with numbers of foreign records, or of what there is. */
async function pathOf({ path }: RouteLine): Promise<string> {
  const parts = path.split('/')
  const filled = await Promise.all(parts.map(async (part, place) => {
    if (!part.startsWith(':')) return part
    if (part === ':kind') return (await one<{ kind: string }>(t.db, sql`select kind from hygiene_members limit 1`)).kind
    if (part === ':email') return `${secret}@example.com`
    const table = part === ':id' ? parts[place - 1]!.replaceAll('-', '_') : `${part.slice(1).replace(/_id$/, '')}s`
    if (table in foreign) return String(foreign[table])
    const found = await rows<{ id: number }>(t.db, sql`select max(id) as id from ${sql.table(table)}`).catch(() => [])
    return String(found[0]?.id ?? 1)
  }))
  return filled.join('/')
}

type Property = { enum?: unknown[], anyOf?: Property[], const?: unknown }
/** Ways to ask a list: nothing said, each choice of each filter, and the filters that could lead to the foreign contact. */
function queriesOf({ route }: RouteLine): string[] {
  if (route.query === undefined) return ['']
  const { properties = {}, required = [] } = z.toJSONSchema(route.query, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, Property>, required?: string[] }
  const known: Record<string, string> = {
    q: secret, search: secret, contact: String(foreign['contacts']), contact_id: String(foreign['contacts']), owner: String(people['boris']!.id), owner_id: String(people['boris']!.id), segment: '1', email: `${secret}@example.com`,
    filter: JSON.stringify({ field: 'first_name', operator: 'is', value: secret }), topics: 'contacts', step: 'start', finding: '1', day: '2026-01-01', columns: 'email,phone,first_name',
  }
  const choices = (property: Property): unknown[] => [...property.enum ?? [], ...(property.const === undefined ? [] : [property.const]), ...(property.anyOf ?? []).flatMap(choices)]
  const base = new Map(Object.entries(properties).filter(([name]) => required.includes(name)).map(([name, property]) => [name, String(known[name] ?? choices(property)[0] ?? '1')]))
  const asked = (extra: Record<string, string>) => `?${new URLSearchParams({ ...Object.fromEntries(base), ...extra })}`
  return [...new Set([asked({}), ...Object.entries(properties).flatMap(([name, property]) => [
    ...choices(property).map(value => asked({ [name]: String(value) })),
    ...(name in known ? [asked({ [name]: known[name]! })] : []),
  ])])]
}

async function inParallel(lines: RouteLine[], each: (line: RouteLine) => Promise<void>): Promise<void> {
  const left = [...lines]
  await Promise.all(Array.from({ length: 5 }, async () => {
    for (let line = left.shift(); line !== undefined; line = left.shift()) await each(line)
  }))
}

const open = (line: RouteLine) => line.permission === 'public' || line.path === '/api/v1/live'
const allows = (line: RouteLine, role: StaffRole) => line.permission === 'public' || rolesAllowed[line.permission].includes(role)
const named = (line: RouteLine) => `${line.method} ${line.path}`
const namesForeign = ({ path }: RouteLine) => Object.keys(foreign).some(table => path.startsWith(`/api/v1/${table}/:id`))
const broken = { status: 599, body: null, text: 'the answer broke off', headers: new Headers() }
const read = (who: Client, path: string) => who.get(path).catch(() => broken)
const call = (who: Client, line: RouteLine, path: string, body?: unknown) => line.method === 'GET' ? read(who, path) : who[line.method.toLowerCase() as 'post'](path, body)

test('every route answers every role, and nobody, as its permission says', async () => {
  const callers = [[null, await t.as(null)], ...await Promise.all((['observer', 'manager', 'marketer', 'administrator'] as const).map(async role => [role, await t.as(role)] as const))] as [StaffRole | null, Client][]
  // A key is nobody who could have a profile or notifications.
  const notForKeys = new Set(['PATCH /api/v1/profile', 'POST /api/v1/notifications/reading', 'GET /api/v1/calendar-feed', 'POST /api/v1/calendar-feed', 'DELETE /api/v1/calendar-feed', 'PUT /api/v1/views/:id/place'])
  const wrong: string[] = []
  for (const line of routes.filter(each => !open(each))) {
    const path = line.path.replaceAll(/:[a-z_]+/g, '999999999')
    await Promise.all(callers.map(async ([role, who]) => {
      if (role === 'administrator' && line.method !== 'GET' && line.path === '/api/v1/users/:id') return
      const { status } = await call(who, line, path, line.method === 'GET' || line.method === 'DELETE' ? undefined : {})
      const expected = role === null ? status === 401 : allows(line, role) ? status < 500 && status !== 401 && (status !== 403 || notForKeys.has(named(line))) : status === 403
      if (!expected) wrong.push(`${named(line)} as ${role}: ${status}`)
    }))
  }
  expect(wrong).toEqual([])
})

describe('whoever sees their own', () => {
  beforeAll(async () => {
    for (const role of ['manager', 'marketer', 'observer'] as const) await setRights(role, { ...ownOnly, sees_unowned: false })
  })

  test('finds nothing of somebody else\'s behind any route that reads, whatever is asked', async () => {
    const wrong: string[] = []
    const told = new Set<string>()
    const ask = async (line: RouteLine) => {
      const path = await pathOf(line)
      for (const [place, query] of queriesOf(line).entries()) {
        if (betrayed((await read(admin, path + query)).text)) told.add(named(line))
        // Views of roles are made by one rule: the manager is asked everything, the others what they may beyond that and what is not asked for.
        for (const [name, role] of [['alla', 'manager'], ['mark', 'marketer'], ['olga', 'observer']] as const) {
          if (!allows(line, role) || name !== 'alla' && place > 0 && allows(line, 'manager')) continue
          const answer = await read(people[name]!.client, path + query)
          // What was asked may be repeated in the words of a refusal.
          if (answer.status >= 500 || answer.status < 300 && betrayed(answer.text)) wrong.push(`${named(line)} ${query} for ${name}: ${answer.status} ${answer.text.slice(0, 300)}`)
          else if (namesForeign(line) && answer.status !== 404 && !(answer.status === 200 && answer.body?.data?.length === 0)) wrong.push(`${named(line)} for ${name}: ${answer.status} where there should be none`)
        }
      }
    }
    await inParallel(routes.filter(each => each.method === 'GET' && !open(each)), ask)
    if (process.env['RIGHTS_SHOW']) console.log([...told].join('\n'))
    expect(wrong).toEqual([])
    // Or nothing was proved: to an administrator all of these tell it.
    expect(told.size).toBeGreaterThan(40)
  })

  test('changes nothing of somebody else\'s by any route that writes', async () => {
    const before = await everythingOfBoris()
    const wrong: string[] = []
    const asked = new Set<string>()
    for (const line of routes.filter(each => each.method !== 'GET' && !open(each) && !each.route.reads && allows(each, 'marketer'))) {
      const { client: who } = allows(line, 'manager') ? people['alla']! : people['mark']!
      const bodies = writes[named(line)]
      if (bodies === undefined && !namesForeign(line)) {
        wrong.push(`${named(line)}: say in this test with what it would change a record of a person, or that it changes none`)
        continue
      }
      asked.add(named(line))
      for (const body of bodies === undefined ? [{}] : await bodies()) {
        const { path = await pathOf(line), status = 404, ...sent } = body as { path?: string, status?: number }
        const answer = await call(who, line, path, line.method === 'DELETE' && Object.keys(sent).length === 0 ? undefined : sent)
        if (answer.status !== status || betrayed(answer.text)) wrong.push(`${named(line)} ${JSON.stringify(sent)}: ${answer.status} ${answer.text.slice(0, 200)}`)
      }
    }
    expect(wrong).toEqual([])
    expect(Object.keys(writes).filter(line => !asked.has(line))).toEqual([])
    await runUntilIdle(t, ['process-events'])
    expect(await everythingOfBoris()).toEqual(before)
  })
})

/** The bodies by which a route could reach a record of somebody else: answered by 404, or as `status` says. An empty list: it changes no record of a person. */
const nothing = async () => []
const writes: Record<string, () => Promise<object[]>> = {
  ...Object.fromEntries([
    'PATCH /api/v1/profile', 'POST /api/v1/segments', 'PUT /api/v1/segments/:id', 'DELETE /api/v1/segments/:id', 'DELETE /api/v1/segments/:id/archiving', 'POST /api/v1/segments/:id/recomputation',
    'POST /api/v1/features/computation', 'POST /api/v1/topics', 'PATCH /api/v1/topics/:id', 'POST /api/v1/forms', 'PUT /api/v1/forms/:id', 'DELETE /api/v1/forms/:id',
    'POST /api/v1/campaigns', 'PATCH /api/v1/campaigns/:id', 'DELETE /api/v1/campaigns/:id', 'POST /api/v1/campaigns/:id/content-check', 'POST /api/v1/campaigns/:id/mail-check', 'DELETE /api/v1/campaigns/:id/mail-check',
    'POST /api/v1/campaigns/:id/sending', 'DELETE /api/v1/campaigns/:id/sending', 'POST /api/v1/campaigns/:id/stage', 'POST /api/v1/campaigns/:id/cancellation', 'POST /api/v1/campaigns/:id/rest',
    'DELETE /api/v1/placement-tests/:id', 'PATCH /api/v1/hygiene/settings', 'POST /api/v1/hygiene/count', 'POST /api/v1/dmarc-reports', 'DELETE /api/v1/test-mails',
    'POST /api/v1/templates', 'POST /api/v1/mail-files', 'DELETE /api/v1/mail-files/unused', 'DELETE /api/v1/mail-files/:id', 'PATCH /api/v1/templates/:id', 'PUT /api/v1/templates/:id/archiving', 'DELETE /api/v1/templates/:id/archiving',
    'POST /api/v1/journeys', 'POST /api/v1/ready-made-journeys/:key', 'PUT /api/v1/journeys/:id', 'DELETE /api/v1/journeys/:id', 'POST /api/v1/journeys/:id/copies', 'POST /api/v1/journeys/:id/activation', 'DELETE /api/v1/journeys/:id/activation',
    'POST /api/v1/journeys/:id/publication', 'POST /api/v1/journeys/:id/dry-run', 'DELETE /api/v1/journeys/:id/dry-run', 'POST /api/v1/journeys/:id/rest', 'POST /api/v1/journeys/:id/segment-enrolments', 'POST /api/v1/journeys/:id/retrials',
    'POST /api/v1/companies', 'POST /api/v1/data-quality/count', 'POST /api/v1/snippets', 'PUT /api/v1/snippets/:id', 'DELETE /api/v1/snippets/:id', 'POST /api/v1/tags', 'PATCH /api/v1/tags/:id', 'DELETE /api/v1/tags/:id', 'POST /api/v1/custom-fields', 'PATCH /api/v1/custom-fields/:id',
    'POST /api/v1/coupon-pools', 'PATCH /api/v1/coupon-pools/:id', 'POST /api/v1/coupon-pools/:id/codes', 'POST /api/v1/webhook-samples', 'POST /api/v1/notifications/reading', 'POST /api/v1/tasks/readings', 'POST /api/v1/views', 'PATCH /api/v1/views/:id', 'DELETE /api/v1/views/:id', 'PUT /api/v1/views/:id/place', 'POST /api/v1/calendar-feed', 'DELETE /api/v1/calendar-feed', 'POST /api/v1/duplicates/check',
    'POST /api/v1/data-map/rules', 'PATCH /api/v1/data-map/rules/:id', 'DELETE /api/v1/data-map/rules/:id', 'PATCH /api/v1/import-mappings/:id', 'DELETE /api/v1/import-mappings/:id',
  ].map(line => [line, nothing])),
  'PUT /api/v1/segments/:id/members': async () => [{ contacts: [foreign['contacts']] }, { contacts: [{ email: `${secret}@example.com` }], status: 409 }],
  'DELETE /api/v1/segments/:id/members': async () => [{ contacts: [foreign['contacts']] }],
  'POST /api/v1/suppressions': async () => [{ emails: [`${secret}@example.com`], status: 409 }],
  'DELETE /api/v1/suppressions/:email': async () => [{ status: 409 }],
  'POST /api/v1/imports': async () => [{ status: 403 }],
  'PUT /api/v1/imports/:id': async () => [{}],
  'DELETE /api/v1/imports/:id': async () => [{}],
  'POST /api/v1/imports/:id/run': async () => [{}],
  'POST /api/v1/imports/:id/estimate': async () => [{}],
  'DELETE /api/v1/imports/:id/run': async () => [{}],
  'POST /api/v1/imports/:id/reversal': async () => [{}],
  'POST /api/v1/placement-tests': async () => [{ template_id: 1, contact_id: foreign['contacts'], mailbox_ids: [1] }],
  'POST /api/v1/hygiene/groups/:kind/actions': async () => [{ action: 'tag', tag: 'x', status: 403 }],
  'POST /api/v1/duplicates/differences': async () => [{ contacts: [mine, foreign['contacts']] }],
  'DELETE /api/v1/duplicates/differences/:id/:other_id': async () => [{ path: `/api/v1/duplicates/differences/${mine}/${foreign['contacts']}` }, { path: `/api/v1/duplicates/differences/${foreign['contacts']}/${mine}` }],
  'POST /api/v1/duplicates/merging': async () => [{ status: 403 }],
  'POST /api/v1/companies/:id/merges': async () => [{ company_id: foreign['companies'] }],
  'POST /api/v1/company-merges/:id/undo': async () => [{ status: 403 }],
  'POST /api/v1/company-duplicates/differences': async () => [{ company_ids: [foreign['companies'], foreign['companies']], status: 403 }],
  'DELETE /api/v1/company-duplicates/differences/:company_id/:other_company_id': async () => [{}],
  'POST /api/v1/duplicates/merging/:id/reversal': async () => [{ status: 403 }],
  'POST /api/v1/exports/:id/stop': async () => [{}],
  'POST /api/v1/exports': nothing,
  'POST /api/v1/bulk-actions': async () => [{ action: 'tag', tag: 'x', contact_ids: [foreign['contacts']] }],
  'POST /api/v1/bulk-actions/:id/stop': async () => [{}],
  'POST /api/v1/bulk-actions/:id/reversal': async () => [{}],
  'POST /api/v1/inbound-mails/:id/acceptance': async () => [{}],
  'DELETE /api/v1/inbound-mails/:id/acceptance': async () => [{}],
  'POST /api/v1/templates/:id/test-messages': async () => [{ email: 'me@staff.example', contact_id: foreign['contacts'] }],
  'POST /api/v1/journeys/:id/enrolments': async () => [{ contacts: [foreign['contacts']] }, { contacts: [{ phone }], status: 409 }],
  'DELETE /api/v1/journeys/:id/enrolments/:enrolment_id': async () => [{ path: `${await enrolmentPath()}?contact_id=${foreign['contacts']}` }],
  'POST /api/v1/journeys/:id/enrolments/:enrolment_id/retrial': async () => [{ path: `${await enrolmentPath()}/retrial?contact_id=${foreign['contacts']}` }],
  'PUT /api/v1/journeys/:id/enrolments/:enrolment_id/step': async () => [{ path: `${await enrolmentPath()}/step?contact_id=${foreign['contacts']}`, step: 'start' }],
  'POST /api/v1/journeys/:id/test-runs': async () => [{ contact_ids: [foreign['contacts']] }],
  'PUT /api/v1/contacts': async () => [{ email: `${secret}@example.com`, first_name: 'Taken', status: 409 }, { external_id: `${secret}-1`, status: 409 }],
  'POST /api/v1/contacts/batch': async () => [{ contacts: [{ id: foreign['contacts'], first_name: 'Taken' }] }, { contacts: [{ phone, first_name: 'Taken' }], status: 409 }],
  'POST /api/v1/contacts/:id/merges': async () => [{ from: [mine] }, { path: `/api/v1/contacts/${mine}/merges`, from: [foreign['contacts']] }],
  'POST /api/v1/merges/:id/undo': async () => [{}],
  'POST /api/v1/events': async () => [{ events: [{ type: 'app.note', contact: { id: foreign['contacts'] } }] }, { events: [{ type: 'app.note', contact: { email: `${secret}@example.com` } }], status: 409 }],
  'POST /api/v1/deals': async () => [{ contact_id: foreign['contacts'], title: 'Taken' }],
  'POST /api/v1/deals/batch': async () => [{ source: 'crm', deals: [{ external_id: '1', title: 'x' }], status: 403 }],
  'POST /api/v1/coupons': async () => [{ pool_id: 1, contact: { id: foreign['contacts'] } }, { pool_id: 1, contact: { phone }, status: 409 }],
  'POST /api/v1/webhook-calls/:id/retrial': async () => [{}],
  'POST /api/v1/leads': async () => [{ contact_id: foreign['contacts'], source_label: 'x' }, { contact: { email: `${secret}@example.com` }, source_label: 'x', status: 409 }],
  'POST /api/v1/leads/routing': async () => [{ ids: [foreign['leads']] }],
  'POST /api/v1/leads/changes': async () => [{ leads: [{ id: foreign['leads'], status: 'in_work' }] }],
  'POST /api/v1/tasks/changes': async () => [{ tasks: [{ id: foreign['tasks'], done: true }] }],
  'POST /api/v1/tasks': async () => [{ contact_id: foreign['contacts'], title: 'Taken', due_at: null, deal_id: null }],
}

const enrolmentPath = async () => `/api/v1/journeys/1/enrolments/${(await one<{ id: number }>(t.db, sql`select max(id) as id from enrolments`)).id}`

/** All rows that hang on the contact of Boris. */
async function everythingOfBoris(): Promise<Record<string, unknown>> {
  const tables = (await rows<{ name: string }>(t.db, sql`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'contact_id'`)).map(row => row.name)
  const hung = await Promise.all(tables.map(async table => [table, await rows(t.db, sql`select to_jsonb(own) as row from ${sql.table(table)} own where contact_id = ${foreign['contacts']!} order by to_jsonb(own)::text`)] as const))
  return { ...Object.fromEntries(hung), contacts: await rows(t.db, sql`select * from contacts where id = ${foreign['contacts']!}`), suppressions: await rows(t.db, sql`select * from suppressions`) }
}

// ── whose records, which fields ──────────────────────────────────────────────────────────────────────

const ids = async (who: string, path: string) => (await people[who]!.client.get(path)).body.data.map((row: { id: number }) => row.id)

test('own, team and all; with a task of one\'s own comes its contact; what nobody owns is a choice', async () => {
  const nobodys = (await ok(admin.put('/api/v1/contacts', { email: 'nobody@example.com', first_name: 'Nobody' }))).id
  const veras = (await ok(admin.put('/api/v1/contacts', { email: 'vera@example.com', first_name: 'Veras', owner_id: people['vera']!.id }))).id
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  expect(await ids('alla', '/api/v1/contacts')).toEqual([mine])
  await setRights('manager', { ...ownOnly, contacts: 'team', sees_unowned: false })
  expect((await ids('alla', '/api/v1/contacts')).toSorted()).toEqual([mine, veras].toSorted())
  await setRights('manager', { ...ownOnly, sees_unowned: true })
  expect(await ids('alla', '/api/v1/contacts')).toEqual(expect.arrayContaining([mine, nobodys]))
  expect(await ids('alla', '/api/v1/contacts')).not.toContain(veras)
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  await ok(admin.post('/api/v1/tasks', { contact_id: veras, title: 'call', due_at: null, owner_id: people['alla']!.id, deal_id: null }))
  expect((await ids('alla', '/api/v1/contacts')).toSorted()).toEqual([mine, veras].toSorted())
  await setRights('manager', { tasks: 'own' })
  expect(await ids('alla', '/api/v1/contacts')).toContain(foreign['contacts'])
  expect(await ids('alla', `/api/v1/tasks?owner=all&contact=${foreign['contacts']}`)).toEqual([])
  await setRights('manager', {})
  expect(await ids('alla', `/api/v1/tasks?owner=all&contact=${foreign['contacts']}`)).toContain(foreign['tasks'])
})

test('whoever sees their own changes it, keeps what they add, and loses what they give away', async () => {
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  const alla = people['alla']!.client
  expect((await alla.post(`/api/v1/tasks/${mineTask}/completion`)).status).toBe(200)
  const added = await alla.put('/api/v1/contacts', { email: 'added@example.com' })
  expect(added.body).toMatchObject({ created: true, owner: { id: people['alla']!.id } })
  const { revision } = added.body
  expect((await alla.patch(`/api/v1/contacts/${added.body.id}`, { revision, owner_id: people['boris']!.id })).status).toBe(204)
  expect((await alla.get(`/api/v1/contacts/${added.body.id}`)).status).toBe(404)
})

test('a file made in the background holds what its maker sees', async () => {
  await setRights('manager', { ...ownOnly, sees_unowned: false, fields: { phone: 'hidden' } })
  const made = await people['alla']!.client.post('/api/v1/exports', { columns: ['email', 'phone', 'first_name'], format: 'csv' })
  expect(made.status).toBe(202)
  await runUntilIdle(t, ['exports'])
  const { text } = await people['alla']!.client.get(`/api/v1/exports/${made.body.id}/file`)
  expect(text).toContain('mine@example.com')
  expect(betrayed(text) || text.includes('9160000001')).toBe(false)
})

test('a hidden field is nowhere, and neither searched nor asked for; one to read is not changed', async () => {
  await setRights('manager', { fields: { phone: 'hidden', city: 'read' } })
  const size = (await admin.get('/api/v1/custom-fields')).body.data[0].id
  expect((await people['mark']!.client.patch(`/api/v1/custom-fields/${size}`, { access: { manager: 'hidden' } })).status).toBe(403)
  await ok(admin.patch(`/api/v1/custom-fields/${size}`, { access: { manager: 'hidden' } }))
  const alla = people['alla']!.client
  const { body: card } = await alla.get(`/api/v1/contacts/${foreign['contacts']}`)
  expect(card).toMatchObject({ phone: null, city: secret, first_name: secret, fields: {} })
  const digits = phone.slice(2)
  for (const line of routes.filter(each => each.method === 'GET' && !open(each) && allows(each, 'manager'))) {
    const answer = await read(alla, await pathOf(line) + queriesOf(line)[0]!)
    if (answer.text.includes(digits) || answer.status >= 500 && (await read(admin, await pathOf(line) + queriesOf(line)[0]!)).status < 500) expect(`${named(line)}: ${answer.status} ${answer.text.slice(0, 300)}`).toBe('nothing of the phone')
  }
  expect(await ids('boris', `/api/v1/contacts?search=${digits}`)).toEqual([])
  expect(await ids('boris', `/api/v1/contacts?search=${secret}`)).toEqual([foreign['contacts']])
  const asked = async (field: string) => (await alla.post('/api/v1/conditions/preview', { condition: { field, operator: 'known' } })).status
  expect([await asked('phone'), await asked('fields.size'), await asked('city')]).toEqual([422, 422, 200])
  expect((await alla.get('/api/v1/custom-fields')).body.data).toEqual([])
  const refused = await alla.patch(`/api/v1/contacts/${mine}`, { revision: 1, city: 'Omsk', fields: { size: 'XL' } })
  expect(refused).toMatchObject({ status: 403, body: { errors: [{ field: 'city' }, { field: 'fields.size' }] } })
  const renamed = await alla.patch(`/api/v1/contacts/${mine}`, { revision: (await alla.get(`/api/v1/contacts/${mine}`)).body.revision, first_name: 'Renamed' })
  expect(renamed.body).toMatchObject({ first_name: 'Renamed', phone: null, fields: {} })
  await ok(admin.patch(`/api/v1/contacts/${mine}`, { revision: renamed.body.revision, phone: '+79160000002', fields: { size: 'L' } }))
  expect((await alla.get(`/api/v1/contacts/${mine}/timeline`)).text).not.toMatch(/9160000002|fields\.size/)
})

test('numbers of marketing are whole for who does marketing, and say how many are seen', async () => {
  for (const role of ['manager', 'marketer'] as const) await setRights(role, { ...ownOnly, sees_unowned: false })
  const orders = async (who: Client) => (await who.get('/api/v1/reports/overview')).body.totals.orders
  const whole = await orders(admin)
  expect([whole > 0, await orders(people['mark']!.client), await orders(people['alla']!.client)]).toEqual([true, whole, 0])
  const segment = (await ok(admin.post('/api/v1/segments', { name: 'All', condition: { all: [] } }))).id
  await runUntilIdle(t, ['process-events', 'segments'])
  await sql`insert into segment_memberships (segment_id, contact_id, entered_at) select ${segment}, id, now() from contacts on conflict do nothing`.execute(t.db)
  expect((await people['alla']!.client.get(`/api/v1/segments/${segment}`)).body.members_seen).toBe((await ids('alla', '/api/v1/contacts')).length)
  expect((await admin.get(`/api/v1/segments/${segment}`)).body.members_seen).toBeUndefined()
})

test('a mistyped name tells only of people its reader sees, though the words of all names are kept together', async () => {
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  await ok(admin.put('/api/v1/contacts', { email: 'mistyped@example.com', last_name: 'Aquamarinova', owner_id: people['boris']!.id }))
  await runUntilIdle(t, ['search.keys'])
  const near = async (who: Client) => (await who.get('/api/v1/search?q=aquamorinova')).body
  expect(await near(people['alla']!.client)).toEqual({ data: [], near: [] })
  for (const who of [admin, people['boris']!.client]) expect((await near(who)).near).toMatchObject([{ title: 'Aquamarinova', shown_for: 'Aquamarinova' }])
})

test('a page hears of no record its reader may not see; a key of a narrowed role owns nothing', async () => {
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  expect((await (await t.as('manager')).get('/api/v1/contacts')).body.data).toEqual([])
  const heard = await fetch(`${t.url}/api/v1/live?topics=contact:${foreign['contacts']},contact:${mine}`, { headers: people['alla']!.headers })
  const reader = heard.body!.pipeThrough(new TextDecoderStream()).getReader()
  await ok(admin.post(`/api/v1/contacts/${foreign['contacts']}/tags`, { name: 'unheard' }))
  await ok(admin.post(`/api/v1/contacts/${mine}/tags`, { name: 'heard' }))
  let text = ''
  while (!text.includes(`contact:${mine}`)) text += (await reader.read()).value
  expect(text).not.toContain(`contact:${foreign['contacts']}`)
  await reader.cancel()
})

test('narrowed connections are whole again for whoever comes next, and a role without its views sees nothing', async () => {
  await setRights('manager', { ...ownOnly, sees_unowned: false })
  const counts = await Promise.all(Array.from({ length: 30 }, async (_, turn) => (await (turn % 2 === 0 ? admin : people['alla']!.client).get('/api/v1/contacts')).body.data.length))
  expect(new Set(counts.filter((_, turn) => turn % 2 === 0)).size).toBe(1)
  expect(new Set(counts).size).toBe(2)
  await sql`drop schema seen_manager cascade`.execute(t.db)
  expect((await people['alla']!.client.get('/api/v1/contacts')).status).toBe(500)
  await rebuildSeenViews(t.db)
  expect((await people['alla']!.client.get('/api/v1/contacts')).status).toBe(200)
})
