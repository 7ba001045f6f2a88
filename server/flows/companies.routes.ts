import { z } from 'zod'
import { changeCompanyBody, companyCard, companyDeal, companyPerson, createCompanyBody } from '../../shared/companies.ts'
import { fieldChangesPage, fieldChangesQuery, timelinePage, timelineQuery } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import { readCursor, readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { standingCompany } from '../companies/company-merges.sql.ts'
import { latestPeople, listCompanyDeals, listPeople, readCompanyCard } from '../companies/company-card.sql.ts'
import { readCompanyChanges } from '../contacts/field-changes.sql.ts'
import { readTimeline } from '../events/timeline.sql.ts'
import { nameOf } from './contacts.routes.ts'
import { changeCompany, createCompany, removeCompany } from './save-companies.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const pageQuery = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(500).optional() })

async function cardOf(app: App, id: number) {
  const card = await readCompanyCard(app.db, id, (await readCompany(app.db)).currency)
  if (card === undefined) throw notFound('company')
  return card
}

export const read = route({
  summary: 'The card of a company: its fields, and what follows from the people who work there',
  params, response: companyCard,
  description: 'The number of a company that was merged into another shows that one.',
  handler: async ({ app, params: { id } }) => cardOf(app, await standingCompany(app.db, id) ?? id),
})

export const create = route({
  summary: 'Add a company',
  body: createCompanyBody, response: companyCard, status: 201,
  handler: async ({ app, body }) => cardOf(app, await createCompany(app, body)),
})

export const change = route({
  summary: 'Change a company',
  description: 'Carries the revision you saw: 409 `changed_meanwhile` when somebody else has changed it since. What is left out stays. Another name is that of everybody who works there: their segments and journeys follow.',
  params, body: changeCompanyBody, response: companyCard,
  async handler({ app, params: { id }, body, actor }) {
    await changeCompany(app, id, body, nameOf(actor))
    return cardOf(app, id)
  },
})

export const remove = route({
  summary: 'Delete a company with its notes and files',
  description: '409 `in_use` while somebody works there.',
  params,
  handler: ({ app, params: { id } }) => removeCompany(app, id),
})

export const people = route({
  summary: 'Who works at a company',
  params, query: pageQuery, response: z.object({ data: z.array(companyPerson), next_cursor: z.string().nullable() }),
  async handler({ app, params: { id }, query }) {
    const found = await listPeople(app.db, id, query.limit + 1, readIdCursor(query.cursor) ?? 0)
    const page = found.slice(0, query.limit)
    return { data: page, next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const deals = route({
  summary: 'Deals of everybody who works at a company, the latest first',
  params, query: pageQuery, response: z.object({ data: z.array(companyDeal), next_cursor: z.string().nullable() }),
  async handler({ app, params: { id }, query }) {
    const found = await listCompanyDeals(app.db, id, query.limit + 1, readIdCursor(query.cursor))
    const page = found.slice(0, query.limit)
    return { data: page, next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const timeline = route({
  summary: 'What the people of a company did and got, the newest first',
  description: 'Of the 200 people something happened to last.',
  params, query: timelineQuery, response: timelinePage,
  async handler({ app, params: { id }, query }) {
    const after = readCursor(query.cursor, ['time', 'number'])
    const { entries, next } = await readTimeline(app.db, await latestPeople(app.db, id), { kind: query.kind, search: query.search, limit: query.limit, after: after && [String(after[0]), Number(after[1])] })
    return { data: entries, next_cursor: next && writeCursor(next) }
  },
})

export const changes = route({
  summary: 'What changed of a company: each field with its value before and after, by whom and when',
  params, query: fieldChangesQuery, response: fieldChangesPage,
  async handler({ app, params: { id }, query }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const found = await readCompanyChanges(app.db, id, { field: query.field, limit: query.limit, after: key && [String(key[0]), Number(key[1])] })
    return { data: found.changes, next_cursor: found.next && writeCursor(found.next) }
  },
})
