import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'
import type { DuplicateGroup, DuplicatePair, DuplicateReason } from '../../shared/duplicates.ts'
import { rows, sql } from '../base/db.ts'
import { findDuplicates } from '../duplicates/find-duplicates.ts'

let t: TestApp
let client: Client
beforeAll(async () => {
  t = await testApp()
  client = await t.as('administrator')
  for (const [key, kind] of [['birthday', 'date'], ['address', 'text']]) expect((await client.post('/api/v1/custom-fields', { key, label: key, kind })).status).toBe(201)
})
afterAll(() => t.close())
beforeEach(async () => {
  await sql`truncate contacts, merges, merge_runs, topics restart identity cascade`.execute(t.db)
  await sql`delete from settings where key like 'duplicates%'`.execute(t.db)
})

const add = async (...contacts: Record<string, unknown>[]): Promise<number[]> => (await client.post('/api/v1/contacts/batch', { contacts })).body.data.map((row: { id: number }) => row.id)
const find = (): Promise<void> => runUntilIdle(t, ['duplicates.find'])
const settle = (): Promise<void> => runUntilIdle(t, ['duplicates.find', 'duplicates.merge'])
const pairsAt = async (level: string): Promise<DuplicatePair[]> => (await client.get(`/api/v1/duplicates?limit=100&level=${level}`)).body.data
const all = async (): Promise<[string, number, number][]> => (await Promise.all(['certain', 'likely', 'possible'].map(async level => (await pairsAt(level)).map((pair): [string, number, number] => [level, pair.cards[0].id, pair.cards[1].id])))).flat()
const kinds = (reasons: DuplicateReason[]): string[] => reasons.map(reason => reason.kind)
const twin = [{ email: 'ivan.petrov@gmail.com', first_name: 'Иван', last_name: 'Петров' }, { email: 'ivanpetrov+shop@googlemail.com', first_name: 'Ivan', last_name: 'Petrov' }]

test('one mailbox written two ways and one name in two alphabets are certain, and say why', async () => {
  const [one, other] = await add(...twin, { email: 'olga@example.com', first_name: 'Olga', last_name: 'Berg' })
  await find()
  const [pair] = await pairsAt('certain')
  expect(pair!.cards.map(card => card.id)).toEqual([one, other])
  expect(kinds(pair!.reasons)).toEqual(['name_same', 'mailbox_same'])
  expect(await all()).toHaveLength(1)
  expect((await client.get(`/api/v1/contacts/${other}/duplicates`)).body.data[0].level).toBe('certain')
})

test('of mailboxes each provider is asked by its own rules', async () => {
  const mailboxes = await rows<{ mailbox: string }>(t.db, sql`
    select duplicate_mailbox(email) as mailbox
    from unnest(array['A.b.c+x@GoogleMail.com', 'anna.b@ya.ru', 'anna-b@yandex.com', 'anna.b@mail.ru', 'anna.b@bk.ru', 'x+y@example.com', 'j.doe+1@outlook.com', 'j@me.com']) as email`)
  expect(mailboxes.map(row => row.mailbox)).toEqual(['abc@gmail.com', 'anna-b@yandex.ru', 'anna-b@yandex.ru', 'anna.b@mail.ru', 'anna.b@bk.ru', 'x+y@example.com', 'j.doe@outlook.com', 'j@icloud.com'])
})

test('a family at one address, and namesakes, are not taken for one person', async () => {
  const home = { last_name: 'Smith', city: 'Leeds' }
  await add(
    { ...home, email: 'john@example.com', first_name: 'John', fields: { birthday: '1980-01-02', address: '12 High Street' } },
    { ...home, email: 'mary@example.com', first_name: 'Mary', fields: { birthday: '1983-07-15', address: '12 High Street' } },
    { email: 'js@example.org', first_name: 'John', last_name: 'Smith', city: 'Bath', fields: { birthday: '1951-11-30' } },
  )
  await find()
  expect((await all()).filter(([level]) => level !== 'possible')).toEqual([])
})

