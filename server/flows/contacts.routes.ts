import { z } from 'zod'
import { changeContactBody, contactBatchBody, contactBatchResult, contactCard, contactInput, savedContact, tagBody } from '../../shared/contacts.ts'
import type { ContactInput } from '../../shared/contacts.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, changedMeanwhile, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readCard } from '../contacts/card.sql.ts'
import { ownersOf } from '../contacts/owners.sql.ts'
import type { Outcome, Refused } from '../contacts/save-contacts.sql.ts'
import { assertUnused, findUses } from '../contacts/find-uses.sql.ts'
import { changeTags, deleteTagEverywhere } from './change-tags.ts'
import { eraseContact } from './erase-contact.ts'
import { saveContactsAndFollow } from './save-contacts.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
export const nameOf = (actor: Actor): string => actor.kind === 'user' ? `user:${actor.id}` : 'api'

export const put = route({
  summary: 'Create or update a contact by email, phone or external id',
  description: 'Whoever has one of the given identities is updated; nobody has: a contact is made. Identities of two different contacts are a conflict (409) and change nothing. What is left out stays; tags are added.',
  body: contactInput.meta({ examples: [{ email: 'anna@example.com', first_name: 'Anna', city: 'Moscow', tags: ['wholesale'], fields: {} }] }),
  response: savedContact,
  async handler({ app, seen, body, actor, reply }) {
    const [outcome] = await saveContactsAndFollow(app, app.db, [body], { now: app.now(), by: nameOf(actor), mode: 'overwrite' })
    const { contact_id, created } = assertSaved(outcome!)
    if (created) await keepOwn(app, seen, actor, [contact_id])
    // What somebody has just written themselves is shown to them, even when it is nobody's; what they gave away is not.
    const card = await present(seen, contact_id) ?? (created ? await present(app, contact_id) : undefined)
    return card === undefined ? reply.code(204).send() : { ...card, created }
  },
})

export const batch = route({
  summary: 'Create or update up to 1,000 contacts, each with its own outcome',
  description: 'Rows look like the body of PUT /contacts, or carry `id`. A row that is refused does not hinder the others; `data` holds one outcome for each row, in order.',
  body: contactBatchBody, response: contactBatchResult, bodyLimit: 16 * 1024 * 1024,
  async handler({ app, seen, body, actor }) {
    const rows = body.contacts.map(row => contactInput.extend({ id: z.number().int().positive().optional() }).safeParse(row))
    const inputs = rows.flatMap(row => row.success ? [row.data as ContactInput] : [])
    const outcomes = await saveContactsAndFollow(app, app.db, inputs, { now: app.now(), by: nameOf(actor), mode: 'overwrite' })
    await keepOwn(app, seen, actor, outcomes.flatMap(outcome => 'error' in outcome || !outcome.created ? [] : [outcome.contact_id]))
    const result = { created: 0, updated: 0, unchanged: 0, failed: 0 }
    let next = 0
    const data = rows.map((row, index) => {
      if (!row.success) {
        result.failed++
        const issue = row.error.issues[0]!
        return { index, error: { code: 'invalid', field: issue.path.join('.'), message: issue.message } }
      }
      const outcome = outcomes[next++]!
      if ('error' in outcome) {
        result.failed++
        return { index, error: { code: outcome.error.code, field: outcome.error.field, message: outcome.error.message } }
      }
      result[outcome.created ? 'created' : outcome.changed.length > 0 ? 'updated' : 'unchanged']++
      return { index, id: outcome.contact_id, created: outcome.created }
    })
    return { ...result, data }
  },
})

export const patch = route({
  summary: 'Change a card',
  description: 'Carries the revision you saw: 409 `changed_meanwhile` when somebody else has changed the card since.',
  params, body: changeContactBody, response: contactCard,
  async handler({ app, seen, params: { id }, body, actor }) {
    const [outcome] = await saveContactsAndFollow(app, app.db, [{ ...body, id }], { now: app.now(), by: nameOf(actor), mode: 'overwrite' })
    assertSaved(outcome!)
    return present(seen, id)
  },
})

export const erase = route({
  summary: 'Erase a contact and everything kept about them',
  description: 'The card, events, orders, consents, mails, leads and tasks. A suppression of the address stays, so that nobody mails it again.',
  params,
  async handler({ app, params: { id } }) {
    if (!await withTransaction(app.db, tx => eraseContact(tx, id))) throw notFound('contact')
  },
})

export const addTag = route({
  summary: 'Put a tag on a contact; it is made when there is none of that name',
  params, body: tagBody, response: contactCard,
  async handler({ app, seen, params: { id }, body, actor }) {
    const [outcome] = await saveContactsAndFollow(app, app.db, [{ id, tags: [body.name] }], { now: app.now(), by: nameOf(actor), mode: 'overwrite' })
    assertSaved(outcome!)
    return present(seen, id)
  },
})

export const removeTag = route({
  summary: 'Take a tag off a contact',
  params: params.extend({ tag: z.coerce.number().int().positive() }), response: contactCard,
  async handler({ app, seen, params: { id, tag }, actor }) {
    await changeTags(app, app.db, { add: [], remove: [{ contact_id: id, tag_id: tag }] }, { now: app.now(), by: nameOf(actor) })
    return present(seen, id)
  },
})

export const deleteTag = route({
  summary: 'Delete a tag and take it off everybody',
  description: '409 `in_use` while a segment, journey or form asks for it: they are named in `errors` as `kind:number`.',
  params,
  async handler({ app, params: { id }, actor }) {
    assertUnused('tag', (await findUses(app.db, 'tag', [id])).get(id) ?? [])
    if (!await deleteTagEverywhere(app, id, { now: app.now(), by: nameOf(actor) })) throw notFound('tag')
  },
})

/** undefined: there is none, or it was given away just now. */
const present = (seen: App, id: number) => readCard(seen.db, id, seen.now())

/** Whoever sees a part of the contacts looks after those they add, or they would lose them at once. */
async function keepOwn(app: App, seen: App, actor: Actor, ids: number[]): Promise<void> {
  if (!seen.isNarrowed || actor.kind !== 'user') return
  const owned = await ownersOf(app.db, ids)
  await saveContactsAndFollow(app, app.db, ids.filter(id => !owned.has(id)).map(id => ({ id, owner_id: actor.id })), { now: app.now(), by: nameOf(actor), mode: 'overwrite' })
}

function assertSaved(outcome: Outcome): Exclude<Outcome, Refused> {
  if (!('error' in outcome)) return outcome
  const { code, field, message, all } = outcome.error
  if (code === 'not_found') throw notFound('contact')
  if (code === 'changed_meanwhile') throw changedMeanwhile()
  if (code === 'identity_conflict') throw new AppError(code, 409, `${field}: ${message}. Nothing was changed.`, all)
  throw invalid(all)
}
