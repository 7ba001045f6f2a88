import { z } from 'zod'
import { contactCard, createCustomFieldBody, changeCustomFieldBody, customField as customFieldShape, tag as tagShape, tagBody } from '../../shared/contacts.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCard } from './card.sql.ts'
import { changeCustomField, createCustomField, findCustomField, listCustomFields } from './custom-fields.sql.ts'
import type { StoredField } from './custom-fields.sql.ts'
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
  summary: 'Custom fields of the card, archived ones last',
  response: z.object({ data: z.array(customFieldShape), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: (await listCustomFields(app.db)).map(present), next_cursor: null }),
})

export const addCustomField = route({
  summary: 'Add a custom field to the card',
  body: createCustomFieldBody, response: customFieldShape, status: 201,
  async handler({ app, body }) {
    assertOptions(body.kind, body.options)
    const created = await createCustomField(app.db, body, app.now())
    if (created === undefined) throw new AppError('taken', 409, 'There is a field with this key already.', [{ field: 'key', message: 'there is a field with this key already' }])
    return present(created)
  },
})

export const editCustomField = route({
  summary: 'Change the label, the choices or the place of a custom field, or archive it',
  description: 'The key and the kind stay, since values, conditions and mails stand on them. Values on cards stay when a field is archived. 409 `in_use` while a segment, journey, form or mail names it: they stand in `errors` as `kind:number`.',
  params, body: changeCustomFieldBody, response: customFieldShape,
  async handler({ app, params: { id }, body }) {
    const before = await findCustomField(app.db, id)
    if (before === undefined) throw notFound('custom field')
    if (body.archived === true && before.archived_at === null) assertUnused('field', await findFieldUses(app.db, before.key))
    if (body.options !== undefined) assertOptions(before.kind, body.options)
    const changed = await changeCustomField(app.db, id, body, app.now())
    if (changed === undefined) throw conflict('changed_meanwhile', 'The field is gone meanwhile.')
    return present(changed)
  },
})

function assertOptions(kind: string, options: { value: string }[]): void {
  if (withChoices(kind) && options.length === 0) throw invalid([{ field: 'options', message: 'give at least one choice' }])
  if (!withChoices(kind) && options.length > 0) throw invalid([{ field: 'options', message: 'only choices have options' }])
  if (new Set(options.map(option => option.value)).size < options.length) throw invalid([{ field: 'options', message: 'two choices have the same value' }])
}