test('names mistyped, swapped or shortened are found with the same birthday', async () => {
  const born = { fields: { birthday: '1990-05-06' }, city: 'Казань' }
  const [base] = await add({ ...born, email: 'a@example.com', first_name: 'Александр', last_name: 'Шереметьев' })
  const others = await add(
    { ...born, email: 'b@example.com', first_name: 'Шереметьев', last_name: 'Александр' },
    { ...born, email: 'c@example.com', first_name: 'Саша', last_name: 'Шереметьев' },
    { ...born, email: 'd@example.com', first_name: 'Aleksandr', last_name: 'Sheremetyev' },
    { ...born, email: 'e@example.com', first_name: 'Александр', last_name: 'Шереметьв' },
  )
  await find()
  expect((await all()).filter(([level, one]) => level === 'certain' && one === base).map(([, , other]) => other).toSorted()).toEqual(others)
})

test('a change of a card is followed, and the check of all finds the same', async () => {
  const [, other] = await add(...twin)
  await find()
  const rename = async (names: object) => {
    const { revision } = (await client.get(`/api/v1/contacts/${other}`)).body
    expect((await client.patch(`/api/v1/contacts/${other}`, { ...names, revision })).status).toBe(200)
  }
  await rename({ first_name: 'Gertrude', last_name: 'Vandenberg' })
  await find()
  expect(await pairsAt('certain')).toEqual([])
  await rename({ first_name: 'Ivan', last_name: 'Petrov' })
  await find()
  const followed = await all()
  expect(followed).toHaveLength(1)
  await sql`truncate duplicate_pairs`.execute(t.db)
  expect((await client.post('/api/v1/duplicates/check')).body).toMatchObject({ checking: 0 })
  await find()
  expect(await all()).toEqual(followed)
  expect((await client.get('/api/v1/duplicates/overview')).body).toMatchObject({ counts: { certain: 1 }, mergeable: 1, checking: null, waiting: 0 })
})

test('two finders at once find each pair once', async () => {
  await add(...Array.from({ length: 60 }, (_, number) => ({ email: `nina.orlova${number % 30}@${number < 30 ? 'example.com' : 'example.org'}`, first_name: 'Nina', last_name: `Orlova${number % 30}` })))
  await Promise.all([findDuplicates(t.app), findDuplicates(t.app)])
  await find()
  expect((await all()).filter(([, one, other]) => other - one === 30)).toHaveLength(30)
})

test('two who were told apart are offered no more, also after a merge and until that is taken back', async () => {
  const [one, other] = await add(...twin)
  await find()
  expect((await client.post('/api/v1/duplicates/differences', { contacts: [other, one] })).status).toBe(201)
  await client.post('/api/v1/duplicates/check')
  await find()
  expect(await all()).toEqual([])
  const [third] = await add({ email: 'petrov@example.com', first_name: 'Petr', last_name: 'Sidorov' })
  expect((await client.post(`/api/v1/contacts/${third}/merges`, { from: [other], fields: { first_name: other, last_name: other, email: other } })).status).toBe(201)
  await find()
  expect(await all()).toEqual([])
  expect((await client.get('/api/v1/duplicates/differences')).body.data[0].cards.map((card: { id: number }) => card.id).toSorted()).toEqual([one, third])
  expect((await client.delete(`/api/v1/duplicates/differences/${one}/${third}`)).status).toBe(204)
  await find()
  expect(await all()).toEqual([['certain', one, third]])
  expect((await client.post('/api/v1/duplicates/differences', { contacts: [one, one] })).status).toBe(422)
  expect((await client.post('/api/v1/duplicates/differences', { contacts: [one, 999] })).status).toBe(404)
})

