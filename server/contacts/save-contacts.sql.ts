import { sql } from 'kysely'
import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'
import { defaultCompany } from '../company/company.sql.ts'
import { ensureCompanies } from '../companies/ensure-companies.sql.ts'
import { cardColumns, checkInput, identityKinds } from './check-input.ts'
import type { CardColumn, CardValues, CheckedInput, IdentityKind, InputContext } from './check-input.ts'
import type { FieldDefinition } from './check-field-value.ts'
import { cardComputer } from './card-formulas.ts'
import { holdersOf } from './custom-fields.sql.ts'
import { fieldTimes } from './field-times.sql.ts'
import { normaliseEmail } from './normalise.ts'
import { addTags, ensureTags } from './tags.sql.ts'

export type SaveOptions = {
  now: Date
  /** who: 'user:3', 'api', 'import:7', 'form:2' */
  by: string
  mode: CardRule
  /** fields that follow another rule */
  rules?: Record<string, CardRule>
}
/** only_empty: what the card has already stays · newest: unless the input (`as_of`) is later than the last change of the field */
export type CardRule = 'overwrite' | 'only_empty' | 'newest'

export type Saved = {
  contact_id: number
  created: boolean
  /** keys of what changed: `created`, `field:city`, `field:fields.size`, `tag` */
  changed: string[]
  /** the values before and after, by field (`city`, `company`, `fields.size`) */
  changes: Record<string, [FieldValue, FieldValue]>
  /** what has to be written to undo this: the values before of the fields that changed; null: the card was created */
  before: Record<string, FieldValue> | null
  tags_added: number[]
}
export type Refused = { error: { code: 'invalid' | 'identity_conflict' | 'not_found' | 'changed_meanwhile', field: string, message: string, all: { field: string, message: string }[] } }
export type Outcome = Saved | Refused

type State = { values: CardValues, fields: Record<string, FieldValue>, identities: Partial<Record<IdentityKind, string>>, revision: number, import_id: number | null }
/** One card being worked on: it may be meant by several rows of the batch. */
type Slot = { id: number | null, state: State, before: State, tags: Set<string>, /** since when fields say what they say, where that is asked */ times: Map<string, Date> }

/**
 * Inputs in, one outcome for each out, in their order; a bad row hinders no other. Rows that mean the same person
 * work on the same card one after another. A second run changes nothing and says so (`changed` is empty).
 * Locks the cards (for no key update, in the order of ids). Writes no events: flows/save-contacts.ts does.
 */
export async function saveContacts(tx: Db, inputs: ContactInput[], options: SaveOptions): Promise<Outcome[]> {
  if (inputs.length === 0) return []
  const context = await loadInputContext(tx)
  const checked = inputs.map(input => checkInput(input, context))
  // Somebody else may take an identity between our look and our write: then everything is looked at again.
  for (let attempt = 1; ; attempt++) {
    await sql`savepoint saving_contacts`.execute(tx)
    const outcomes = await trySaving(tx, checked, context, options)
    if (outcomes !== null) {
      await sql`release savepoint saving_contacts`.execute(tx)
      return outcomes
    }
    await sql`rollback to savepoint saving_contacts`.execute(tx)
    if (attempt === 5) throw new Error('the identities of these contacts are being changed by somebody else all the time')
  }
}

export async function loadInputContext(db: Db): Promise<InputContext> {
  const found = await one<{ country: string | null, fields: FieldDefinition[] }>(db, sql`
    select
      (select value ->> 'phone_country' from settings where key = 'company') as country,
      (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'label', label, 'kind', kind, 'options', options, 'required', required, 'is_unique', is_unique, 'formula', formula)), '[]')
        from custom_fields where "of" = 'contact' and archived_at is null) as fields
  `)
  return { phoneCountry: found.country ?? defaultCompany.phone_country, fields: new Map(found.fields.map(field => [field.key, field])) }
}

const refused = (code: Refused['error']['code'], field: string, message: string): Refused => ({ error: { code, field, message, all: [{ field, message }] } })
const key = (kind: IdentityKind, value: string): string => `${kind}:${value}`

