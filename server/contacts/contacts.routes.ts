import { z } from 'zod'
import { contactCard, createCustomFieldBody, changeCustomFieldBody, customField as customFieldShape, fieldChangesPage, fieldChangesQuery, fieldOf, tag as tagShape, tagBody } from '../../shared/contacts.ts'
import type { CustomField, CustomFieldKind } from '../../shared/contacts.ts'
import { narrowedRole } from '../../shared/rights.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { findRights, rebuildSeenViews } from '../staff/rights.sql.ts'
import { hiddenFieldsOf } from '../staff/seen-views.sql.ts'
import { readCard } from './card.sql.ts'
import { formulasOver, problemOfFormula } from './card-formulas.ts'
import { changeCustomField, createCustomField, findCustomField, holdCustomFields, keepApart, letRepeat, listAllCustomFields, listCustomFields } from './custom-fields.sql.ts'
import type { StoredField } from './custom-fields.sql.ts'
import { readContactChanges } from './field-changes.sql.ts'
import { assertUnused, findFieldUses } from './find-uses.sql.ts'
import { standingContacts } from './merged-contacts.sql.ts'
import { createTag, listTags, renameTag } from './tags.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const card = route({
  summary: 'The card: fields, tags, consents, computed features, segments, journeys, leads and tasks',
  description: 'The number of a card that was merged into another gives that other card: its `id` says so.',
  params,
  response: contactCard,
  async handler({ app, params: { id } }) {
    const found = await readCard(app.db, (await standingContacts(app.db, [id])).get(id) ?? id, app.now())
    if (found === undefined) throw notFound('contact')
    return found
  },
})

export const changes = route({
  summary: 'What changed on a card: each field with its value before and after, by whom and when',
  params, query: fieldChangesQuery, response: fieldChangesPage,
  async handler({ app, params: { id }, query }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const found = await readContactChanges(app.db, (await standingContacts(app.db, [id])).get(id) ?? id, { field: query.field, limit: query.limit, after: key && [String(key[0]), Number(key[1])] })
    return { data: found.changes, next_cursor: found.next && writeCursor(found.next) }
  },
})

// ── tags ─────────────────────────────────────────────────────────────────────────────────────────────

export const tags = route({
  summary: 'All tags with how many contacts have them',
  response: z.object({ data: z.array(tagShape), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: await listTags(app.db), next_cursor: null }),
})

export const addTag = route({
  summary: 'Make a tag; the one of that name when there is one already',
  body: tagBody, response: tagShape, status: 201,
  handler: ({ app, body }) => createTag(app.db, body.name),
})

export const changeTag = route({
  summary: 'Rename a tag',
  params, body: tagBody, response: tagShape,
  async handler({ app, params: { id }, body }) {
    const renamed = await renameTag(app.db, id, body.name).catch((error: unknown) => {
      if ((error as { code?: string }).code === '23505') throw new AppError('taken', 409, 'Another tag has this name.', [{ field: 'name', message: 'another tag has this name' }])
      throw error
    })
    if (renamed === undefined) throw notFound('tag')
    return renamed
  },
})

// ── custom fields ────────────────────────────────────────────────────────────────────────────────────

const present = (field: StoredField) => ({ ...field, archived_at: field.archived_at?.toISOString() ?? null })
const withChoices = (kind: string): boolean => kind === 'choice' || kind === 'multi_choice'

export const customFields = route({
  summary: 'Custom fields of contacts, companies and deals, archived ones last',
  query: z.object({ of: fieldOf.optional().describe('left out: all') }),
  response: z.object({ data: z.array(customFieldShape), next_cursor: z.null() }),
  handler: async ({ app, query }) => ({ data: (await (query.of === undefined ? listAllCustomFields(app.db) : listCustomFields(app.db, query.of))).map(present), next_cursor: null }),
})

export const addCustomField = route({
  summary: 'Add a custom field to contacts, companies or deals',
  description: 'With a `formula` the field is computed: when a card is saved, and on every card in the background now. 422 on `formula` says at which character it is wrong, or names the loop of formulas that need each other.',
  body: createCustomFieldBody, response: customFieldShape, status: 201,
  handler: ({ app, body, actor }) => withTransaction(app.db, async tx => {
    assertSettings(body.kind, body)
    assertMayGrant(actor, {}, body.access)
    await holdCustomFields(tx)
    if (body.formula !== null) await assertFormula(tx, { ...body, formula: body.formula }, actor)
    const created = await createCustomField(tx, body, app.now())
    if (created === undefined) throw new AppError('taken', 409, 'There is a field with this key already.', [{ field: 'key', message: 'there is a field with this key already' }])
    if (created.is_unique) await keepApart(tx, created)
    if (created.formula !== null) await computeAnew(tx)
    await rebuildSeenViews(tx)
    return present(created)
  }),
})

