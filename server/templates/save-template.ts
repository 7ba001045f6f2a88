import type { MailDocument, MailLocale } from '../../shared/templates.ts'
import { type Db, withTransaction } from '../base/db.ts'
import { AppError, changedMeanwhile, conflict, invalid, notFound } from '../base/errors.ts'
import { largestMailFiles } from '../../shared/mail-files.ts'
import { checkDocument } from './check-document.ts'
import { filesOfDocument, filesOfVariant, sizesOfMailFiles } from './mail-files.sql.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { findTemplate, insertTemplate, insertVersion, setArchived, updateTemplate } from './templates.sql.ts'

export async function createTemplate(db: Db, input: { name: string, kind: 'marketing' | 'transactional', document: MailDocument, system_key?: string }, by: number | null, reader: MailLocale, now: Date): Promise<number> {
  const document = checked(input.document, reader)
  return withTransaction(db, async tx => {
    await assertFiles(tx, document)
    return insertTemplate(tx, { ...input, document, created_by: by }, now)
  })
}

/** A changed document or kind becomes a new version; mails already queued keep theirs. */
export async function changeTemplate(db: Db, id: number, change: { revision: number, name?: string | undefined, kind?: 'marketing' | 'transactional' | undefined, document?: MailDocument | undefined }, by: number | null, reader: MailLocale, now: Date): Promise<void> {
  const document = change.document && checked(change.document, reader)
  await withTransaction(db, async tx => {
    if (document) await assertFiles(tx, document)
    const before = await findTemplate(tx, id)
    if (!before) throw notFound('template')
    if (before.archived_at) throw conflict('archived', 'The template is archived. Restore it first.')
    const kind = change.kind ?? before.kind
    if (before.system_key !== null && kind !== before.kind) throw invalid([{ field: 'kind', message: 'a mail the program itself sends keeps its kind' }])
    if (!await updateTemplate(tx, id, { revision: change.revision, name: change.name ?? before.name, kind }, now)) throw changedMeanwhile()
    const next = document ?? before.document
    if (kind !== before.kind || canonical(next) !== canonical(before.document)) await insertVersion(tx, id, next, by, now)
  })
}

export async function archiveTemplate(db: Db, id: number, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    const before = await findTemplate(tx, id)
    if (!before) throw notFound('template')
    if (before.archived_at) return
    if (before.system_key !== null) throw conflict('in_use', 'The program itself sends this mail; it cannot be archived.')
    assertUnused('template', (await findUses(tx, 'template', [id])).get(id) ?? [])
    await setArchived(tx, id, now, now)
  })
}

export async function restoreTemplate(db: Db, id: number, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    const before = await findTemplate(tx, id)
    if (!before) throw notFound('template')
    if (before.archived_at) await setArchived(tx, id, null, now)
  })
}

/** Files a mail names must be there, and together small enough that receivers take the mail. */
async function assertFiles(db: Db, document: MailDocument): Promise<void> {
  const sizes = await sizesOfMailFiles(db, filesOfDocument(document))
  for (const [locale, variant] of Object.entries(document.locales)) {
    const { attached, inline } = filesOfVariant(variant)
    for (const [part, ids] of [['attachments', attached], [variant.html === undefined ? 'blocks' : 'html', inline]] as const) {
      const missing = ids.find(id => !sizes.has(id))
      if (missing !== undefined) throw invalid([{ field: `document.locales.${locale}.${part}`, message: `there is no file ${missing}` }])
    }
    const total = [...new Set([...attached, ...inline])].reduce((sum, id) => sum + sizes.get(id)!, 0)
    if (total > largestMailFiles) throw invalid([{ field: `document.locales.${locale}.attachments`, message: 'all files of a mail together may be 10 MB: many receivers refuse more' }])
  }
}

function checked(document: MailDocument, reader: MailLocale): MailDocument {
  const result = checkDocument(document, reader)
  if (result.errors.length > 0) throw new AppError('invalid', 422, result.errors.map(error => error.message).join(' '), result.errors.map(({ field, message }) => ({ field, message })))
  return result.document
}

/** JSON with its keys in order: jsonb does not keep the order they came in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => part !== null && typeof part === 'object' && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => left < right ? -1 : 1))
    : part)
}