async function trySaving(tx: Db, inputs: (CheckedInput | { errors: { field: string, message: string }[] })[], context: InputContext, options: SaveOptions): Promise<Outcome[] | null> {
  const valid = inputs.filter((input): input is CheckedInput => !('errors' in input))
  const owners = await findOwners(tx, valid)
  const cards = await lockCards(tx, [...new Set([...owners.values(), ...valid.flatMap(input => input.id ?? [])])])
  const userFields = [...context.fields.values()].filter(field => field.kind === 'user').map(field => field.key)
  const staff = await existingUsers(tx, valid.flatMap(input => [input.values.owner_id, ...userFields.map(name => input.fields[name])].filter(value => typeof value === 'number')))

  const times = [options.mode, ...Object.values(options.rules ?? {})].includes('newest') ? await fieldTimes(tx, [...cards.keys()]) : new Map<number, Map<string, Date>>()
  const slots = new Map<number, Slot>([...cards].map(([id, state]) => [id, { id, state: structuredClone(state), before: state, tags: new Set(), times: times.get(id) ?? new Map<string, Date>() }]))
  const slotOf = new Map<string, Slot>()
  for (const [identity, id] of owners) {
    const slot = slots.get(id)
    // Deleted since we looked.
    if (slot === undefined) return null
    slotOf.set(identity, slot)
  }

  // Values that may stand on one card only, and whose they are.
  const unique = [...context.fields.values()].filter(field => field.is_unique && field.formula === null).map(field => field.key)
  const valueKey = (name: string, value: FieldValue): string => `fields.${name}:${String(value).toLowerCase()}`
  const holderOf = new Map<string, Slot | number>()
  for (const name of unique) {
    const given = valid.flatMap(input => input.fields[name] === undefined || input.fields[name] === null ? [] : [String(input.fields[name])])
    for (const [value, id] of await holdersOf(tx, 'contact', name, given)) holderOf.set(valueKey(name, value), slots.get(id) ?? id)
  }

  const computed = cardComputer([...context.fields.values()])
  const created: Slot[] = []
  const results = inputs.map(input => {
    if ('errors' in input) return { error: { code: 'invalid' as const, ...input.errors[0]!, all: input.errors } }
    return applyInput(input)
  })

  function applyInput(input: CheckedInput): Refused | { slot: Slot, created: boolean, changes: Saved['changes'], tags: string[] } {
    if (typeof input.values.owner_id === 'number' && !staff.has(input.values.owner_id)) return refused('invalid', 'owner_id', 'there is no such member of staff')
    const stranger = userFields.find(name => typeof input.fields[name] === 'number' && !staff.has(input.fields[name]))
    if (stranger !== undefined) return refused('invalid', `fields.${stranger}`, 'there is no such member of staff')
    const known = identityKinds.flatMap(kind => {
      const slot = input.identities[kind] === undefined ? undefined : slotOf.get(key(kind, input.identities[kind]))
      return slot === undefined ? [] : [{ kind, slot }]
    })
    let slot = input.id === undefined ? known[0]?.slot : slots.get(input.id)
    if (input.id !== undefined && slot === undefined) return refused('not_found', 'id', 'there is no such contact')
    const other = known.find(one => one.slot !== slot)
    if (other !== undefined) {
      const whose = other.slot.id === null ? 'another contact of this batch' : `another contact (${other.slot.id})`
      return refused('identity_conflict', other.kind, `belongs to ${whose}`)
    }
    if (slot !== undefined && input.revision !== undefined && input.revision !== slot.state.revision) return refused('changed_meanwhile', 'revision', 'somebody else has changed this contact meanwhile')
    const isNew = slot === undefined
    const taken = unique.find(name => {
      const holder = input.fields[name] === undefined || input.fields[name] === null ? undefined : holderOf.get(valueKey(name, input.fields[name]))
      return holder !== undefined && holder !== slot
    })
    if (taken !== undefined) {
      const holder = holderOf.get(valueKey(taken, input.fields[taken]!))!
      const id = typeof holder === 'number' ? holder : holder.id
      return refused('invalid', `fields.${taken}`, id === null ? 'another contact of this batch has this value' : `another contact (${id}) has this value`)
    }
    if (isNew && options.by.startsWith('user:')) {
      const missing = [...context.fields.values()].find(field => field.required && field.formula === null && (input.fields[field.key] ?? null) === null)
      if (missing !== undefined) return refused('invalid', `fields.${missing.key}`, 'this field may not be empty')
    }
    if (slot === undefined) {
      if (Object.keys(input.identities).length === 0) return refused('invalid', 'email', 'give an email, a phone or an external id')
      slot = { id: null, state: emptyState(), before: emptyState(), tags: new Set(), times: new Map([['', input.as_of ?? options.now]]) }
      slot.state.import_id = input.import_id ?? null
      created.push(slot)
    }
    const changes = change(slot, input)
    compute(slot, changes)
    // Nobody could ever be found again.
    if (Object.keys(slot.state.identities).length === 0) {
      undo(slot, changes)
      return refused('invalid', known[0]?.kind ?? 'email', 'a contact keeps an email, a phone or an external id')
    }
    for (const tag of input.tags) slot.tags.add(tag)
    if (!isNew && Object.keys(changes).length > 0) slot.state.revision++
    return { slot, created: isNew, changes, tags: input.tags }
  }

  /** Writes the input into the card in memory and moves its identities. */
  function change(slot: Slot, input: CheckedInput): Saved['changes'] {
    const changes: Saved['changes'] = {}
    const stays = (name: string, old: FieldValue, value: FieldValue): boolean => {
      const rule = options.rules?.[name] ?? options.mode
      if (rule === 'overwrite') return false
      if (value === null || old === null) return value === null
      return rule === 'only_empty' || input.as_of === undefined || input.as_of <= (slot.times.get(name) ?? slot.times.get('') ?? options.now)
    }
    const note = (name: string, old: FieldValue, value: FieldValue): void => {
      changes[name] = [old, value]
      slot.times.set(name, input.as_of ?? options.now)
    }
    for (const column of cardColumns) {
      const value = input.values[column]
      const old = slot.state.values[column]
      if (value === undefined || value === old || stays(column, old, value)) continue
      // Written otherwise, but the same address: how it stands on the card stays, unless somebody edits the card.
      if (isIdentity(column) && input.id === undefined && input.identities[column] !== undefined && input.identities[column] === slot.state.identities[column]) continue
      if (column === 'company' && typeof value === 'string' && typeof old === 'string' && value.toLowerCase() === old.toLowerCase()) continue
      slot.state.values[column] = value
      note(column, old, value)
      if (isIdentity(column)) moveIdentity(slot, column, input.identities[column])
    }
    for (const [name, value] of Object.entries(input.fields)) {
      const old = slot.state.fields[name] ?? null
      if (sameValue(old, value) || stays(`fields.${name}`, old, value)) continue
      if (value === null) delete slot.state.fields[name]
      else slot.state.fields[name] = value
      note(`fields.${name}`, old, value)
      if (unique.includes(name)) {
        if (old !== null) holderOf.delete(valueKey(name, old))
        if (value !== null) holderOf.set(valueKey(name, value), slot)
      }
    }
    return changes
  }

  /** Fields with a formula follow what the card says now, whoever saves it and however. */
  function compute(slot: Slot, changes: Saved['changes']): void {
    for (const [name, value] of Object.entries(computed(slot.state.values, slot.state.fields))) {
      const old = slot.state.fields[name] ?? null
      if (old === value) continue
      if (value === null) delete slot.state.fields[name]
      else slot.state.fields[name] = value
      changes[`fields.${name}`] = [old, value]
    }
  }

  function moveIdentity(slot: Slot, kind: IdentityKind, value: string | undefined): void {
    const old = slot.state.identities[kind]
    if (old === value) return
    if (old !== undefined) slotOf.delete(key(kind, old))
    if (value === undefined) delete slot.state.identities[kind]
    else {
      slot.state.identities[kind] = value
      slotOf.set(key(kind, value), slot)
    }
  }

  function undo(slot: Slot, changes: Saved['changes']): void {
    for (const [name, [old]] of Object.entries(changes)) {
      if (name.startsWith('fields.')) {
        if (old === null) delete slot.state.fields[name.slice(7)]
        else slot.state.fields[name.slice(7)] = old
      } else {
        slot.state.values[name as CardColumn] = old as string | number | null
        if (isIdentity(name)) moveIdentity(slot, name, slot.before.identities[name])
      }
    }
  }

  const written = await writeCards(tx, [...slots.values()], created, options.now).catch((error: unknown) => {
    // Somebody else has just taken a value that may stand on one card only.
    if ((error as { code?: string }).code === '23505' && (error as { constraint?: string }).constraint?.startsWith('custom_field_')) return false
    throw error
  })
  if (!written) return null
  const tagged = await writeTags(tx, [...slots.values(), ...created], options.now)
  return results.map(result => {
    if ('error' in result) return result
    const contactId = result.slot.id!
    const tagsAdded = tagged(contactId, result.tags)
    return {
      contact_id: contactId,
      created: result.created,
      changed: [...(result.created ? ['created'] : []), ...Object.keys(result.changes).map(name => `field:${name}`), ...(tagsAdded.length > 0 ? ['tag'] : [])],
      changes: result.changes,
      before: result.created ? null : Object.fromEntries(Object.entries(result.changes).map(([name, [old]]) => [name, old])),
      tags_added: tagsAdded,
    }
  })
}

