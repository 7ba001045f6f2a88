import { z } from 'zod'
import { contactCard, createCustomFieldBody, changeCustomFieldBody, customField as customFieldShape, fieldChangesPage, fieldChangesQuery, fieldOf, tag as tagShape, tagBody } from '../../shared/contacts.ts'
import type { CustomField, CustomFieldKind } from '../../shared/contacts.ts'
import { narrowedRole } from '../../shared/rights.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { rebuildSeenViews } from '../staff/rights.sql.ts'
import { readCard } from './card.sql.ts'
import { changeCustomField, createCustomField, findCustomField, keepApart, letRepeat, listAllCustomFields, listCustomFields } from './custom-fields.sql.ts'
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
  summary: 'Custom fields of contacts and companies, archived ones last',
  query: z.object({ of: fieldOf.optional().describe('left out: all') }),
  response: z.object({ data: z.array(customFieldShape), next_cursor: z.null() }),
  handler: async ({ app, query }) => ({ data: (await (query.of === undefined ? listAllCustomFields(app.db) : listCustomFields(app.db, query.of))).map(present), next_cursor: null }),
})

export const addCustomField = route({
  summary: 'Add a custom field to contacts or companies',
  body: createCustomFieldBody, response: customFieldShape, status: 201,
  handler: ({ app, body, actor }) => withTransaction(app.db, async tx => {
    assertSettings(body.kind, body)
    assertMayGrant(actor, {}, body.access)
    const created = await createCustomField(tx, body, app.now())
    if (created === undefined) throw new AppError('taken', 409, 'There is a field with this key already.', [{ field: 'key', message: 'there is a field with this key already' }])
    if (created.is_unique) await keepApart(tx, created)
    await rebuildSeenViews(tx)
    return present(created)
  }),
})

export const editCustomField = route({
  summary: 'Change a custom field, or archive it',
  description: 'The key and the kind stay, since values, conditions and mails stand on them. Values on cards stay when a field is archived. 409 `in_use` while a segment, journey, form or mail names it: they stand in `errors` as `kind:number`. Made unique, the values of all cards are looked at: 422 names one that stands twice.',
  params, body: changeCustomFieldBody, response: customFieldShape,
  handler: ({ app, params: { id }, body, actor }) => withTransaction(app.db, async tx => {
    const before = await findCustomField(tx, id)
    if (before === undefined) throw notFound('custom field')
    if (body.archived === true && before.archived_at === null && before.of === 'contact') assertUnused('field', await findFieldUses(tx, before.key))
    assertSettings(before.kind, { ...before, ...body })
    assertMayGrant(actor, before.access, body.access ?? before.access)
    const changed = await changeCustomField(tx, id, body, app.now())
    if (changed === undefined) throw conflict('changed_meanwhile', 'The field is gone meanwhile.')
    if (changed.is_unique && !before.is_unique) {
      const twice = await keepApart(tx, changed)
      if (twice !== undefined) throw invalid([{ field: 'is_unique', message: `"${twice.slice(0, 100)}" stands on two cards` }])
    }
    if (!changed.is_unique && before.is_unique) await letRepeat(tx, changed)
    await rebuildSeenViews(tx)
    return present(changed)
  }),
})

/** Nobody but an administrator gives a role more, or less: a marketer could give it to themselves. */
function assertMayGrant(actor: Actor, before: CustomField['access'], after: CustomField['access']): void {
  const isChanged = narrowedRole.options.some(role => (before[role] ?? 'edit') !== (after[role] ?? 'edit'))
  if (isChanged && (actor.kind === 'public' || actor.role !== 'administrator')) throw new AppError('forbidden', 403, 'Only an administrator says what roles may do with a field.', [{ field: 'access', message: 'only an administrator changes this' }])
}

const comparable = new Set(['text', 'number', 'email', 'phone', 'link', 'date', 'datetime'])

function assertSettings(kind: CustomFieldKind, { options, is_unique }: { options: { value: string }[], is_unique: boolean }): void {
  assertOptions(kind, options)
  if (is_unique && !comparable.has(kind)) throw invalid([{ field: 'is_unique', message: 'values of this kind cannot be unique' }])
}

function assertOptions(kind: string, options: { value: string }[]): void {
  if (withChoices(kind) && options.length === 0) throw invalid([{ field: 'options', message: 'give at least one choice' }])
  if (!withChoices(kind) && options.length > 0) throw invalid([{ field: 'options', message: 'only choices have options' }])
  if (new Set(options.map(option => option.value)).size < options.length) throw invalid([{ field: 'options', message: 'two choices have the same value' }])
}
