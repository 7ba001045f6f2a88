import { z } from 'zod'
import { difference, differenceBody, differences, duplicateGroups, duplicateLevels, duplicateOverview, duplicatePairs, foundDuplicates, likeBody, mergeRun, mergeRuns } from '../../shared/duplicates.ts'
import type { DuplicateGroup, DuplicatePair } from '../../shared/duplicates.ts'
import type { App } from '../base/app.ts'
import { readCursor, readIdCursor, writeCursor, type CursorPart } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route, type Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { normaliseEmail, normaliseName, normalisePhone, parseDay } from '../contacts/normalise.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { listDifferences, sayDifferent, unsayDifferent, type DifferenceRow } from './differences.sql.ts'
import { checkAll, findLike, readCheck } from './find-duplicates.ts'
import { countGroups, listGroups } from './list-groups.sql.ts'
import { beginUndoingRun, insertRun, listRuns, type ListedRun } from './merge-runs.sql.ts'
import { countPairs, listPairs, pairsOfContact, partUpTo, presentCard, queueForDuplicates, staysOf, type PairKey } from './pairs.sql.ts'
import { readDuplicateSettings, writeDuplicateSettings } from './settings.ts'

const idParams = z.object({ id: z.coerce.number().int().positive() })
const paging = { cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(25) }
const pairKey = ['decimal', 'number', 'number'] satisfies CursorPart[]
const cursorOf = ({ score, cards }: DuplicatePair): string => writeCursor([String(score), ...cards.map(card => card.id)])
const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

export const overview = route({
  summary: 'How many pairs of cards may be one person, by how sure that is',
  response: duplicateOverview,
  handler: ({ app }) => present(app),
})

async function present(app: App): Promise<z.infer<typeof duplicateOverview>> {
  const [{ certain, likely, possible, ...counts }, groups, check, settings] = await Promise.all([countPairs(app.db), countGroups(app.db), readCheck(app.db), readDuplicateSettings(app.db)])
  return { counts: { certain, likely, possible }, groups, ...counts, checking: check.upto === null ? null : await partUpTo(app.db, check.upto), checked_at: check.checked_at, automatic: settings.automatic }
}

export const list = route({
  summary: 'Pairs of cards of one level, the surest first, with the reasons',
  description: 'The score is log2 of the odds that the two are one person: the sum of what each field says, less the odds of two cards taken at random. `certain`: at least 128 to 1, two things that agree by themselves and nothing against it.',
  query: z.object({ level: z.enum(duplicateLevels).default('certain'), ...paging }), response: duplicatePairs,
  async handler({ app, query }) {
    const found = await listPairs(app.db, query.level, readCursor(query.cursor, pairKey) as PairKey | undefined, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page, next_cursor: found.length > query.limit && last !== undefined ? cursorOf(last) : null }
  },
})

export const ofContact = route({
  summary: 'Cards that may be the same person as this one, at most 20',
  params: idParams, response: duplicatePairs,
  handler: async ({ app, params }) => ({ data: await pairsOfContact(app.db, params.id), next_cursor: null }),
})

export const groups = route({
  summary: 'Groups of cards that may be one person, the surest first',
  description: 'Pairs of the levels `certain` and `likely` that have a card in common are one group, unless somebody told two of its cards apart. POST /contacts/:id/merges makes one card of it.',
  query: z.object({ level: z.enum(duplicateLevels).default('certain'), ...paging }), response: duplicateGroups,
  async handler({ app, query }) {
    const found = await listGroups(app.db, query.level, readCursor(query.cursor, pairKey) as PairKey | undefined, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)?.best
    return { data: page.map(presentGroup), next_cursor: found.length > query.limit && last !== undefined ? cursorOf(last) : null }
  },
})

function presentGroup({ best, pairs }: { best: DuplicatePair, pairs: DuplicatePair[] }): DuplicateGroup {
  const cards = [...new Map(pairs.flatMap(pair => pair.cards).map(card => [card.id, card])).values()].toSorted((one, other) => one.id - other.id)
  return { level: best.level, score: best.score, stays: staysOf(...cards), cards, pairs: pairs.map(({ cards: [one, other], level, score, reasons, held_because }) => ({ cards: [one.id, other.id], level, score, reasons, held_because })) }
}

export const like = route({
  summary: 'Who in the base may be the person described, at most five',
  reads: true,
  description: 'For forms in which a person is being typed in: what is not an address or a phone number yet is passed over. Changes nothing.',
  body: likeBody, response: foundDuplicates,
  async handler({ app, body }) {
    const text = (value: string | undefined): string | null => value === undefined || normaliseName(value) === '' ? null : normaliseName(value)
    const { phone_country } = await readCompany(app.db)
    return { data: await findLike(app.db, {
      email: body.email === undefined ? null : normaliseEmail(body.email), phone: body.phone === undefined ? null : normalisePhone(body.phone, phone_country),
      first_name: text(body.first_name), last_name: text(body.last_name), company: text(body.company), city: text(body.city), birthday: body.birthday === undefined ? null : parseDay(body.birthday),
    }, body.without ?? null) }
  },
})

