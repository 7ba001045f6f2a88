import { hoursToErase, type BulkAction } from '../../shared/bulk.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import { daysToErase } from '../../shared/hygiene.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { aliveSince, type ActionRow, type Before, byAction, insertChanges, nextAction, namesOf, nextChanges, peopleOf, saveProgress, setActionState } from '../bulk/bulk-actions.sql.ts'
import { consentStates } from '../consent/consents.sql.ts'
import type { NewConsent } from '../consent/record-consents.sql.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { tidyName } from '../contacts/tidy-name.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { readHygieneSettings } from '../hygiene/count-groups.ts'
import { holdHygiene, refreshMembers } from '../hygiene/find-members.sql.ts'
import { membersAmong, nextMembers } from '../hygiene/groups.sql.ts'
import { nextListed, listedAmong } from '../search/people-of-list.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changeConsents } from './change-consents.ts'
import { changeStaticMembersAndFollow } from './change-static-members.ts'
import { changeTags } from './change-tags.ts'
import { eraseContact } from './erase-contact.ts'
import { saveContactsAndFollow } from './save-contacts.ts'
import { inputOf, undoForSome } from './undo-bulk-actions.ts'

const contactsAtOnce = 500
const erasedAtOnce = 100

type Member = Awaited<ReturnType<typeof membersAmong>>[number]

/**
 * The loop: the next people of the action that has waited longest, in one transaction, so that after a crash it goes on
 * where it was. Who has left the group or fits the list no more is left alone. An action that cannot go on (its segment is
 * gone) ends with the reason. True: more is to be done.
 */
export async function runBulkActions(app: App): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now])
  let current: ActionRow | undefined
  try {
    return await withTransaction(app.db, async tx => {
      current = await nextAction(tx, now)
      if (current === undefined) return false
      if (current.kind !== null) await holdHygiene(tx)
      if (current.state === 'undoing') await undoNext(tx, app, current, now)
      else if (current.state === 'running') await actOnNext(tx, app, current, now)
      else await eraseNext(tx, app, current, now)
      return true
    })
  } catch (error) {
    if (!(error instanceof AppError) || current === undefined) throw error
    await setActionState(app.db, current.id, 'failed', { finishedAt: now, error: error.message })
    return true
  }
}

async function actOnNext(tx: Db, app: App, action: ActionRow, now: Date): Promise<void> {
  const ids = await (action.kind === null ? nextListed : nextMembers)(tx, action, contactsAtOnce, now)
  if (ids.length === 0) {
    if (action.action === 'delete') await setActionState(tx, action.id, 'waiting', { eraseAt: new Date(now.getTime() + (action.kind === null ? hoursToErase : daysToErase * 24) * 3_600_000) })
    else await setActionState(tx, action.id, 'done', { finishedAt: now })
    return
  }
  const there = [...await lockContacts(tx, ids)]
  await lookAgain(tx, action, there, now)
  const members = action.kind === null ? await peopleOf(tx, await listedAmong(tx, action, there, now)) : await membersAmong(tx, action.kind, there)
  const changed = await act[action.action](tx, app, action, members, now)
  await insertChanges(tx, action.id, changed)
  await tell(tx, app, 'hygiene.done', action, [...changed.keys()], now)
  await lookAgain(tx, action, there, now)
  await saveProgress(tx, action.id, { upto: ids.at(-1)!, done: ids.length, changed: changed.size })
}

/** Who of these belongs to which group of list hygiene, when it is about one. */
async function lookAgain(tx: Db, action: ActionRow, ids: number[], now: Date): Promise<void> {
  if (action.kind !== null) await refreshMembers(tx, { ids }, await readHygieneSettings(tx), now)
}

/** Of each action: what it does to these people; out: those whom it changed, with what undoing has to know. */
const act: Record<BulkAction['action'], (tx: Db, app: App, action: ActionRow, members: Member[], now: Date) => Promise<Map<number, Before>>> = {
  suppress: suppressMembers,
  async delete(tx, app, action, members, now) {
    const others = members.filter(member => !member.is_customer)
    return action.kind === null ? new Map(others.map(member => [member.contact_id, {}])) : suppressMembers(tx, app, action, others, now, true)
  },

  async unsubscribe(tx, app, action, members, now) {
    const standing = (await consentStates(tx, members.map(member => member.contact_id))).filter(state => state.status !== 'withdrawn')
    const consents = standing.map((state): NewConsent => ({
      contact_id: state.contact_id, topic_id: state.topic_id, action: 'withdrawn', wording: `list hygiene: ${action.kind}`, source: byAction(action), occurred_at: now,
    }))
    const changed = await changeConsents(app, tx, consents, now)
    const before = new Map<number, Before>()
    for (const { contact_id, topic_id, before: status } of changed) {
      const topics = before.get(contact_id)?.topics ?? []
      if (status === 'granted' || status === 'requested') before.set(contact_id, { topics: [...topics, { topic_id, status }] })
    }
    return before
  },

  async tag(tx, app, action, members, now) {
    if (action.tag_id === null) throw new AppError('not_found', 404, 'The tag is gone.')
    const { added } = await changeTags(app, tx, { add: members.map(({ contact_id }) => ({ contact_id, tag_id: action.tag_id! })), remove: [] }, { now, by: byAction(action) })
    return new Map(added.map(pair => [pair.contact_id, {}]))
  },

  async untag(tx, app, action, members, now) {
    if (action.tag_id === null) throw new AppError('not_found', 404, 'The tag is gone.')
    const { removed } = await changeTags(app, tx, { add: [], remove: members.map(({ contact_id }) => ({ contact_id, tag_id: action.tag_id! })) }, { now, by: byAction(action) })
    return new Map(removed.map(pair => [pair.contact_id, {}]))
  },

  segment: (tx, app, action, members, now) => moveMembers(tx, app, action, members, 'add', now),
  unsegment: (tx, app, action, members, now) => moveMembers(tx, app, action, members, 'remove', now),
  correct: (tx, app, action, members, now) => save(tx, app, action, members.map(member => ({ id: member.contact_id, values: { email: member.detail } })), now),
  set: (tx, app, action, members, now) => save(tx, app, action, members.map(member => ({ id: member.contact_id, values: { [action.field!]: action.value } })), now),
  async tidy_names(tx, app, action, members, now) {
    const people = await namesOf(tx, members.map(member => member.contact_id))
    return save(tx, app, action, people.map(({ id, first_name, last_name }) => ({ id, values: { first_name: first_name && tidyName(first_name), last_name: last_name && tidyName(last_name) } })), now)
  },
}