export const editCustomField = route({
  summary: 'Change a custom field, or archive it',
  description: 'The key and the kind stay, since values, conditions and mails stand on them. Values on cards stay when a field is archived. 409 `in_use` while a segment, journey, form or mail names it: they stand in `errors` as `kind:number`. Made unique, the values of all cards are looked at: 422 names one that stands twice. A changed `formula` computes every card anew in the background; 422 on `archived` while a formula names the field.',
  params, body: changeCustomFieldBody, response: customFieldShape,
  handler: ({ app, params: { id }, body, actor }) => withTransaction(app.db, async tx => {
    await holdCustomFields(tx)
    const before = await findCustomField(tx, id)
    if (before === undefined) throw notFound('custom field')
    if (body.archived === true && before.archived_at === null && before.of === 'contact') assertUnused('field', await findFieldUses(tx, before.key))
    if (body.archived === true && before.archived_at === null && before.of === 'contact') await assertNoFormulaNeeds(tx, before)
    if (body.formula !== undefined && before.formula === null) throw invalid([{ field: 'formula', message: 'this field is filled in by people: make a new field for the formula' }])
    const formula = body.formula ?? before.formula
    const isNewFormula = formula !== null && (formula !== before.formula || (body.archived === false && before.archived_at !== null))
    if (isNewFormula) await assertFormula(tx, { ...before, formula }, actor)
    assertSettings(before.kind, { ...before, ...body })
    assertMayGrant(actor, before.access, body.access ?? before.access)
    const changed = await changeCustomField(tx, id, body, app.now())
    if (changed === undefined) throw conflict('changed_meanwhile', 'The field is gone meanwhile.')
    if (changed.is_unique && !before.is_unique) {
      const twice = await keepApart(tx, changed)
      if (twice !== undefined) throw invalid([{ field: 'is_unique', message: `"${twice.slice(0, 100)}" stands on two cards` }])
    }
    if (!changed.is_unique && before.is_unique) await letRepeat(tx, changed)
    if (isNewFormula) await computeAnew(tx)
    await rebuildSeenViews(tx)
    return present(changed)
  }),
})

/** Nobody but an administrator gives a role more, or less: a marketer could give it to themselves. */
function assertMayGrant(actor: Actor, before: CustomField['access'], after: CustomField['access']): void {
  const isChanged = narrowedRole.options.some(role => (before[role] ?? 'edit') !== (after[role] ?? 'edit'))
  if (isChanged && (actor.kind === 'public' || actor.role !== 'administrator')) throw new AppError('forbidden', 403, 'Only an administrator says what roles may do with a field.', [{ field: 'access', message: 'only an administrator changes this' }])
}

async function assertFormula(tx: Db, field: Pick<StoredField, 'of' | 'key' | 'kind'> & { formula: string }, actor: Actor): Promise<void> {
  const role = actor.kind === 'public' ? 'observer' : actor.role
  const rights = (await findRights(tx)).find(each => each.role === role)
  const others = (await listCustomFields(tx, 'contact')).filter(other => other.archived_at === null && other.key !== field.key)
  const message = field.of === 'contact' ? problemOfFormula(field, others, rights === undefined ? [] : hiddenFieldsOf(rights)) : 'only fields of contacts are computed'
  if (message !== undefined) throw invalid([{ field: 'formula', message }])
}

async function assertNoFormulaNeeds(tx: Db, { key }: StoredField): Promise<void> {
  const fields = (await listCustomFields(tx, 'contact')).filter(field => field.archived_at === null)
  const [over] = formulasOver(key, fields)
  if (over !== undefined) throw invalid([{ field: 'archived', message: `the formula of the field {${over}} needs this field: take it out there first` }])
}

/** Every card, in the background. */
const computeAnew = (tx: Db): Promise<void> => addJob(tx, 'contacts.compute-formulas', { after: 0 }, { queue: 'formulas' })

const comparable = new Set(['text', 'number', 'email', 'phone', 'link', 'date', 'datetime'])

function assertSettings(kind: CustomFieldKind, { options, is_unique, formula }: { options: { value: string }[], is_unique: boolean, formula?: string | null | undefined }): void {
  assertOptions(kind, options)
  if (is_unique && (!comparable.has(kind) || typeof formula === 'string')) throw invalid([{ field: 'is_unique', message: 'values of this kind cannot be unique' }])
}

function assertOptions(kind: string, options: { value: string }[]): void {
  if (withChoices(kind) && options.length === 0) throw invalid([{ field: 'options', message: 'give at least one choice' }])
  if (!withChoices(kind) && options.length > 0) throw invalid([{ field: 'options', message: 'only choices have options' }])
  if (new Set(options.map(option => option.value)).size < options.length) throw invalid([{ field: 'options', message: 'two choices have the same value' }])
}