test('certain pairs are merged together and undone together; then they count as different people', async () => {
  await add(...twin, { email: 'nina@ya.ru', first_name: 'Nina', last_name: 'Orlova' }, { email: 'nina@yandex.ru', first_name: 'Nina', last_name: 'Orlova' })
  await find()
  const { body: run } = await client.post('/api/v1/duplicates/merging')
  expect(run).toMatchObject({ state: 'running', total: 2, automatic: false })
  await settle()
  expect((await client.get('/api/v1/duplicates/merging')).body.data).toMatchObject([{ state: 'done', merged: 2, left_alone: 0 }])
  const { body: { data: merges } } = await client.get(`/api/v1/merges?run=${run.id}`)
  expect(merges.map((merge: { from: { id: number }, because: DuplicateReason[] }) => [merge.from.id, kinds(merge.because)])).toEqual([[4, ['name_same', 'mailbox_same']], [2, ['name_same', 'mailbox_same']]])
  expect((await client.post(`/api/v1/duplicates/merging/${run.id}/reversal`)).status).toBe(202)
  await settle()
  expect((await client.get('/api/v1/duplicates/merging')).body.data).toMatchObject([{ state: 'undone', undone: 2, left_alone: 0 }])
  expect((await client.get('/api/v1/contacts?limit=10')).body.data).toHaveLength(4)
  expect(await all()).toEqual([])
  expect((await client.post(`/api/v1/duplicates/merging/${run.id}/reversal`)).status).toBe(409)
})

test('merging by itself takes certain pairs only, none that consents or numbers of another program hold, and nobody told apart', async () => {
  const { body: topic } = await client.post('/api/v1/topics', { name_en: 'News', name_ru: 'Новости' })
  const [one, other] = await add(...twin)
  const apart = await add({ email: 'nina@ya.ru', first_name: 'Nina', last_name: 'Orlova' }, { email: 'nina@yandex.ru', first_name: 'Nina', last_name: 'Orlova' })
  await add({ email: 'k.berg@gmail.com', first_name: 'Karl', last_name: 'Berg', external_id: 'a1' }, { email: 'kberg@gmail.com', first_name: 'Karl', last_name: 'Berg', external_id: 'a2' })
  await add({ email: 'lena.frost@example.com', first_name: 'Lena', last_name: 'Frost' }, { email: 'lena.frost@example.org', first_name: 'Lena', last_name: 'Frost' })
  await client.post('/api/v1/duplicates/differences', { contacts: apart })
  const say = (contact: number | undefined, action: string) => client.post(`/api/v1/contacts/${contact}/consents`, { topic_id: topic.id, action, wording: 'said so' })
  expect((await say(one, 'granted')).status).toBeLessThan(300)
  expect((await say(other, 'withdrawn')).status).toBeLessThan(300)
  await settle()
  expect((await client.get('/api/v1/merges')).body.data).toEqual([])
  expect((await pairsAt('certain')).map(pair => pair.held_because)).toEqual(expect.arrayContaining(['consents_differ', 'external_ids_differ']))
  expect((await (await t.as('manager')).put('/api/v1/duplicates/settings', { automatic: true })).status).toBe(403)
  await client.put('/api/v1/duplicates/settings', { automatic: true })
  await settle()
  const before = (await client.get('/api/v1/merges')).body.data
  await say(one, 'withdrawn')
  await settle()
  const after = (await client.get('/api/v1/merges')).body.data
  expect([before.length, after.length]).toEqual([0, 1])
  expect(after[0]).toMatchObject({ into: { id: one }, from: { id: other }, merged_by: null })
  expect((await client.get(`/api/v1/contacts/${one}/timeline`)).body.data.find((entry: { type: string }) => entry.type === 'contact.merged')).toMatchObject({ source: 'duplicates' })
  await client.post(`/api/v1/merges/${after[0].id}/undo`)
  await settle()
  expect((await client.get('/api/v1/merges')).body.data).toHaveLength(1)
})

test('a person being typed in is compared with the base, and nothing is written', async () => {
  const [one] = await add({ email: 'ivan.petrov@gmail.com', first_name: 'Иван', last_name: 'Петров', city: 'Москва' }, { email: 'x@example.com', first_name: 'Olga', last_name: 'Berg' })
  const { body } = await client.post('/api/v1/duplicates/search', { email: 'ivanpetrov@gmail.com', first_name: 'Ivan', last_name: 'Petrov', city: 'Moskva' })
  expect(body.data.map((found: { card: { id: number }, level: string }) => [found.card.id, found.level])).toEqual([[one, 'certain']])
  expect((await client.post('/api/v1/duplicates/search', { email: 'ivanpetrov@gmail.com', without: one })).body.data).toEqual([])
  expect((await client.post('/api/v1/duplicates/search', { email: 'half@', first_name: 'I' })).body.data).toEqual([])
})

