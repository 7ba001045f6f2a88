import { z } from 'zod'
import { formBody, formList, formPeople, formPreviewBody, formUpdate, formView, type FormDefinition, type FormRow as WireRow, type FormView } from '../../shared/forms.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { changedMeanwhile, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { checkDefinition } from './check-definition.ts'
import { defaultDefinition, slugFor } from './default-definition.ts'
import { plainSnippet, renderForm } from './form-page.ts'
import { formInputs } from './form-inputs.ts'
import { archiveForm, countForm, findForm, findFormBySlug, insertForm, listFormPeople, listForms, updateForm, type FormCounts, type FormRow } from './forms.sql.ts'
import { topicsOf } from './hosted.routes.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const toCursor = (id: number): string => Buffer.from(String(id)).toString('base64url')
function fromCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const id = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(id)) throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
  return id
}

export const listAll = route({
  summary: 'Signup forms with what came of them, the newest first',
  query: z.object({ search: z.string().max(200).default(''), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(100).optional() }),
  response: formList,
  handler: async ({ app, query }) => {
    const found = await listForms(app.db, fromCursor(query.cursor), query.limit + 1, query.search)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(form => presentRow(app, form, form)), next_cursor: found.length > query.limit && last ? toCursor(last.id) : null }
  },
})

export const create = route({
  summary: 'Make a form',
  description: 'It is live at its address at once, unless `state` says otherwise.',
  body: formBody,
  response: formView,
  status: 201,
  handler: ({ app, body, actor }) => withTransaction(app.db, async tx => {
    const definition = body.definition ?? await newDefinition(tx)
    await assertSound(tx, definition)
    const form = { name: body.name, state: body.state, definition, created_by: actor.kind === 'user' ? actor.id : null }
    if (body.slug !== undefined) {
      const id = await insertForm(tx, { ...form, slug: body.slug }, app.now())
      if (id === undefined) throw slugTaken()
      return detail(app, tx, id)
    }
    const wanted = slugFor(body.name)
    for (let number = 1; ; number++) {
      const id = await insertForm(tx, { ...form, slug: number === 1 ? wanted : `${wanted}-${number}` }, app.now())
      if (id !== undefined) return detail(app, tx, id)
    }
  }),
})

export const read = route({
  summary: 'A form, its address, what to put into a site, and what came of it',
  params: byId,
  response: formView,
  handler: ({ app, params }) => detail(app, app.db, params.id),
})

export const change = route({
  summary: 'Change a form',
  description: 'What is left out stays. `revision` is the one you read; 409 when somebody was faster.',
  params: byId,
  body: formUpdate,
  response: formView,
  handler: ({ app, params, body }) => withTransaction(app.db, async tx => {
    const form = await findForm(tx, params.id)
    if (form === undefined) throw notFound('form')
    const definition = body.definition ?? form.definition
    // What it names may have been archived while the form was closed.
    if (body.definition || (body.state === 'live' && form.state !== 'live')) await assertSound(tx, definition)
    const slug = body.slug ?? form.slug
    if (slug !== form.slug && await findFormBySlug(tx, slug) !== undefined) throw slugTaken()
    if (!await updateForm(tx, params.id, body.revision, { name: body.name ?? form.name, slug, state: body.state ?? form.state, definition }, app.now())) throw changedMeanwhile()
    return detail(app, tx, params.id)
  }),
})

export const remove = route({
  summary: 'Remove a form',
  description: 'Its page is gone; what people sent in stays. 409 `in_use` while a journey starts with it or a condition asks for it.',
  params: byId,
  status: 204,
  handler: async ({ app, params }) => {
    assertUnused('form', (await findUses(app.db, 'form', [params.id])).get(params.id) ?? [])
    if (!await archiveForm(app.db, params.id, app.now())) throw notFound('form')
  },
})

export const preview = route({
  summary: 'The page of a form that is not saved yet',
  reads: true,
  body: formPreviewBody,
  response: z.object({ html: z.string() }),
  handler: async ({ app, body: { definition, locale } }) => {
    const company = await readCompany(app.db)
    return {
      html: renderForm({
        locale, company: company.name, definition, inputs: await formInputs(app.db, definition, locale), topics: await topicsOf(app.db, definition, locale),
        action: '#', hidden: {}, values: {}, errors: {}, embedded: false, isPreview: true,
      }),
    }
  },
})

export const people = route({
  summary: 'People who sent a form in, or confirmed',
  params: byId,
  query: z.object({ what: z.enum(['submitted', 'confirmed']).default('submitted'), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(100).optional() }),
  response: formPeople,
  handler: async ({ app, params, query }) => {
    if (await findForm(app.db, params.id) === undefined) throw notFound('form')
    const found = await listFormPeople(app.db, params.id, query.what, fromCursor(query.cursor), query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(person => ({ ...person, at: person.at.toISOString() })), next_cursor: found.length > query.limit && last ? toCursor(last.contact_id) : null }
  },
})

const slugTaken = () => invalid([{ field: 'slug', message: 'another form has this address already' }])

async function assertSound(db: Db, definition: FormDefinition): Promise<void> {
  const errors = await checkDefinition(db, definition)
  if (errors.length > 0) throw invalid(errors)
}

async function newDefinition(db: Db): Promise<FormDefinition> {
  const [company, topics] = await Promise.all([readCompany(db), offeredTopics(db)])
  if (topics.length === 0) throw invalid([{ field: 'definition.topic_ids', message: 'make a topic first: people subscribe to topics' }])
  return defaultDefinition({ topicIds: topics.map(topic => topic.id), company: company.name })
}

const urlOf = (app: App, slug: string): string => `${app.settings.publicUrl}/f/${slug}`

function presentRow(app: App, form: FormRow, counts: FormCounts): WireRow {
  return {
    id: form.id, name: form.name, slug: form.slug, url: urlOf(app, form.slug), state: form.state, double_opt_in: form.definition.double_opt_in,
    counts: { views: form.views, submissions: counts.submissions, people: counts.people, confirmed: counts.confirmed, leads: counts.leads },
    created_at: form.created_at.toISOString(), updated_at: form.updated_at.toISOString(),
  }
}

async function detail(app: App, db: Db, id: number): Promise<FormView> {
  const form = await findForm(db, id)
  if (form === undefined) throw notFound('form')
  const { language } = await readCompany(db)
  return {
    ...presentRow(app, form, await countForm(db, id)),
    revision: form.revision,
    definition: form.definition,
    embed: {
      script: `<script async src="${urlOf(app, form.slug)}/embed.js"></script>`,
      html: plainSnippet(urlOf(app, form.slug), form.definition, await formInputs(db, form.definition, language), language),
    },
  }
}