export const check = route({
  summary: 'Compare all contacts anew, in the background',
  response: duplicateOverview, status: 202,
  async handler({ app }) {
    await withTransaction(app.db, checkAll)
    return present(app)
  },
})

export const changeSettings = route({
  summary: 'Turn on or off that certain pairs are merged by themselves',
  description: 'Only pairs of the level `certain` that nothing holds (`held_because`), never people somebody told apart. Each merge says why and can be undone for 30 days.',
  body: z.strictObject({ automatic: z.boolean() }), response: duplicateOverview,
  async handler({ app, body }) {
    await withTransaction(app.db, async tx => {
      await writeDuplicateSettings(tx, body)
      await touch(tx, 'duplicates')
    })
    return present(app)
  },
})

export const differ = route({
  summary: 'The first is somebody else than the others: they are offered no more',
  body: differenceBody, response: z.object({ contacts: z.array(z.number().int()) }), status: 201,
  async handler({ app, body: { contacts }, actor }) {
    const [first, ...others] = contacts as [number, ...number[]]
    if (others.includes(first)) throw invalid([{ field: 'contacts', message: 'name two different cards' }])
    await withTransaction(app.db, async tx => {
      const there = await lockContacts(tx, contacts)
      for (const id of contacts) if (!there.has(id)) throw notFound(`contact ${id}`)
      for (const other of others) await sayDifferent(tx, first, other, userOf(actor), app.now())
      await touch(tx, 'duplicates')
    })
    return { contacts }
  },
})

export const takeBack = route({
  summary: 'Take back that two are different people: they are compared again',
  params: z.object({ id: z.coerce.number().int().positive(), other_id: z.coerce.number().int().positive() }),
  async handler({ app, params: { id, other_id } }) {
    await withTransaction(app.db, async tx => {
      if (await unsayDifferent(tx, [id, other_id]) === 0) throw notFound('difference')
      await queueForDuplicates(tx, [...await lockContacts(tx, [id, other_id])])
      await touch(tx, 'duplicates')
    })
  },
})

export const listDifferent = route({
  summary: 'Pairs somebody said are different people, the newest first',
  query: z.object(paging), response: differences,
  async handler({ app, query }) {
    const found = await listDifferences(app.db, readCursor(query.cursor, ['time', 'number', 'number']) as [string, number, number] | undefined, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(presentDifference), next_cursor: found.length > query.limit && last !== undefined ? writeCursor([last.key, last.contact_id, last.other_id]) : null }
  },
})

const presentDifference = (row: DifferenceRow): z.infer<typeof difference> => ({ cards: [presentCard(row.card), presentCard(row.other)], said_by: row.said_by, said_at: row.said_at.toISOString() })

export const mergeAll = route({
  summary: 'Merge all certain pairs there are now, in the background',
  ofEverybody: true,
  description: 'Those of GET /duplicates?level=certain whose `held_because` is null. The card with more orders stays, else the older one; what is empty on it is filled from the other. Can be undone as a whole.',
  response: mergeRun, status: 202,
  async handler({ app, actor }) {
    const id = await withTransaction(app.db, tx => insertRun(tx, { by: userOf(actor), now: app.now() }))
    return showRun(app, id)
  },
})

export const runs = route({
  summary: 'Merges done in one go, the newest first',
  description: 'GET /merges?run=… lists the merges of one of them.',
  query: z.object(paging), response: mergeRuns,
  async handler({ app, query }) {
    const found = await listRuns(app.db, { before: readIdCursor(query.cursor) ?? null, limit: query.limit + 1 })
    return { data: found.slice(0, query.limit).map(presentRun), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const undoRun = route({
  summary: 'Undo all merges of one go, in the background',
  ofEverybody: true,
  description: 'What cannot be undone any more (see POST /merges/:id/undo) stays. The two of each merge count as different people from then on. 409 `not_done` while it goes on, or when it was undone.',
  params: idParams, response: mergeRun, status: 202,
  async handler({ app, params: { id } }) {
    await showRun(app, id)
    if (!await withTransaction(app.db, tx => beginUndoingRun(tx, id))) throw conflict('not_done', 'This merging still goes on, or was undone already.')
    return showRun(app, id)
  },
})

async function showRun(app: App, id: number): Promise<z.infer<typeof mergeRun>> {
  const [found] = await listRuns(app.db, { id, before: null, limit: 1 })
  if (found === undefined) throw notFound('merging')
  return presentRun(found)
}

const presentRun = (row: ListedRun): z.infer<typeof mergeRun> => ({
  id: row.id, state: row.state, automatic: row.automatic, total: row.total, merged: row.merged, undone: row.undone,
  left_alone: row.state === 'done' ? Math.max(0, row.total - row.merged) : row.state === 'undone' ? Math.max(0, row.merged - row.undone) : 0,
  started_at: row.started_at.toISOString(), started_by: row.started_by_name, finished_at: row.finished_at?.toISOString() ?? null,
})
