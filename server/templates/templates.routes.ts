import { z } from 'zod'
import { mailDocument, mailLocale, mailPreview, newTemplate, personalField, previewBody, templateChange, templateDetail, templateKind, templateSummary, templateVersion } from '../../shared/templates.ts'
import type { MailDocument, MailLocale, TemplateDetail, TemplateSummary } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { invalid, notFound } from '../base/errors.ts'
import { type Actor, route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { mailDocumentOf, variant } from './block-builders.ts'
import { personalFields } from './personal-fields.ts'
import { previewMail, previewVersion } from './preview-mail.ts'
import { archiveTemplate, changeTemplate, createTemplate, restoreTemplate } from './save-template.ts'
import { localeFor } from './compile-template.ts'
import { findTemplate, findUses, findVersionDocument, listCustomFields, listTemplates, listVersions, type TemplateRow } from './templates.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const cursorKey = z.tuple([z.iso.datetime(), z.number().int()])

export const list = route({
  summary: 'Templates, last changed first',
  query: z.object({
    search: z.string().max(200).default(''), kind: templateKind.optional(), archived: z.enum(['true', 'false']).default('false'),
    cursor: z.string().max(500).optional(), limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: z.object({ data: z.array(templateSummary), next_cursor: z.string().nullable() }),
  handler: async ({ app, query }) => {
    const after = readCursor(query.cursor)
    const found = await listTemplates(app.db, { search: query.search.trim(), kind: query.kind ?? null, archived: query.archived === 'true', after, limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    const next = found.length > query.limit && last ? Buffer.from(JSON.stringify([last.updated_at.toISOString(), last.id])).toString('base64url') : null
    return { data: page.map(presentSummary), next_cursor: next }
  },
})

export const show = route({
  summary: 'One template with its current document and where it is used',
  params: byId, response: templateDetail,
  handler: ({ app, params }) => detailOf(app, params.id),
})

export const create = route({
  summary: 'Make a template',
  description: 'Texts may hold Liquid; see /api/v1/templates/fields for what it can name. A Liquid error is answered with the language, the block and the line.',
  body: newTemplate, response: templateDetail, status: 201, bodyLimit: 4_000_000,
  handler: async ({ app, body, actor }) => {
    const document = body.document ?? (body.copy_of ? await documentOf(app, body.copy_of) : await emptyDocument(app))
    const id = await createTemplate(app.db, { name: body.name, kind: body.kind, document }, userId(actor), readerOf(actor), app.now())
    return detailOf(app, id)
  },
})

export const change = route({
  summary: 'Change a template',
  description: 'A changed document becomes a new version. `revision` is the one you loaded: when somebody else saved meanwhile the answer is 409 changed_meanwhile.',
  params: byId, body: templateChange, response: templateDetail, bodyLimit: 4_000_000,
  handler: async ({ app, params, body, actor }) => {
    await changeTemplate(app.db, params.id, body, userId(actor), readerOf(actor), app.now())
    return detailOf(app, params.id)
  },
})

export const archive = route({
  summary: 'Archive a template',
  description: '409 in_use while a journey or an unsent campaign uses it.',
  params: byId,
  handler: ({ app, params }) => archiveTemplate(app.db, params.id, app.now()),
})

export const restore = route({
  summary: 'Take a template out of the archive',
  params: byId,
  handler: ({ app, params }) => restoreTemplate(app.db, params.id, app.now()),
})

export const versions = route({
  summary: 'Versions of a template, newest first',
  params: byId, response: z.object({ data: z.array(templateVersion), next_cursor: z.null() }),
  handler: async ({ app, params }) => ({ data: (await listVersions(app.db, params.id)).map(version => ({ ...version, created_at: version.created_at.toISOString() })), next_cursor: null }),
})

export const versionDocument = route({
  summary: 'The document of one version',
  params: z.object({ id: z.coerce.number().int().positive(), version_id: z.coerce.number().int().positive() }), response: mailDocument,
  handler: async ({ app, params }) => {
    const document = await findVersionDocument(app.db, params.id, params.version_id)
    if (!document) throw notFound('version')
    return document
  },
})

export const fields = route({
  summary: 'Fields a mail can be filled with',
  description: 'Write {{ path | default: "…" }}. Custom fields are among them.',
  response: z.object({ data: z.array(personalField), next_cursor: z.null() }),
  handler: async ({ app }) => {
    const custom = (await listCustomFields(app.db)).map(field => ({ path: `contact.fields.${field.key}`, label: { en: field.label, ru: field.label }, group: 'custom' as const, example: '', always: false }))
    return { data: [...personalFields, ...custom], next_cursor: null }
  },
})

export const preview = route({
  summary: 'A mail as one person would see it, and what would look wrong',
  reads: true,
  body: previewBody, response: mailPreview, bodyLimit: 4_000_000,
  handler: ({ app, body, actor }) => {
    if (!body.document.locales[body.locale]) throw invalid([{ field: 'locale', message: 'the document has no variant in this language' }])
    return previewMail(app, { document: body.document, locale: body.locale, kind: body.kind, contactId: body.contact_id ?? null, reader: readerOf(actor), withSource: body.with_source })
  },
})

export const thumbnail = route({
  summary: 'The current version as an example person sees it',
  params: byId, query: z.object({ locale: mailLocale.optional() }), response: z.object({ locale: mailLocale, subject: z.string(), html: z.string() }),
  handler: async ({ app, params, query }) => {
    const found = await findTemplate(app.db, params.id)
    if (!found) throw notFound('template')
    const locale = localeFor(found.document, query.locale ?? null, (await readCompany(app.db)).language)
    return { locale, ...await previewVersion(app, { id: found.version_id, kind: found.kind, document: found.document, files: [] }, locale) }
  },
})

async function detailOf(app: App, id: number): Promise<TemplateDetail> {
  const found = await findTemplate(app.db, id)
  if (!found) throw notFound('template')
  return { ...presentSummary(found), document: found.document, used_by: await findUses(app.db, id) }
}

async function documentOf(app: App, id: number): Promise<MailDocument> {
  const found = await findTemplate(app.db, id)
  if (!found) throw invalid([{ field: 'copy_of', message: 'there is no such template' }])
  return found.document
}

async function emptyDocument(app: App): Promise<MailDocument> {
  const { language } = await readCompany(app.db)
  return mailDocumentOf({ [language]: variant('', '', []) })
}

function presentSummary(row: TemplateRow): TemplateSummary {
  const { document: _, ...summary } = row
  return { ...summary, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString(), archived_at: row.archived_at?.toISOString() ?? null }
}

function readCursor(cursor: string | undefined): { updated_at: Date, id: number } | null {
  if (cursor === undefined) return null
  try {
    const [updatedAt, id] = cursorKey.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { updated_at: new Date(updatedAt), id }
  } catch {
    throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
  }
}

const userId = (actor: Actor): number | null => actor.kind === 'user' ? actor.id : null
/** Sentences about a mail are written in the language of who reads them. */
const readerOf = (actor: Actor): MailLocale => actor.kind === 'user' ? actor.locale : 'en'
