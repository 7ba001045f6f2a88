/**
 * `npm run bench -- duplicates --corpora DIR`: precision and recall over sets of records of which it is known who is who, for
 * each level. `--people 1000000`: how long the check of all takes over a made-up base of that size, and what a new contact costs.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { App } from '../server/base/app.ts'
import { one, rows, sql, withTransaction } from '../server/base/db.ts'
import { checkAll, findDuplicates, findLike } from '../server/duplicates/find-duplicates.ts'
import { queueForDuplicates } from '../server/duplicates/pairs.sql.ts'
import { parseCsv } from '../server/imports/read-csv.ts'
import { duplicateLevels } from '../shared/duplicates.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, seconds } from './measure.ts'

type Person = { first_name: string | null, last_name: string | null, phone: string | null, city: string | null, fields: Record<string, string> }
/** `person`: by number of record, who it is. */
type Corpus = { name: string, people: Person[], person: (string | undefined)[] }

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { corpora: { type: 'string' }, people: { type: 'string' }, folder: { type: 'string' }, wrong: { type: 'boolean', default: false } } })
  const { app, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    if (values.corpora === undefined || !existsSync(values.corpora)) console.log('Without --corpora DIR (with duplicates-febrl and duplicates-dedupe-early-childhood): precision and recall are not measured.')
    else for (const corpus of corporaIn(values.corpora)) await judge(app, corpus, values.wrong)
    if (values.people !== undefined) await timeLargeBase(app, Number(values.people))
  } finally {
    await stop()
  }
}

function corporaIn(folder: string): Corpus[] {
  const febrl = (...files: string[]): { records: Record<string, string>[], clusters: Record<string, string[]>[] } => ({
    records: files.flatMap(file => readCsv(path.join(folder, 'duplicates-febrl', `${file}.csv`))),
    clusters: files.map(file => clustersIn(path.join(folder, 'duplicates-febrl', `${file}.truth.json`))),
  })
  const sets: [string, string[]][] = [['Febrl 1 (weights from it)', ['dataset1']], ['Febrl 3 (weights from it)', ['dataset3']], ['Febrl 2', ['dataset2']], ['Febrl 4', ['dataset4a', 'dataset4b']]]
  return [
    ...sets.map(([name, files]) => {
      const { records, clusters } = febrl(...files)
      return corpusOf(name, records, clusters, 'id', record => ({
        first_name: filled(record['given_name']), last_name: filled(record['surname']), phone: null, city: filled(record['suburb']),
        fields: withoutEmpty({ birthday: dayOf(record['date_of_birth']!), address: `${record['street_number']} ${record['address_1']}`, postcode: record['postcode']! }),
      }))
    }),
    corpusOf('Early childhood sites (organisations)', readCsv(path.join(folder, 'duplicates-dedupe-early-childhood/sites.csv')), [clustersIn(path.join(folder, 'duplicates-dedupe-early-childhood/truth.json'))], 'Id', record => ({
      first_name: null, last_name: filled(record['Site name']), phone: filled(record['Phone']) === null ? null : `+1773${record['Phone']}`, city: 'Chicago',
      fields: withoutEmpty({ address: record['Address']!, postcode: record['Zip']! }),
    })),
  ]
}

function readCsv(file: string): Record<string, string>[] {
  const [head, ...records] = parseCsv(readFileSync(file, 'utf8'), ',')
  return records.map(({ cells }) => Object.fromEntries(head!.cells.map((name, place) => [name, (cells[place] ?? '').trim()])))
}
const clustersIn = (file: string): Record<string, string[]> => (JSON.parse(readFileSync(file, 'utf8')) as { clusters: Record<string, string[]> }).clusters
const filled = (text: string | undefined): string | null => text === undefined || text.trim() === '' ? null : text.trim()
const withoutEmpty = (fields: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''))
const dayOf = (text: string): string => /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text

function corpusOf(name: string, records: Record<string, string>[], clusters: Record<string, string[]>[], id: string, personOf: (record: Record<string, string>) => Person): Corpus {
  const who = new Map(clusters.flatMap(each => Object.entries(each).flatMap(([cluster, ids]) => ids.map(one => [one, cluster] as const))))
  return { name, people: records.map(personOf), person: records.map(record => who.get(record[id]!)) }
}