const isIdentity = (name: string): name is IdentityKind => (identityKinds as readonly string[]).includes(name)
const sameValue = (a: FieldValue, b: FieldValue): boolean => a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, index) => value === b[index]))

function emptyState(): State {
  return { values: Object.fromEntries(cardColumns.map(column => [column, null])) as CardValues, fields: {}, identities: {}, revision: 1, import_id: null }
}

async function findOwners(tx: Db, inputs: CheckedInput[]): Promise<Map<string, number>> {
  const identities = inputs.flatMap(input => identityKinds.flatMap(kind => input.identities[kind] === undefined ? [] : [{ kind, value: input.identities[kind] }]))
  if (identities.length === 0) return new Map()
  const found = await rows<{ kind: IdentityKind, value: string, contact_id: number }>(tx, sql`
    select identity.kind, identity.value, identity.contact_id
    from unnest(${identities.map(one => one.kind)}::text[], ${identities.map(one => one.value)}::text[]) as wanted (kind, value)
    join contact_identities identity on identity.kind = wanted.kind and identity.value = wanted.value
  `)
  return new Map(found.map(one => [key(one.kind, one.value), one.contact_id]))
}

async function lockCards(tx: Db, ids: number[]): Promise<Map<number, State>> {
  if (ids.length === 0) return new Map()
  const found = await rows<Record<CardColumn, string | number | null> & { id: number, fields: Record<string, FieldValue>, revision: number, import_id: number | null }>(tx, sql`
    with locked as (
      select *
      from contacts
      where id = any(${ids}::bigint[])
      order by id
      for no key update
    )
    select locked.id, locked.email, locked.phone, locked.external_id, locked.first_name, locked.last_name, companies.name as company,
      locked.job_title, locked.locale, locked.time_zone, locked.city, locked.source, locked.owner_id, locked.fields, locked.revision, locked.import_id
    from locked
    left join companies on companies.id = locked.company_id
  `)
  return new Map(found.map(({ id, fields, revision, import_id, ...values }) => [id, {
    values, fields, revision, import_id,
    identities: {
      ...(values.email === null ? {} : { email: normaliseEmail(String(values.email)) ?? String(values.email) }),
      ...(values.phone === null ? {} : { phone: String(values.phone) }),
      ...(values.external_id === null ? {} : { external_id: String(values.external_id) }),
    },
  }]))
}

