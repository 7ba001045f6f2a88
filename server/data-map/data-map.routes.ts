import { z } from 'zod'
import { changeFieldRuleBody, dataMap, type DataMap, type FieldRule, fieldRule, fieldRuleBody, type MappedField, ruleTrial } from '../../shared/data-map.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { cardColumns } from '../contacts/check-input.ts'
import { fieldCauses } from '../events/rollup-fields.ts'
import { fieldsInUse, kindOfTarget } from './check-rule.ts'
import { countRuleWork, deleteRule, insertRule, listRules, updateRule, type StoredRule } from './field-rules.sql.ts'
import { countLately, findFillers } from './fillers.sql.ts'
import { tryRule } from './try-rule.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const countedDays = 30

export const show = route({
  summary: 'Which event or source fills which field of the card, by which rule',
  response: dataMap,
  handler: ({ app }) => drawMap(app.db, app.now()),
})

export const list = route({
  summary: 'The rules by which events fill fields of the card',
  response: z.object({ data: z.array(fieldRule), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: await presentRules(app.db, app.now()), next_cursor: null }),
})

export const create = route({
  summary: 'Let a property of an event fill a field of the card, from the next event on',
  body: fieldRuleBody, response: fieldRule, status: 201,
  handler: ({ app, body, actor }) => withTransaction(app.db, async tx => {
    await kindOfTarget(tx, body)
    const id = await insertRule(tx, body, actor.kind === 'user' ? actor.id : null, app.now())
    return detail(tx, id, app.now())
  }),
})

export const change = route({
  summary: 'Change a rule, or turn it off and on; what it wrote stays',
  params: byId, body: changeFieldRuleBody, response: fieldRule,
  handler: ({ app, params, body }) => withTransaction(app.db, async tx => {
    const rule = fieldRuleBody.parse({ ...pickBody(await detail(tx, params.id, app.now())), ...body })
    await kindOfTarget(tx, rule)
    await updateRule(tx, params.id, rule, app.now())
    return detail(tx, params.id, app.now())
  }),
})

export const remove = route({
  summary: 'Remove a rule; what it wrote stays on the cards and in their history',
  params: byId,
  async handler({ app, params }) {
    if (!await deleteRule(app.db, params.id)) throw notFound('rule')
  },
})

export const trial = route({
  summary: 'What a rule would have done with the latest events; nothing is written',
  reads: true,
  body: fieldRuleBody, response: ruleTrial,
  handler: ({ app, body }) => tryRule(app.db, body, app.now()),
})

const pickBody = ({ event_type, property, field, update_rule, value_map, active }: FieldRule): z.input<typeof fieldRuleBody> => ({ event_type, property, field, update_rule, value_map, active })

async function presentRules(db: Db, now: Date): Promise<FieldRule[]> {
  const [rules, work] = await Promise.all([listRules(db), countRuleWork(db, new Date(now.getTime() - countedDays * 86_400_000))])
  return rules.map((rule: StoredRule) => ({ ...rule, created_at: rule.created_at.toISOString(), updated_at: rule.updated_at.toISOString(), filled: work.get(rule.id)?.filled ?? 0, refused: work.get(rule.id)?.refused ?? 0 }))
}

async function detail(db: Db, id: number, now: Date): Promise<FieldRule> {
  const found = (await presentRules(db, now)).find(rule => rule.id === id)
  if (found === undefined) throw notFound('rule')
  return found
}

async function drawMap(db: Db, now: Date): Promise<DataMap> {
  const [rules, fillers, lately, custom] = await Promise.all([presentRules(db, now), findFillers(db), countLately(db), fieldsInUse(db)])
  const mapped = (field: string, kind: MappedField['kind'], label: string, formula: string | null): MappedField => ({
    field, kind, label,
    fillers: [
      ...formula === null ? [] : [{ kind: 'formula' as const, id: null, name: formula, rule: null }],
      ...fillers.filter(each => each.field === field).map(({ kind: by, id, name }) => ({ kind: by, id, name, rule: null })),
      ...rules.filter(rule => rule.field === field).map(rule => ({ kind: 'rule' as const, id: rule.id, name: rule.event_type, rule })),
      ...fieldCauses.filter(cause => cause.field === field).map(({ type }) => ({ kind: 'event' as const, id: null, name: type, rule: null })),
    ],
    lately: lately.fields.filter(each => each.field === field).map(({ by, values }) => ({ by, values })),
  })
  return {
    changes_seen: lately.seen,
    fields: [
      ...cardColumns.map(column => mapped(column, 'text', '', null)),
      ...custom.map(field => mapped(`fields.${field.key}`, field.kind, field.label, field.formula)),
      ...[...new Set(fieldCauses.map(cause => cause.field))].map(field => mapped(field, 'computed', '', null)),
    ],
  }
}