async function moveMembers(tx: Db, app: App, action: ActionRow, members: Member[], way: 'add' | 'remove', now: Date): Promise<Map<number, Before>> {
  if (action.segment_id === null) throw new AppError('not_found', 404, 'The segment is gone.')
  const { moved } = await changeStaticMembersAndFollow(app, tx, { segmentId: action.segment_id, contactIds: members.map(member => member.contact_id), action: way, because: byAction(action), now })
  return new Map([...moved].map(id => [id, {}]))
}

/** A card that may not be so (somebody else has the address) stays as it is. */
async function save(tx: Db, app: App, action: ActionRow, wanted: { id: number, values: Record<string, FieldValue> }[], now: Date): Promise<Map<number, Before>> {
  const outcomes = await saveContactsAndFollow(app, tx, wanted.map(({ id, values }) => inputOf(id, values)), { now, by: byAction(action), mode: 'overwrite' })
  return new Map(outcomes.flatMap((outcome): [number, Before][] => 'error' in outcome || outcome.changed.length === 0 ? [] : [[outcome.contact_id, { values: outcome.changes }]]))
}

/** `all`: those too who were suppressed already, since they are to be deleted. */
async function suppressMembers(tx: Db, _app: App, action: ActionRow, members: Member[], now: Date, all = false): Promise<Map<number, Before>> {
  const added = new Set(await suppress(tx, members.flatMap(member => member.emails.map(email => ({ email, reason: 'manual' as const, detail: byAction(action) }))), now))
  return new Map(members.map((member): [number, Before] => [member.contact_id, { emails: member.emails.filter(email => added.has(email)) }]).filter(([, before]) => all || before.emails!.length > 0))
}

/** Who has shown a sign of life since is spared, and mailed again. */
async function eraseNext(tx: Db, app: App, action: ActionRow, now: Date): Promise<void> {
  if (action.state === 'waiting') {
    await setActionState(tx, action.id, 'erasing')
    return
  }
  const changes = await nextChanges(tx, action, erasedAtOnce)
  if (changes.length === 0) {
    await setActionState(tx, action.id, 'done', { finishedAt: now })
    return
  }
  const there = await lockContacts(tx, changes.map(change => change.contact_id))
  // People of a list were chosen by somebody, whatever they do.
  const alive = action.kind === null ? new Set<number>() : await aliveSince(tx, [...there], action.created_at)
  const spared = changes.filter(change => alive.has(change.contact_id))
  await undoForSome(tx, app, action, spared, now)
  let erased = 0
  for (const { contact_id } of changes) if (!alive.has(contact_id) && await eraseContact(tx, contact_id)) erased++
  await tell(tx, app, 'hygiene.undone', action, spared.map(change => change.contact_id), now)
  await saveProgress(tx, action.id, { upto: changes.at(-1)!.contact_id, erased, restored: spared.length })
}

async function undoNext(tx: Db, app: App, action: ActionRow, now: Date): Promise<void> {
  const changes = await nextChanges(tx, action, contactsAtOnce)
  if (changes.length === 0) {
    await setActionState(tx, action.id, 'undone', { finishedAt: now })
    return
  }
  const there = await lockContacts(tx, changes.map(change => change.contact_id))
  const restored = await undoForSome(tx, app, action, changes.filter(change => there.has(change.contact_id)), now)
  await tell(tx, app, 'hygiene.undone', action, restored, now)
  await lookAgain(tx, action, [...there], now)
  await saveProgress(tx, action.id, { upto: changes.at(-1)!.contact_id, restored: restored.length })
}

/** An action of list hygiene stands on everybody's timeline, and what depends on it follows; others are told by what they changed. */
async function tell(tx: Db, app: App, type: 'hygiene.done' | 'hygiene.undone', action: ActionRow, ids: number[], now: Date): Promise<void> {
  if (action.kind === null) return
  const events = await insertEvents(tx, ids.map(contact_id => ({
    contact_id, type, occurred_at: now, source: byAction(action), message_id: null, campaign_id: null, journey_id: null, properties: { action_id: action.id, action: action.action, group: action.kind },
  })), now)
  await applyChanges(tx, app, events.map(event => ({ contact_id: event.contact_id, keys: [`event:${type}`], events: [event] })), now)
}