async function existingUsers(tx: Db, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  return new Set((await rows<{ id: number }>(tx, sql`select id from users where id = any(${ids}::bigint[])`)).map(user => user.id))
}

/** false: an identity was taken by somebody else meanwhile. */
async function writeCards(tx: Db, known: Slot[], created: Slot[], now: Date): Promise<boolean> {
  const updated = known.filter(slot => slot.state.revision !== slot.before.revision)
  const companies = await ensureCompanies(tx, [...updated, ...created].flatMap(slot => slot.state.values.company === null ? [] : String(slot.state.values.company)))
  if (created.length > 0) {
    const ids = await rows<{ id: number }>(tx, sql`select nextval(pg_get_serial_sequence('contacts', 'id')) as id from generate_series(1, ${created.length}::integer)`)
    for (const [index, slot] of created.entries()) slot.id = ids[index]!.id
    await sql`
      insert into contacts (id, email, phone, external_id, first_name, last_name, company_id, job_title, locale, time_zone, city, source, owner_id, fields, import_id, created_at, updated_at)
      overriding system value
      select id, email, phone, external_id, first_name, last_name, company_id, job_title, locale, time_zone, city, source, owner_id, fields, import_id, ${now}::timestamptz, ${now}::timestamptz
      from jsonb_to_recordset(${asJson(created, companies)}::jsonb) as card (${cardRecord})
    `.execute(tx)
  }
  if (updated.length > 0) {
    await sql`
      update contacts
      set email = card.email, phone = card.phone, external_id = card.external_id, first_name = card.first_name, last_name = card.last_name,
        company_id = card.company_id, job_title = card.job_title, locale = card.locale, time_zone = card.time_zone, city = card.city, source = card.source,
        owner_id = card.owner_id, fields = card.fields, revision = card.revision, updated_at = ${now}
      from jsonb_to_recordset(${asJson(updated, companies)}::jsonb) as card (${cardRecord})
      where contacts.id = card.id
    `.execute(tx)
  }
  return moveIdentities(tx, updated, created)
}

