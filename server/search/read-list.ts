import type { z } from 'zod'
import type { Condition } from '../../shared/conditions.ts'
import type { contactListQuery } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import { invalid } from '../base/errors.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import type { ContactFilter, Sort } from './list-contacts.sql.ts'
import { sortKey } from './sort-keys.sql.ts'

/** Throws 422 for an order there is not. */
export async function readSort(app: App, sort: string): Promise<Sort> {
  const name = sort.replace(/^-/, '')
  const by = sortKey(name, name.startsWith('fields.') ? await listCustomFields(app.db) : [])
  if (by === undefined) throw invalid([{ field: 'sort', message: 'is not an order of this list' }])
  return { by, descending: sort.startsWith('-') }
}

/** Throws 422 for a filter that is none. */
export async function readFilter(app: App, query: Pick<z.output<typeof contactListQuery>, 'search' | 'segment' | 'tag' | 'owner' | 'filter' | 'ids'>): Promise<ContactFilter> {
  return { ids: query.ids?.split(',').map(Number), search: query.search, segment: query.segment, tag: query.tag, owner: query.owner, condition: query.filter ? await parseFilter(app, query.filter) : undefined }
}

async function parseFilter(app: App, text: string): Promise<Condition> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw invalid([{ field: 'filter', message: 'is not JSON' }])
  }
  const { condition, errors } = await readCondition(app.db, json, { path: 'filter' })
  if (condition === null) throw invalid(errors)
  return condition
}
