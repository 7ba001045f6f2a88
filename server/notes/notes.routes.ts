import { z } from 'zod'
import { changeNoteBody, filesPage, keptFile, largestFile, mostFiles, note as noteShape, noteBody, notesPage, notesQuery } from '../../shared/notes.ts'
import { companyExists } from '../activities/exists.sql.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import { readCursor, readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { AppError, forbidden, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readUpload, sendUpload } from '../base/uploads.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { contactOfDeal } from '../deals/deals.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { countFiles, deleteFile, findFile, insertFile, listFiles, readFile } from './files.sql.ts'
import { changeNote, deleteNote, findMentioned, findNote, insertNote, listNotes } from './notes.sql.ts'
import type { Place } from './places.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const oneNote = params.extend({ note: z.coerce.number().int().positive() })
const oneFile = params.extend({ file: z.coerce.number().int().positive() })
const userOf = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null

async function placeOf(db: Db, kind: Place['kind'], id: number): Promise<Place> {
  if (kind === 'company') {
    if (await companyExists(db, id)) return { kind, id }
    throw notFound('company')
  }
  if (kind === 'contact') {
    const [standing] = await findContacts(db, [{ id }])
    if (standing === null || standing === undefined) throw notFound('contact')
    return { kind, id: standing }
  }
  const contactId = await contactOfDeal(db, id)
  if (contactId === undefined) throw notFound('deal')
  return { kind, id: contactId, deal_id: id }
}

const topicsOf = (place: Place): string[] => place.kind === 'company' ? [`company:${place.id}`] : [`contact:${place.id}`, ...place.kind === 'deal' ? ['deals', `deal:${place.deal_id}`] : []]

/** Whose words they are changes them, and administrators do. */
function assertOwn(actor: Actor, author: { id: number } | null): void {
  if (actor.kind === 'public' || (actor.role !== 'administrator' && (actor.kind !== 'user' || actor.id !== author?.id))) throw forbidden()
}

async function tellMentioned(tx: Db, place: Place, noteId: number, body: string, actor: Actor, now: Date): Promise<void> {
  const who = actor.kind === 'public' ? '' : actor.name
  const mentioned = (await findMentioned(tx, body)).filter(user => user.id !== userOf(actor))
  await notifyUsers(tx, mentioned.map(user => ({
    user_id: user.id, title: user.locale === 'ru' ? `Вас упомянули в заметке: ${who}` : `You are mentioned in a note: ${who}`, body: body.slice(0, 300),
    link: place.kind === 'company' ? `/companies/${place.id}` : `/contacts/${place.id}`, source_key: `note:${noteId}`,
  })), now)
}

async function write(app: App, place: Place, given: z.output<typeof noteBody>, actor: Actor) {
  const now = app.now()
  const happened = given.happened_at === undefined ? now : new Date(given.happened_at)
  if (happened.getTime() > now.getTime() + 60_000) throw invalid([{ field: 'happened_at', message: 'is in the future' }])
  const by = actor.kind === 'user' ? `user:${actor.id}` : 'api'
  const id = await withTransaction(app.db, async tx => {
    const made = await insertNote(tx, place, { kind: given.call ? 'call' : 'note', body: given.body, call: given.call ?? null, happened_at: happened, author_id: userOf(actor), file_ids: given.file_ids }, now)
    await tellMentioned(tx, place, made, given.body, actor, now)
    if (given.call && place.kind !== 'company') {
      await appendEvents(tx, [{ key: `call.logged:${made}`, type: 'call.logged', contact: { id: place.id }, occurred_at: happened, properties: { note_id: made, ...given.call, by, ...place.kind === 'deal' ? { deal_id: place.deal_id } : {} }, source: by }], now)
    }
    await touchAll(tx, topicsOf(place))
    return made
  })
  return (await findNote(app.db, place, id))!
}

