import { z } from 'zod'
import { largestMailFile, mailFile, mailFilesUsage, mostMailFiles } from '../../shared/mail-files.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { AppError, conflict, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readUpload, sendUpload } from '../base/uploads.ts'
import { bytesOfMailFiles, deleteMailFile, deleteUnusedMailFiles, findMailFile, insertMailFile, listMailFiles, type MailFileRow, sumMailFiles } from './mail-files.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const present = (row: MailFileRow) => ({ ...row, created_at: row.created_at.toISOString() })
export const list = route({
  summary: 'Files mails can carry, the latest first',
  query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
  response: z.object({ data: z.array(mailFile), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await listMailFiles(app.db, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(present), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const upload = route({
  summary: 'Upload a file for mails (multipart/form-data, one file, at most 5 MB)',
  description: 'Attach it by putting its id into `attachments` of a variant, or show it inside with the address `cid:file-<id>`.',
  response: mailFile,
  status: 201,
  async handler({ app, request, actor }) {
    const file = await readUpload(request, largestMailFile, 'mail servers refuse programs: send a document or a picture')
    if (await bytesOfMailFiles(app.db) + file.content.length > mostMailFiles) throw new AppError('no_room', 409, 'All files together may be 1 GB: delete some that no mail carries.')
    return present(await insertMailFile(app.db, { ...file, created_by: actor.kind === 'user' ? actor.id : null }, app.now()))
  },
})

export const content = route({
  summary: 'The file itself', page: true, params: byId,
  async handler({ app, params, reply }) {
    const file = await findMailFile(app.db, params.id)
    if (!file) throw notFound('file')
    return sendUpload(reply, file)
  },
})

export const remove = route({
  summary: 'Delete a file no mail carries',
  params: byId,
  async handler({ app, params }) {
    if (await deleteMailFile(app.db, params.id)) return
    if (await findMailFile(app.db, params.id)) throw conflict('in_use', 'A version of a mail carries this file; it stays with it.')
    throw notFound('file')
  },
})

/** What was uploaded a moment ago may belong to a mail that is not saved yet. */
const aDayAgo = (now: Date) => new Date(now.getTime() - 86_400_000)

export const usage = route({
  summary: 'How much room the files of mails take, and how much of it nobody needs',
  response: mailFilesUsage,
  async handler({ app }) {
    const { unused_files, unused_bytes, ...all } = await sumMailFiles(app.db, aDayAgo(app.now()))
    return { ...all, most_bytes: mostMailFiles, unused: { files: unused_files, bytes: unused_bytes } }
  },
})

export const removeUnused = route({
  summary: 'Delete all files that no mail carries and that were uploaded more than a day ago',
  response: z.object({ deleted: z.number().int() }),
  handler: async ({ app }) => ({ deleted: await deleteUnusedMailFiles(app.db, aDayAgo(app.now())) }),
})
