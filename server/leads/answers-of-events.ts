import type { Db } from '../base/db.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { type Answer, noteAnswers, takeBackAnswers } from './reaction.sql.ts'

/** Calls, tasks done and states changed by people are answers to the open leads of their contacts. The caller holds the contacts' rows. */
export async function noteAnswersOfEvents(tx: Db, events: ProcessedEvent[]): Promise<void> {
  await noteAnswers(tx, events.flatMap(answerOf))
  await takeBackAnswers(tx, events.flatMap(event => isSetBack(event) ? [{ contact_id: event.contact_id, lead_id: Number(event.properties['lead_id']) }] : []))
}

const userOf = (source: string): number | null => Number(/^user:(\d+)$/.exec(source)?.[1] ?? 0) || null
const isSetBack = (event: ProcessedEvent): boolean => event.type === 'lead.status_changed' && event.properties['to'] === 'new'

function answerOf(event: ProcessedEvent): Answer[] {
  const { contact_id, occurred_at: at, type } = event
  const user_id = userOf(event.source)
  // A telephone system logs calls of people, too.
  if (type === 'call.logged') return [{ contact_id, at, by: 'call', user_id }]
  if (user_id === null) return []
  if (type === 'task.done') return [{ contact_id, at, by: 'task', user_id }]
  if (type === 'lead.status_changed' && !isSetBack(event)) return [{ contact_id, lead_id: Number(event.properties['lead_id']), at, by: 'status', user_id }]
  return []
}
