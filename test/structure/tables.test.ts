import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { describeSchema, describeTypes } from '../../bin/dump-schema.ts'
import { cloneDatabase } from '../database.ts'
import { isTest, root, sourceFiles } from './source-files.ts'

const owners = JSON.parse(readFileSync(path.join(root, 'database/owners.json'), 'utf8')) as Record<string, string>

let pool: pg.Pool
let url: string
let drop: () => Promise<void>
beforeAll(async () => {
  const clone = await cloneDatabase()
  pool = new pg.Pool({ connectionString: clone.url, max: 2 })
  url = clone.url
  drop = clone.drop
})
afterAll(async () => {
  await pool.end()
  await drop()
})

test('each table has an owner', async () => {
  const { rows } = await pool.query<{ name: string }>(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migrations'`)
  expect(rows.map(row => row.name).toSorted()).toEqual(Object.keys(owners).toSorted())
})

test('a table is written by its owner only', () => {
  const wrong: string[] = []
  for (const { name, text } of sourceFiles('server', each => !isTest(each))) {
    const writes = [
      ...text.matchAll(/\b(?:insert into|delete from|merge into|truncate(?: table)?)\s+(?:only\s+)?([a-z_]+)/g),
      ...text.matchAll(/(?<!for |for no key |do |on |before |after )\bupdate\s+(?:only\s+)?([a-z_]+)\b(?=[\s\w]*\bset\b)/g),
      ...text.matchAll(/\.(?:insertInto|updateTable|deleteFrom|mergeInto)\(\s*'([a-z_]+)/g),
    ]
    for (const [, table] of writes) {
      const owner = owners[table!]
      if (owner !== undefined && owner !== name.split('/')[1]) wrong.push(`${name} writes ${table}, which belongs to ${owner}`)
    }
  }
  expect(wrong).toEqual([])
})

test('SQL stands in .sql.ts files only', () => {
  const wrong = sourceFiles('server', name => !isTest(name) && !name.endsWith('.sql.ts') && !name.startsWith('server/base/'))
    .filter(({ text }) => /(?<![\w.])sql(?:<[^`]*>)?`\s*(?:select|insert|update|delete|with|merge|lock|create|truncate)\b/.test(text) || /\.(?:insertInto|updateTable|deleteFrom|selectFrom)\(/.test(text))
    .map(({ name }) => name)
  expect(wrong).toEqual([])
})

test('what the ledger names without a foreign key is never deleted (decision 0035)', () => {
  const deletes = /\bdelete\s+from\s+(?:journeys|topics|template_versions|templates|senders|campaigns)\b[^`]*/g
  const found = sourceFiles('server', name => name.endsWith('.sql.ts')).flatMap(({ name, text }) => [...text.matchAll(deletes)].map(([statement]) => `${name}: ${statement.replace(/\s+/g, ' ').trim()}`))
  expect(found).toEqual([expect.stringMatching(/^server\/campaigns\/campaigns\.sql\.ts: delete from campaigns where .*state = 'draft'/)])
})

/** Tables with contact_id that are not distributed by it, with the reason. */
const notByContact: Record<string, string> = {
  contact_identities: 'the directory that finds a contact: distributed by value',
  merged_contacts: 'the directory of numbers of cards that were merged: asked before the contact is known',
  incoming_events: 'a queue: distributed by lane, its contact may not be known yet',
  tasks: 'what staff are to do, few beside what belongs to contacts: may be about nobody',
}
/** Small tables that every node has a copy of. */
const reference = ['users', 'companies', 'tags', 'topics', 'segments', 'segment_days', 'templates', 'template_versions', 'campaigns', 'journeys', 'journey_versions', 'forms', 'imports', 'custom_fields', 'products', 'pipelines', 'stages', 'coupon_pools', 'senders', 'bulk_actions', 'merge_runs']

test('what belongs to a contact can be distributed by contact_id', async () => {
  const tables = (await pool.query<{ name: string }>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'contact_id' and a.attnum > 0`)).rows.map(row => row.name)
  expect(tables.length).toBeGreaterThan(10)
  const wrong: string[] = []
  for (const table of tables.filter(each => !(each in notByContact))) {
    const { rows: indexes } = await pool.query<{ name: string, primary: boolean, columns: string[] }>(`
      select i.indexrelid::regclass::text as name, i.indisprimary as primary, array(select pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) k) as columns
      from pg_index i where i.indrelid = $1::regclass and i.indisunique`, [table])
    const primary = indexes.find(index => index.primary)
    if (primary?.columns[0] !== 'contact_id') wrong.push(`${table}: the primary key does not start with contact_id`)
    for (const index of indexes) if (!index.columns.includes('contact_id')) wrong.push(`${table}: the unique index ${index.name} is without contact_id`)
    const { rows: keys } = await pool.query<{ name: string, target: string, columns: string[] }>(`
      select conname as name, confrelid::regclass::text as target, array(select attname::text from unnest(conkey) k join pg_attribute a on a.attrelid = conrelid and a.attnum = k) as columns
      from pg_constraint where conrelid = $1::regclass and contype = 'f' and conparentid = 0`, [table])
    for (const key of keys) {
      const isReference = reference.includes(key.target)
      if (!isReference && !key.columns.includes('contact_id')) wrong.push(`${table}: ${key.name} refers to ${key.target}, neither by contact_id nor to a reference table`)
    }
  }
  expect(wrong).toEqual([])
})

test('the dumped schema and the types are what the migrations give (else: npm run schema)', async () => {
  expect(await describeSchema(pool)).toBe(readFileSync(path.join(root, 'database/schema.sql'), 'utf8'))
  expect(describeTypes(url)).toBe(readFileSync(path.join(root, 'server/base/database-types.ts'), 'utf8'))
})
