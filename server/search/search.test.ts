import * as fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otherLayout, searchFold } from '../../shared/search-fold.ts'
import type { SearchResult, SearchResults } from '../../shared/search.ts'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows } from '../base/db.ts'
import { keepWords } from './search-words.sql.ts'

let program: TestApp
let api: Client
let petrov: number
beforeAll(async () => {
  program = await testApp()
  api = await program.as('administrator')
  const people = [
    { email: 'yuri.petrov@example.org', phone: '+79031112233', first_name: 'Юрий', last_name: 'Петров', city: 'Казань' },
    { email: 'other@example.org', first_name: 'Lev', last_name: 'Kovalev' },
    { email: 'kovalev@example.org', first_name: 'Пётр', last_name: 'Ковалёв' },
    { email: 'writer@example.org', last_name: 'Салтыков-Щедрин' },
    { email: 'sh@example.org', first_name: 'Anna', last_name: 'Shcherbakova', company: 'Ромашка и партнёры' },
  ]
  for (const person of people) {
    const { body } = await api.put('/api/v1/contacts', person)
    if (person.last_name === 'Петров') petrov = body.id
  }
  // Namesakes by the middle of the address, newer than those looked for.
  await api.post('/api/v1/contacts/batch', { contacts: Array.from({ length: 30 }, (_, index) => ({ email: `x-petrov-${index}@example.com`, first_name: 'Кто-то' })) })
  await api.post('/api/v1/tasks', { contact_id: petrov, title: 'Перезвонить насчёт чайника', due_at: null, owner_id: null })
  await api.post('/api/v1/segments', { name: 'Чайники, покупали', condition: { all: [] } })
})
afterAll(() => program.close())

const search = async (q: string, as = api): Promise<SearchResult[]> => (await everything(q, as)).data

async function everything(q: string, as = api): Promise<SearchResults> {
  const { status, body } = await as.get(`/api/v1/search?q=${encodeURIComponent(q)}`)
  expect(status, q).toBe(200)
  return body
}

test('a person is found in either script, either layout, by parts, in any order', async () => {
  for (const q of ['Петров Юрий', 'yuri petrov', 'Petrov Iurii', 'gtnhjd .hbq', 'Зуекщм нгкш', 'петров каз', '111-22-33', '8 903 111 22 33', 'yuri.pet', 'юри петр', 'Yur', 'ЮР']) {
    expect((await search(q)).map(found => found.title), q).toContain('Юрий Петров')
  }
  expect((await search('Щербакова'))[0]).toMatchObject({ kind: 'contact', title: 'Anna Shcherbakova' })
  const list = await api.get(`/api/v1/contacts?search=${encodeURIComponent('othlb petrov')}`)
  expect(list.body.data).toEqual([])
  expect((await api.get(`/api/v1/contacts?search=${encodeURIComponent('gtnhjd')}&sort=name`)).body.data.map((row: { name: string }) => row.name)).toContain('Юрий Петров')
})

test('the whole address, phone or name stands first, and no kind floods the rest', async () => {
  const byName = await search('петров')
  expect(byName[0]).toMatchObject({ kind: 'contact', title: 'Юрий Петров', contact_id: petrov })
  expect(byName.filter(found => found.kind === 'contact')).toHaveLength(8)
  expect((await search('x-petrov-7@example.com'))[0]).toMatchObject({ detail: 'x-petrov-7@example.com' })
  expect((await search('8 (903) 111-22-33'))[0]).toMatchObject({ title: 'Юрий Петров' })
  expect((await search('lev'))[0]).toMatchObject({ title: 'Lev Kovalev' })
})

test('other records are found by their names; a task that is done no longer is', async () => {
  expect((await search('xfqybr')).map(found => found.kind).toSorted()).toEqual(['segment', 'task'])
  expect(await search('romashka')).toEqual([expect.objectContaining({ kind: 'company', title: 'Ромашка и партнёры' })])
  const { id } = (await search('перезвонить'))[0]!
  await api.post(`/api/v1/tasks/${id}/completion`)
  expect(await search('перезвонить')).toEqual([])
})

