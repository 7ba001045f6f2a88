import * as fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchFold } from '../../shared/search-fold.ts'
import type { SearchResult } from '../../shared/search.ts'
import { testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows } from '../base/db.ts'

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

async function search(q: string, as = api): Promise<SearchResult[]> {
  const { status, body } = await as.get(`/api/v1/search?q=${encodeURIComponent(q)}`)
  expect(status, q).toBe(200)
  return body.data
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
