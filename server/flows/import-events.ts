import { createHash } from 'node:crypto'
import type { ContactInput } from '../../shared/contacts.ts'
import { fillsCards } from '../../shared/data-map.ts'
import { eventType } from '../../shared/events.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import { checkEvents } from '../events/check-events.ts'
import { standingEvents } from '../events/standing-events.sql.ts'
import { insertChanges, insertRejections, type Rejection } from '../imports/imports.sql.ts'
import type { EventOfRow } from '../imports/read-records.ts'
import { applyChanges } from './apply-changes.ts'
import { cardChange, type Done, type Importing } from './import-contacts.ts'
import { putIntoSegment } from './import-into-segment.ts'
import { saveCards } from './save-contacts.ts'

/**
 * Events in, looked at as those of the API are and entering by the same way. Whoever they are of is found or made. An
 * event that is there already (the same person, kind, time and properties) is left alone.
 */
export async function importEvents(tx: Db, app: App, importing: Importing, given: EventOfRow[], now: Date): Promise<Done> {
  const source = `import:${importing.id}`
  const rejections: Rejection[] = []
  const refuse = ({ row }: EventOfRow, { field, message }: FieldError): void => { rejections.push({ line: row.line, field, reason: message, kept: false, row: row.cells }) }
  const sound = given.flatMap((each) => {
    const checked = checkRow(each, { source, phoneCountry: importing.phoneCountry, now })
    if (!('field' in checked)) return [{ each, event: checked }]
    refuse(each, checked)
    return []
  })
  const people = new Map(sound.map(({ event }): [string, ContactInput] => [keyOf(event), { ...event.contact, tags: importing.options.tags, source: importing.options.source || source, import_id: importing.id }]))
  const { outcomes, changes } = await saveCards(tx, [...people.values()], { now, by: source, mode: 'only_empty' })
  const outcomeOf = new Map([...people.keys()].map((key, index) => [key, outcomes[index]!]))
  const recognised = sound.flatMap(({ each, event }) => {
    const outcome = outcomeOf.get(keyOf(event))!
    if (!('error' in outcome)) return [{ event, contact_id: outcome.contact_id }]
    refuse(each, outcome.error)
    return []
  })
  const there = await standingEvents(tx, recognised.map(({ event, contact_id }) => ({ contact_id, type: event.type, occurred_at: event.occurred_at!, properties: event.properties ?? {} })))
  const fresh = recognised.filter((_, index) => !there.has(index)).map(({ event, contact_id }): NewEvent => ({ ...event, contact: { id: contact_id }, key: `${source}:${contact_id}:${contentOf(event)}` }))
  const { accepted } = await appendEvents(tx, fresh, now)
  const saved = outcomes.flatMap(outcome => 'error' in outcome ? [] : [outcome])
  const segment = await putIntoSegment(tx, importing, saved.map(outcome => outcome.contact_id), now)
  await insertChanges(tx, importing.id, saved.map(outcome => cardChange(outcome, segment.put.get(outcome.contact_id))))
  await insertRejections(tx, importing.id, rejections)
  if (importing.dry !== true) await applyChanges(tx, app, [...changes, ...segment.changes], now)
  const known = recognised.length - accepted
  return { contacts_created: saved.filter(outcome => outcome.created).length, contacts_updated: 0, events_created: accepted, records_updated: 0, rows_rejected: rejections.length, rows_unchanged: known, records_known: known }
}

/** The event ready to be appended, or the first thing that is wrong with it, by the name of its column. */
function checkRow({ event, errors }: EventOfRow, context: Parameters<typeof checkEvents>[1]): NewEvent | FieldError {
  if (event === null || errors[0] !== undefined) return errors[0] ?? { field: 'row', message: 'is empty' }
  const type = eventType.safeParse(event.type)
  if (!type.success) return { field: 'event_type', message: type.error.issues[0]!.message }
  if (!fillsCards(event.type)) return { field: 'event_type', message: 'the program writes these events itself: choose one that comes from outside' }
  const checked = checkEvents([event], context)
  if ('events' in checked) return checked.events[0]!
  const { field, message } = checked.errors[0]!
  return { field: field.replace(/^events\.0\./, '').replace(/^contact\./, ''), message }
}

const keyOf = ({ contact }: NewEvent): string => JSON.stringify([contact.external_id, contact.email, contact.phone])
const contentOf = ({ type, occurred_at, properties }: NewEvent): string => createHash('sha256').update(JSON.stringify([type, occurred_at, properties])).digest('hex').slice(0, 24)