const cardRecord = sql`id bigint, email text, phone text, external_id text, first_name text, last_name text, company_id bigint, job_title text, locale text, time_zone text, city text, source text, owner_id bigint, fields jsonb, import_id bigint, revision integer`

function asJson(slots: Slot[], companies: Map<string, number>): string {
  return JSON.stringify(slots.map(({ id, state }) => {
    const { company, ...values } = state.values
    return { id, ...values, company_id: company === null ? null : companies.get(String(company).toLowerCase()), fields: state.fields, import_id: state.import_id, revision: state.revision }
  }))
}

async function moveIdentities(tx: Db, updated: Slot[], created: Slot[]): Promise<boolean> {
  const gone: string[][] = []
  const come: [IdentityKind, string, number][] = []
  for (const slot of [...updated, ...created]) {
    for (const kind of identityKinds) {
      const before = slot.before.identities[kind]
      const after = slot.state.identities[kind]
      if (before === after) continue
      if (before !== undefined) gone.push([kind, before])
      if (after !== undefined) come.push([kind, after, slot.id!])
    }
  }
  if (gone.length > 0) {
    await sql`
      delete from contact_identities
      using unnest(${gone.map(one => one[0])}::text[], ${gone.map(one => one[1])}::text[]) as gone (kind, value)
      where contact_identities.kind = gone.kind
        and contact_identities.value = gone.value
    `.execute(tx)
  }
  if (come.length === 0) return true
  const inserted = await rows(tx, sql`
    insert into contact_identities (kind, value, contact_id)
    select kind, value, contact_id
    from unnest(${come.map(one => one[0])}::text[], ${come.map(one => one[1])}::text[], ${come.map(one => one[2])}::bigint[]) as come (kind, value, contact_id)
    order by kind, value
    on conflict do nothing
    returning contact_id
  `)
  return inserted.length === come.length
}

/** Puts the tags on; the answer says which of some names were new on a contact, each once. */
async function writeTags(tx: Db, slots: Slot[], now: Date): Promise<(contactId: number, names: string[]) => number[]> {
  const tagged = slots.filter(slot => slot.tags.size > 0)
  const ids = await ensureTags(tx, tagged.flatMap(slot => [...slot.tags]))
  const added = await addTags(tx, tagged.flatMap(slot => [...slot.tags].map(name => ({ contact_id: slot.id!, tag_id: ids.get(name.toLowerCase())! }))), now)
  const fresh = new Set(added.map(pair => `${pair.contact_id}:${pair.tag_id}`))
  return (contactId, names) => names.flatMap(name => {
    const id = ids.get(name.toLowerCase())!
    return fresh.delete(`${contactId}:${id}`) ? id : []
  })
}
