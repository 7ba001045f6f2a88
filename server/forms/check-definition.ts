import type { FormDefinition } from '../../shared/forms.ts'
import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { listCustomFields } from '../contacts/custom-fields.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { namesOfUsers } from '../leads/create-leads.sql.ts'
import { tagNames } from './forms.sql.ts'

const cardFields = new Set(['email', 'first_name', 'last_name', 'phone', 'city', 'company'])

/** What is wrong with a form before it can be published, by field. */
export async function checkDefinition(db: Db, definition: FormDefinition): Promise<FieldError[]> {
  const errors: FieldError[] = []
  const say = (field: string, message: string): void => { errors.push({ field: `definition.${field}`, message }) }
  for (const name of ['title', 'button', 'success', 'consent_wording'] as const) {
    if (definition[name].en.trim() === '' && definition[name].ru.trim() === '') say(name, 'write it in at least one language')
  }
  const custom = new Set((await listCustomFields(db)).filter(field => field.archived_at === null).map(field => `fields.${field.key}`))
  const seen = new Set<string>()
  definition.fields.forEach(({ field }, index) => {
    if (!cardFields.has(field) && !custom.has(field)) say(`fields.${index}`, `there is no field "${field}"`)
    if (seen.has(field)) say(`fields.${index}`, 'stands there twice')
    seen.add(field)
  })
  if (!seen.has('email')) say('fields', 'the email must be among them')
  const topics = new Set((await offeredTopics(db)).map(topic => topic.id))
  for (const id of definition.topic_ids) if (!topics.has(id)) say('topic_ids', `there is no topic ${id} in use`)
  const tags = await tagNames(db, definition.tag_ids)
  for (const id of definition.tag_ids) if (!tags.has(id)) say('tag_ids', `there is no tag ${id}`)
  if (typeof definition.lead_owner === 'number' && (await namesOfUsers(db, [definition.lead_owner])).size === 0) say('lead_owner', 'there is no such member of staff')
  if (definition.redirect_url !== '' && !/^https?:\/\//.test(definition.redirect_url)) say('redirect_url', 'begins with http:// or https://')
  return errors
}
