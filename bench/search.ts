/**
 * `npm run bench -- search --folder DIR`: how long Ctrl-K takes over the contacts in the folder, by kind of query. Options:
 * --people 40; --contacts 100000 fills a folder that holds fewer.
 */
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { one, rows } from '../server/base/db.ts'
import { searchEverything } from '../server/search/search-everything.sql.ts'
import { otherLayout } from '../shared/search-fold.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile } from './measure.ts'
import { seedContacts } from './seed.ts'

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { folder: { type: 'string' }, people: { type: 'string', default: '40' }, contacts: { type: 'string', default: '0' } } })
  if (values.folder === undefined) throw new Error('--folder DIR: a folder made by another bench, such as conditions')
  const { app, stop } = await benchApp({}, values.folder)
  try {
    const count = async () => (await one<{ many: number }>(app.db, sql`select count(*) as many from contacts`)).many
    if (await count() < Number(values.contacts)) await seedContacts(app, Number(values.contacts), 0)
    const many = await count()
    await app.db.executeQuery(sql`analyze contacts`.compile(app.db))
    const people = await rows<{ first_name: string, last_name: string, email: string, phone: string }>(app.db, sql`
      select first_name, last_name, email, phone
      from contacts
      where id = any(select (random() * ${many})::bigint from generate_series(1, ${Number(values.people)}::int))
        and first_name is not null and last_name is not null and email is not null and phone is not null
    `)
    const queries: Record<string, (person: typeof people[number]) => string> = {
      'a whole name': person => `${person.last_name} ${person.first_name}`,
      'a first name, of a large part of the base': person => person.first_name,
      'the beginning of a last name': person => person.last_name.slice(0, 4),
      'a name in the other layout': person => otherLayout(person.last_name) ?? person.last_name,
      'a whole address': person => person.email,
      'a part of an address': person => person.email.split('@')[0]!,
      'a phone as people write it': person => `8 ${person.phone.slice(-10, -7)} ${person.phone.slice(-7, -4)}-${person.phone.slice(-4)}`,
      'two letters': person => person.first_name.slice(0, 2),
      'a last name with a letter left out': person => without(person.last_name),
      'a last name and first name, the last mistyped': person => `${replaced(person.last_name)} ${person.first_name}`,
      'a mistyped name in the other layout': person => otherLayout(replaced(person.last_name)) ?? person.last_name,
      'nobody': person => `${person.last_name.slice(0, 3)}щъ`,
    }
    console.log(`${many} contacts, ${people.length} queries of each kind; ${machine()}`)
    const all: number[] = []
    for (const [name, query] of Object.entries(queries)) {
      const took: number[] = []
      for (const person of people) {
        const from = performance.now()
        await searchEverything(app.db, query(person))
        took.push(performance.now() - from)
      }
      all.push(...took)
      console.log(`  ${name}: p50 ${milliseconds(percentile(took, 0.5))}, p95 ${milliseconds(percentile(took, 0.95))}`)
    }
    console.log(`  together: p50 ${milliseconds(percentile(all, 0.5))}, p95 ${milliseconds(percentile(all, 0.95))}; ${machine()}`)
  } finally {
    await stop()
  }
}

const middle = (name: string) => Math.floor(name.length / 2)
const without = (name: string) => name.slice(0, middle(name)) + name.slice(middle(name) + 1)
const replaced = (name: string) => `${name.slice(0, middle(name))}${/[a-z]/i.test(name) ? 'z' : 'щ'}${name.slice(middle(name) + 1)}`