/** The same for contacts, companies and deals. */
function notesOf(kind: Place['kind']) {
  const found = async (app: App, place: Place, id: number) => {
    const note = await findNote(app.db, place, id)
    if (note === undefined) throw notFound('note')
    return note
  }
  return {
    list: route({
      summary: `Notes and calls of a ${kind}: pinned ones first, then the latest`,
      params, query: notesQuery, response: notesPage,
      async handler({ app, params: { id }, query }) {
        const key = readCursor(query.cursor, ['number', 'number'])
        const notes = await listNotes(app.db, await placeOf(app.db, kind, id), query.limit + 1, key && [Number(key[0]), Number(key[1])])
        const page = notes.slice(0, query.limit)
        const last = page.at(-1)
        return { data: page, next_cursor: notes.length > query.limit && last ? writeCursor([last.pinned ? 1 : 0, last.id]) : null }
      },
    }),
    create: route({
      summary: `Write a note about a ${kind}, or log a call`,
      description: 'Whoever is named in it as `@Name` gets a notification. A call of a contact is an event, too: `call.logged`.',
      params, body: noteBody, response: noteShape, status: 201,
      handler: async ({ app, params: { id }, body, actor }) => write(app, await placeOf(app.db, kind, id), body, actor),
    }),
    change: route({
      summary: 'Change the words of a note, or pin it',
      description: 'The words are changed by whoever wrote them and by administrators.',
      params: oneNote, body: changeNoteBody, response: noteShape,
      async handler({ app, params: { id, note }, body, actor }) {
        const place = await placeOf(app.db, kind, id)
        const before = await found(app, place, note)
        if (body.body !== undefined && body.body !== before.body) assertOwn(actor, before.author)
        if (body.body === '' && before.kind === 'note' && before.files.length === 0) throw invalid([{ field: 'body', message: 'write something' }])
        await withTransaction(app.db, async tx => {
          await changeNote(tx, place, note, body, app.now())
          if (body.body !== undefined) await tellMentioned(tx, place, note, body.body, actor, app.now())
          await touchAll(tx, topicsOf(place))
        })
        return found(app, place, note)
      },
    }),
    remove: route({
      summary: 'Delete a note with its files',
      description: 'By whoever wrote it, and administrators. That a call was made stays on the timeline.',
      params: oneNote,
      async handler({ app, params: { id, note }, actor }) {
        const place = await placeOf(app.db, kind, id)
        assertOwn(actor, (await found(app, place, note)).author)
        await withTransaction(app.db, async tx => {
          await deleteNote(tx, place, note)
          await touchAll(tx, topicsOf(place))
        })
      },
    }),
    files: route({
      summary: `Files of a ${kind}, the latest first`,
      params, query: notesQuery, response: filesPage,
      async handler({ app, params: { id }, query }) {
        const files = await listFiles(app.db, await placeOf(app.db, kind, id), query.limit + 1, readIdCursor(query.cursor))
        const page = files.slice(0, query.limit)
        return { data: page, next_cursor: files.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
      },
    }),
    upload: route({
      summary: 'Upload a file (multipart/form-data, one file, at most 20 MB)',
      description: 'To attach it to a note, put its number into `file_ids`.',
      params, response: keptFile, status: 201,
      async handler({ app, params: { id }, request, actor }) {
        const place = await placeOf(app.db, kind, id)
        const file = await readUpload(request, largestFile, 'programs are not kept here: send a document or a picture')
        if (await countFiles(app.db, place) >= mostFiles) throw new AppError('no_room', 409, `There are ${mostFiles} files already: delete some.`)
        return withTransaction(app.db, async tx => {
          const made = await insertFile(tx, place, file, userOf(actor), app.now())
          await touchAll(tx, topicsOf(place))
          return made
        })
      },
    }),
    file: route({
      summary: 'The file itself', page: true, params: oneFile,
      async handler({ app, params: { id, file }, reply }) {
        const content = await readFile(app.db, await placeOf(app.db, kind, id), file)
        if (content === undefined) throw notFound('file')
        return sendUpload(reply, content)
      },
    }),
    removeFile: route({
      summary: 'Delete a file',
      description: 'By whoever uploaded it, and administrators.',
      params: oneFile,
      async handler({ app, params: { id, file }, actor }) {
        const place = await placeOf(app.db, kind, id)
        const kept = await findFile(app.db, place, file)
        if (kept === undefined) throw notFound('file')
        assertOwn(actor, kept.author)
        await withTransaction(app.db, async tx => {
          await deleteFile(tx, place, file)
          await touchAll(tx, topicsOf(place))
        })
      },
    }),
  }
}

export const ofContact = notesOf('contact')
export const ofCompany = notesOf('company')
export const ofDeal = notesOf('deal')