test('a name with one mistake still finds its person, in either script and layout, and says what it was found for', async () => {
  await runUntilIdle(program, ['search.keys'])
  for (const [q, title, words] of [
    ['Петрво Юрий', 'Юрий Петров', 'Петров Юрий'], ['sherbakvoa', 'Anna Shcherbakova', 'Shcherbakova'], ['Щербокова анна', 'Anna Shcherbakova', 'Shcherbakova Anna'],
    [otherLayout('коволев петр')!, 'Пётр Ковалёв', 'Ковалёв Пётр'], ['ромошка', 'Ромашка и партнёры', 'Ромашка'], ['салтыков-щердин', 'Салтыков-Щедрин', 'Салтыков Щедрин'],
  ] as const) {
    expect((await everything(q)).near.find(each => each.title === title), q).toMatchObject({ title, shown_for: words })
  }
  // What is found as it was typed is not found again; numbers are nobody's neighbours.
  expect((await everything('Щербакова')).near).toEqual([])
  expect((await everything('79031112234')).near).toEqual([])
})

test('any one letter left out, added, replaced or swapped in a name of five letters and more finds its person', async () => {
  const names = ['Щербаков', 'Юхновец', 'Chichikov', 'Möllers', 'Жжёнов', 'Нгуен']
  for (const name of names) await api.put('/api/v1/contacts', { email: `${searchFold(name)}@names.example`, last_name: name })
  await runUntilIdle(program, ['search.keys'])
  const alphabets = { russian: [...'абвгдеёжзийклмнопрстуфхцчшщъыьэюя'], latin: [...'abcdefghijklmnopqrstuvwxyz'] }
  const mistakes = fc.record({ name: fc.constantFrom(...names), kind: fc.constantFrom('left out', 'added', 'replaced', 'swapped'), at: fc.nat(50), letter: fc.nat(50), inOtherLayout: fc.boolean() })
  await fc.assert(fc.asyncProperty(mistakes, async ({ name, kind, at, letter, inOtherLayout }) => {
    const letters = [...name]
    const alphabet = /[а-я]/i.test(name) ? alphabets.russian : alphabets.latin
    const place = at % letters.length
    const added = alphabet[letter % alphabet.length]!
    if (kind === 'swapped') letters.splice(place, 2, ...letters.slice(place, place + 2).toReversed())
    else letters.splice(place, kind === 'added' ? 0 : 1, ...kind === 'left out' ? [] : [added])
    const mistyped = letters.join('')
    const q = inOtherLayout && !name.includes('ö') ? otherLayout(mistyped) ?? mistyped : mistyped
    const { data, near } = await everything(q)
    expect([...data, ...near].map(found => found.title), q).toContain(name)
  }), { numRuns: 120 })
})

test('words nobody has any more are forgotten, and a second run changes nothing', async () => {
  const words = async (): Promise<string[]> => (await rows<{ word: string }>(program.db, sql`select word from search_words order by word`)).map(row => row.word)
  await api.put('/api/v1/contacts', { email: 'once@names.example', last_name: 'Единожды' })
  await api.put('/api/v1/contacts', { email: 'once@names.example', last_name: 'Дважды' })
  expect(await words()).toEqual(expect.arrayContaining(['единожды', 'дважды']))
  await sql`insert into search_words (word) values ('ничейное')`.execute(program.db)
  await sql`delete from search_words where word = 'петров'`.execute(program.db)
  await keepWords(program.app)
  const kept = await words()
  expect(kept).toEqual(expect.arrayContaining(['дважды', 'петров', 'ромашка']))
  expect(kept.filter(word => word === 'единожды' || word === 'ничейное')).toEqual([])
  await keepWords(program.app)
  expect(await words()).toEqual(kept)
})

test('everybody on the staff may search, a visitor may not', async () => {
  expect(await search('петров', await program.as('observer'))).not.toEqual([])
  expect((await (await program.as(null)).get('/api/v1/search?q=x')).status).toBe(401)
})

test('the database folds as the program does', async () => {
  const letters = fc.constantFrom(...'абвгдеёжзийклмнопрстуфхцчшщъыьэюяЩЁЖabcdefghijklmnopqrstuvwxyzKX0123456789 @.+-\'’')
  const texts = fc.sample(fc.array(letters, { maxLength: 40 }).map(array => array.join('')), 2000)
  const folded = await rows<{ text: string, folded: string }>(program.db, sql`select text, search_fold(text) as folded from unnest(${texts}::text[]) as given (text)`)
  for (const row of folded) expect(row.folded, row.text).toBe(searchFold(row.text))
})
