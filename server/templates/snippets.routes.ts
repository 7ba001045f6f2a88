import { z } from 'zod'
import { snippet as snippetShape, snippetBody, snippetList } from '../../shared/snippets.ts'
import type { Snippet, SnippetBody } from '../../shared/snippets.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { forbidden, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { liquidEngine } from './liquid.ts'
import { fillTexts } from './render-texts.ts'
import { deleteSnippet, findSnippet, insertSnippet, listSnippets, updateSnippet } from './snippets.sql.ts'
import type { SnippetRow } from './snippets.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

/** One's own, and what one has shared; administrators (and programs as such) also what others share. */
const mayChange = (row: SnippetRow, actor: Actor): boolean => actor.kind !== 'public' && (actor.role === 'administrator' || actor.kind === 'user' && (row.user_id ?? row.created_by) === actor.id)

const present = (row: SnippetRow, actor: Actor): Snippet => ({ id: row.id, name: row.name, text: row.text, shared: row.user_id === null, may_change: mayChange(row, actor), updated_at: row.updated_at.toISOString() })

async function find(app: App, id: number, actor: Actor): Promise<SnippetRow> {
  const found = await findSnippet(app.db, userOf(actor), id)
  if (found === undefined) throw notFound('snippet')
  return found
}

/** A program has nothing of its own: what it makes is everybody's. */
function valuesOf(body: SnippetBody, actor: Actor, ownerId: number | null) {
  try {
    liquidEngine('text', 'en').parse(body.text)
  } catch (error) {
    throw invalid([{ field: 'text', message: `the personal fields cannot be read: ${error instanceof Error ? error.message : String(error)}` }])
  }
  return { name: body.name, text: body.text, user_id: body.shared || actor.kind !== 'user' ? null : ownerId }
}

export const list = route({
  summary: 'Snippets: yours and everybody\'s, by name',
  query: z.object({ search: z.string().max(200).default(''), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(1000).optional() }), response: snippetList,
  async handler({ app, query, actor }) {
    const key = readCursor(query.cursor, ['text', 'number'])
    const found = await listSnippets(app.db, userOf(actor), query.search.trim(), query.limit + 1, key && [String(key[0]), Number(key[1])])
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(row => present(row, actor)), next_cursor: found.length > query.limit && last ? writeCursor([last.key, last.id]) : null }
  },
})

export const create = route({
  summary: 'Make a snippet, yours or everybody\'s',
  description: 'A piece of text for letters, with the personal fields mails have (Liquid).',
  body: snippetBody, response: snippetShape, status: 201,
  async handler({ app, body, actor }) {
    const id = await insertSnippet(app.db, { ...valuesOf(body, actor, userOf(actor)), created_by: userOf(actor) }, app.now())
    return present(await find(app, id, actor), actor)
  },
})

export const change = route({
  summary: 'Change a snippet',
  description: 'What is everybody\'s is changed by whoever shared it and by administrators.',
  params, body: snippetBody, response: snippetShape,
  async handler({ app, params: { id }, body, actor }) {
    const row = await find(app, id, actor)
    if (!mayChange(row, actor)) throw forbidden()
    await updateSnippet(app.db, id, valuesOf(body, actor, row.user_id ?? row.created_by ?? userOf(actor)), app.now())
    // Whoever takes another's back from everybody does not see it any more.
    const kept = await findSnippet(app.db, row.user_id ?? row.created_by ?? userOf(actor), id)
    return present(kept!, actor)
  },
})

export const remove = route({
  summary: 'Delete a snippet',
  params,
  async handler({ app, params: { id }, actor }) {
    if (!mayChange(await find(app, id, actor), actor)) throw forbidden()
    await deleteSnippet(app.db, id)
  },
})

export const fill = route({
  summary: 'A snippet filled in for a contact',
  reads: true,
  params, body: z.object({ contact_id: z.number().int().positive() }), response: z.object({ text: z.string() }),
  async handler({ app, params: { id }, body, actor }) {
    const { text } = await find(app, id, actor)
    const contactId = (await findContacts(app.db, [{ id: body.contact_id }]))[0] ?? null
    if (contactId === null) throw invalid([{ field: 'contact_id', message: 'there is no such contact' }])
    const [filled] = await fillTexts(app.db, [{ contact_id: contactId, text }], 'text', app.now())
    if ('error' in filled!) throw invalid([{ field: 'text', message: `the personal fields cannot be read: ${filled.error}` }])
    return filled
  },
})