test('who is erased is in no pair any more', async () => {
  const [one, other] = await add(...twin)
  await find()
  expect((await client.delete(`/api/v1/contacts/${other}`)).status).toBe(204)
  expect(await rows(t.db, sql`select from duplicate_pairs where ${one} in (contact_id, other_id)`)).toEqual([])
})

test('cards that hang together are one group, merged in one act with what was chosen and undone in one; who was told apart is in no group together', async () => {
  const born = { fields: { birthday: '1990-05-06' }, first_name: 'Nina', last_name: 'Orlova', city: 'Kazan' }
  const [one, second, third, fourth] = await add({ ...born, email: 'a@example.com' }, { ...born, email: 'b@example.com', city: null }, { ...born, email: 'c@example.com', phone: '+79161234567', city: 'Tver' }, ...twin) as [number, number, number, number]
  await find()
  const groupsAt = async (level: string): Promise<DuplicateGroup[]> => (await client.get(`/api/v1/duplicates/groups?level=${level}`)).body.data
  const groups = async () => (await Promise.all(['certain', 'likely'].map(groupsAt))).flat().map(group => group.cards.map(card => card.id))
  const found = (await groupsAt('certain')).find(group => group.cards.length > 2)!
  expect(found).toMatchObject({ level: 'certain', stays: one, cards: [{ id: one }, { id: second }, { id: third }], pairs: [{ level: 'certain' }, { level: 'certain' }, { level: 'certain' }] })
  expect((await client.get('/api/v1/duplicates/overview')).body).toMatchObject({ counts: { certain: 4 }, groups: { certain: 2, likely: 0 } })
  for (const path of ['duplicates?limit=3', 'duplicates/groups?limit=1']) {
    const { body: { data, next_cursor: cursor } } = await client.get(`/api/v1/${path}`)
    expect([...data, ...(await client.get(`/api/v1/${path}&cursor=${cursor}`)).body.data]).toEqual((await client.get(`/api/v1/${path.split('?')[0]}`)).body.data)
  }

  // Followed by every change, the groups are those of the check of all.
  await client.post('/api/v1/duplicates/differences', { contacts: [second, third] })
  await client.post('/api/v1/duplicates/differences', { contacts: [one, fourth] })
  const differences = (await client.get('/api/v1/duplicates/differences?limit=1')).body
  expect((await client.get(`/api/v1/duplicates/differences?limit=1&cursor=${differences.next_cursor}`)).body.data).toHaveLength(1)
  const apart = await groups()
  expect(apart.filter(cards => cards.includes(one))).toHaveLength(2)
  expect(apart.some(cards => cards.includes(second) && cards.includes(third))).toBe(false)
  await sql`truncate duplicate_pairs`.execute(t.db)
  await client.post('/api/v1/duplicates/check')
  await find()
  expect((await groups()).toSorted()).toEqual(apart.toSorted())
  const merge = () => client.post(`/api/v1/contacts/${one}/merges`, { from: [second, third], fields: { city: second, email: third } })
  expect((await merge()).body.code).toBe('told_apart')
  await client.delete(`/api/v1/duplicates/differences/${second}/${third}`)
  await find()
  expect((await groups()).filter(cards => cards.includes(one))).toEqual([[one, second, third]])

  // Nothing was chosen for the city, though the third has one.
  const merged = (await merge()).body.data
  expect(merged).toMatchObject([{ act: merged[0].id }, { act: merged[0].id }])
  expect((await client.get(`/api/v1/contacts/${one}`)).body).toMatchObject({ email: 'c@example.com', phone: '+79161234567', city: null })
  expect((await client.post(`/api/v1/merges/${merged[0].id}/undo?whole=true`)).status).toBe(200)
  for (const [id, card] of [[one, { email: 'a@example.com', city: 'Kazan', phone: null }], [second, { email: 'b@example.com', city: null }], [third, { email: 'c@example.com', city: 'Tver', phone: '+79161234567' }]] as const) {
    expect((await client.get(`/api/v1/contacts/${id}`)).body).toMatchObject(card)
  }
  await find()
  expect((await groups()).filter(cards => cards.includes(second))).toEqual([])
  expect((await client.post(`/api/v1/merges/${merged[0].id}/undo?whole=true`)).status).toBe(409)
})
