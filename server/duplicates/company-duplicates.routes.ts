import { z } from 'zod'
import { companiesLike, companyLikeBody, companyOverview, companyPairs, differentCompaniesBody, differentCompaniesList } from '../../shared/company-duplicates.ts'
import { duplicateLevels } from '../../shared/duplicates.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { normalisePhone } from '../contacts/normalise.ts'
import { compareAgain, countCompanyPairs, listCompanyPairs, listDifferentCompanies, pairsOfCompany, sayDifferentCompanies, shownCompanies, unsayDifferentCompanies } from './company-pairs.sql.ts'
import { findCompaniesLike } from './find-companies.ts'
import type { PairKey } from './pairs.sql.ts'

const paging = { cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(25) }

export const overview = route({
  summary: 'How many pairs of companies may be one, by how sure that is',
  response: companyOverview,
  handler: ({ app }) => countCompanyPairs(app.db),
})

export const list = route({
  summary: 'Pairs of companies of one level, the surest first, with the reasons',
  description: 'Compared are the name without its legal form, in any order and in Russian or Latin letters, the site, the phone, the address, and the number for taxes: an own field `inn`, `vat`, `vat_id`, `vat_number`, `tax_id` or `tax_number`.',
  query: z.object({ level: z.enum(duplicateLevels).default('certain'), ...paging }), response: companyPairs,
  async handler({ app, query }) {
    const found = await listCompanyPairs(app.db, query.level, readCursor(query.cursor, ['decimal', 'number', 'number']) as PairKey | undefined, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page, next_cursor: found.length > query.limit && last !== undefined ? writeCursor([String(last.score), ...last.companies.map(company => company.id)]) : null }
  },
})

export const ofCompany = route({
  summary: 'Which other companies may be this one, the surest first, at most 20',
  params: z.object({ id: z.coerce.number().int().positive() }), response: companyPairs,
  handler: async ({ app, params: { id } }) => ({ data: await pairsOfCompany(app.db, id), next_cursor: null }),
})

export const like = route({
  summary: 'Which companies may be the one described, at most five',
  reads: true,
  description: 'Before a company is added. Changes nothing.',
  body: companyLikeBody, response: companiesLike,
  async handler({ app, body }) {
    const { phone_country } = await readCompany(app.db)
    const phone = body.phone === undefined ? null : normalisePhone(body.phone, phone_country)
    return { data: await findCompaniesLike(app.db, { name: body.name, domain: body.domain ?? null, phone, address: body.address ?? null, fields: body.fields ?? {} }) }
  },
})

export const differ = route({
  summary: 'These two are different companies: they are offered no more',
  ofEverybody: true,
  body: differentCompaniesBody, response: differentCompaniesBody, status: 201,
  async handler({ app, body, actor }) {
    const [one, other] = body.company_ids
    if (one === other) throw invalid([{ field: 'company_ids', message: 'name two different companies' }])
    await withTransaction(app.db, async tx => {
      const there = await shownCompanies(tx, [one, other])
      for (const id of [one, other]) if (!there.has(id)) throw notFound(`company ${id}`)
      await sayDifferentCompanies(tx, [one, other], actor.kind === 'user' ? actor.id : null, app.now())
      await touch(tx, 'duplicates')
    })
    return body
  },
})

export const takeBack = route({
  summary: 'Take back that two are different companies: they are compared again',
  ofEverybody: true,
  params: z.object({ company_id: z.coerce.number().int().positive(), other_company_id: z.coerce.number().int().positive() }),
  async handler({ app, params: { company_id, other_company_id } }) {
    await withTransaction(app.db, async tx => {
      if (!await unsayDifferentCompanies(tx, [company_id, other_company_id])) throw notFound('difference')
      await compareAgain(tx, [company_id, other_company_id])
      await touch(tx, 'duplicates')
    })
  },
})

export const listDifferent = route({
  summary: 'Pairs somebody said are different companies, the newest first',
  query: z.object(paging), response: differentCompaniesList,
  async handler({ app, query }) {
    const found = await listDifferentCompanies(app.db, readCursor(query.cursor, ['time', 'number', 'number']) as [string, number, number] | undefined, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(({ key: _, ...row }) => row), next_cursor: found.length > query.limit && last !== undefined ? writeCursor([last.key, ...last.companies.map(company => company.id)]) : null }
  },
})