async function judge(app: App, corpus: Corpus, showWrong: boolean): Promise<void> {
  await sql`truncate contacts restart identity cascade`.execute(app.db)
  await insertPeople(app, corpus.people)
  await checkEverybody(app)
  const sizes = new Map<string, number>()
  for (const person of corpus.person) if (person !== undefined) sizes.set(person, (sizes.get(person) ?? 0) + 1)
  const pairs = [...sizes.values()].reduce((sum, size) => sum + size * (size - 1) / 2, 0)
  const found = await rows<{ contact_id: number, other_id: number, level: string, score: number, reasons: unknown }>(app.db, sql`select contact_id, other_id, level, score, reasons from duplicate_pairs order by score desc`)
  console.log(`${corpus.name}: ${corpus.people.length} records, ${pairs} true pairs`)
  const isRight = ({ contact_id: one, other_id: other }: typeof found[number]): boolean => corpus.person[one - 1] !== undefined && corpus.person[one - 1] === corpus.person[other - 1]
  for (const [place, level] of duplicateLevels.entries()) {
    const upTo = found.filter(pair => (duplicateLevels.indexOf(pair.level as 'certain')) <= place)
    const right = upTo.filter(isRight).length
    console.log(`  ${place === 0 ? level : `${level} or better`}: ${upTo.length} pairs, precision ${(right / Math.max(1, upTo.length)).toFixed(4)}, recall ${(right / pairs).toFixed(4)}`)
  }
  if (showWrong) for (const pair of found.filter(each => each.level === 'certain' && !isRight(each))) console.log(JSON.stringify([pair.score, corpus.people[pair.contact_id - 1], corpus.people[pair.other_id - 1], pair.reasons]))
}

async function insertPeople(app: App, people: Person[]): Promise<void> {
  await sql`
    insert into contacts (first_name, last_name, phone, city, fields)
    select first_name, last_name, phone, city, fields
    from jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as person (first_name text, last_name text, phone text, city text, fields jsonb)`.execute(app.db)
  await sql`analyze contacts`.execute(app.db)
}

async function checkEverybody(app: App): Promise<void> {
  await withTransaction(app.db, checkAll)
  while (await findDuplicates(app));
}

async function timeLargeBase(app: App, people: number): Promise<void> {
  await sql`truncate contacts restart identity cascade`.execute(app.db)
  const filling = performance.now()
  await sql.raw(largeBase(people)).execute(app.db)
  await sql`analyze contacts`.execute(app.db)
  console.log(`${people.toLocaleString('en')} contacts, each fiftieth twice; filled in ${seconds(filling).toFixed(0)} s`)
  const from = performance.now()
  await checkEverybody(app)
  const { certain, all } = await one<{ certain: number, all: number }>(app.db, sql`select count(*) filter (where level = 'certain') as certain, count(*) as all from duplicate_pairs`)
  console.log(`  all checked in ${seconds(from).toFixed(0)} s: ${all} pairs, ${certain} of them certain; memory of the program ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`)
  const took: number[] = []
  const queued: number[] = []
  for (let round = 0; round < 200; round++) {
    const [someone] = await rows<{ id: number, email: string, first_name: string, last_name: string, city: string }>(app.db, sql`select id, email, first_name, last_name, city from contacts where id = ${1 + round * 7919 % people}::bigint`)
    const started = performance.now()
    await findLike(app.db, { ...someone!, phone: null, company: null, birthday: null }, null)
    took.push(performance.now() - started)
    const again = performance.now()
    await withTransaction(app.db, tx => queueForDuplicates(tx, [someone!.id]))
    await findDuplicates(app)
    queued.push(performance.now() - again)
  }
  console.log(`  one typed in: p50 ${milliseconds(percentile(took, 0.5))}, p95 ${milliseconds(percentile(took, 0.95))}; one saved and compared: p50 ${milliseconds(percentile(queued, 0.5))}, p95 ${milliseconds(percentile(queued, 0.95))}`)
}

/** People with names as unequally common as real ones (by Zipf), half of them with a birthday; each fiftieth again with a slip and another mailbox. */
const largeBase = (people: number): string => `
  select setseed(0.5);
  with syllables as (select array['an','be','vo','gri','da','ev','zha','zin','il','ka','lo','mi','nov','ol','pet','ro','sa','ti','us','fe','cher','shu','yan','ser'] as s),
  people as materialized (
    select n, case when n % 50 = 0 then n - 1 else n end as who
    from generate_series(1, ${people}) n
  ), drawn as (
    select n, who, abs(hashint8(who)::bigint) as h1, abs(hashint8(who + 7777777)::bigint) as h2
    from people
  ), named as (
    select n, who, h1, h2,
      floor(exp(ln(300.0) * (h1 % 100000) / 100000.0))::int as f, floor(exp(ln(20000.0) * (h2 % 1000000) / 1000000.0))::int as l
    from drawn
  )
  insert into contacts (email, first_name, last_name, phone, city, fields)
  select 'p' || (h1 % 1000) || '.' || s[1 + l % 24] || who || case when n % 50 = 0 then '@mail.ru' else '@gmail.com' end,
    initcap(s[1 + f % 24] || s[1 + f / 24 % 24] || 'a'), initcap(s[1 + l % 24] || s[1 + l / 24 % 24] || s[1 + l / 576 % 24] || case when n % 50 = 0 and n % 3 = 0 then 'a' else '' end || s[1 + l / 13824 % 24]),
    '+79' || lpad((n * 7 % 1000000000)::text, 9, '0'), 'City ' || floor(exp(ln(200.0) * (h2 % 1000) / 1000.0)),
    case when who % 2 = 1 then jsonb_build_object('birthday', to_char(date '1950-01-01' + abs(hashint8(who + 333) % 20000), 'YYYY-MM-DD')) else '{}' end
  from named, syllables;`
