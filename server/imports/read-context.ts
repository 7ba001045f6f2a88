import { fieldsOfKind, type ImportKind } from '../../shared/imports.ts'
import type { Db } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { listPipelines } from '../deals/pipelines.sql.ts'
import type { KnownField } from './guess-columns.ts'
import type { ReadContext } from './read-rows.ts'

/** Custom fields rows of this kind may fill. */
export async function usableFields(db: Db, kind: ImportKind): Promise<KnownField[]> {
  const of = fieldsOfKind[kind]
  return of === undefined ? [] : (await listCustomFields(db, of)).filter(field => field.archived_at === null && field.formula === null).map(({ key, label, kind }) => ({ key, label, kind }))
}

/** What rows are read by, besides their settings. */
export async function readContext(db: Db, kind: ImportKind, now: Date): Promise<ReadContext> {
  const [company, fields] = await Promise.all([readCompany(db), usableFields(db, kind)])
  const stages = kind === 'deals' ? (await listPipelines(db)).flatMap(pipeline => pipeline.stages.map(stage => [stage.name.toLowerCase(), stage.kind] as const)) : []
  return { fields, timeZone: company.time_zone, currency: company.currency, now, stages: new Map(stages) }
}
