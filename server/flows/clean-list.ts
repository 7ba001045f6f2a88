import { daysToErase, type HygieneAct } from '../../shared/hygiene.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { consentStates } from '../consent/consents.sql.ts'
import type { NewConsent } from '../consent/record-consents.sql.ts'
import { suppress } from '../consent/suppressions.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import {
  aliveSince, type ActionRow, type Before, byHygiene, insertChanges, membersAmong, nextAction, nextChanges, nextMembers, saveProgress, setActionState,
} from '../hygiene/actions.sql.ts'
import { readHygieneSettings } from '../hygiene/count-groups.ts'
import { holdHygiene, refreshMembers } from '../hygiene/find-members.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { changeConsents } from './change-consents.ts'
import { changeStaticMembersAndFollow } from './change-static-members.ts'
import { changeTags } from './change-tags.ts'
import { eraseContact } from './erase-contact.ts'
import { saveContactsAndFollow } from './save-contacts.ts'
import { undoForSome } from './undo-cleaning.ts'

const contactsAtOnce = 500
const erasedAtOnce = 100

type Member = Awaited<ReturnType<typeof membersAmong>>[number]

/**
 * The loop: the next people of the first action that is under way, in one transaction. Who has left the group meanwhile is
 * left alone. An action that cannot go on (its segment is gone) ends with the reason. True: more is to be done.
 */
export async function cleanList(app: App): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now])
  let current: ActionRow | undefined
  try {
    return await withTransaction(app.db, async tx => {
      current = await nextAction(tx, now)
      if (current === undefined) return false
      await holdHygiene(tx)
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
  const ids = await nextMembers(tx, action, contactsAtOnce)
  if (ids.length === 0) {
    if (action.action === 'delete') await setActionState(tx, action.id, 'waiting', { eraseAt: new Date(now.getTime() + daysToErase * 86_400_000) })
    else await setActionState(tx, action.id, 'done', { finishedAt: now })
    return
  }
  const settings = await readHygieneSettings(tx)
  const there = [...await lockContacts(tx, ids)]
  await refreshMembers(tx, { ids: there }, settings, now)
  const changed = await act[action.action](tx, app, action, await membersAmong(tx, action.kind, there), now)
  await insertChanges(tx, action.id, changed)
  await tell(tx, app, 'hygiene.done', action, [...changed.keys()], now)
  await refreshMembers(tx, { ids: there }, settings, now)
  await saveProgress(tx, action.id, { upto: ids.at(-1)!, done: ids.length, changed: changed.size })
}

/** Of each action: what it does to these people; out: those whom it changed, with what undoing has to know. */
const act: Record<HygieneAct, (tx: Db, app: App, action: ActionRow, members: Member[], now: Date) => Promise<Map<number, Before>>> = {
  suppress: suppressMembers,
  delete: (tx, app, action, members, now) => suppressMembers(tx, app, action, members.filter(member => !member.is_customer), now, true),

  async unsubscribe(tx, app, action, members, now) {
    const standing = (await consentStates(tx, members.map(member => member.contact_id))).filter(state => state.status !== 'withdrawn')
    const consents = standing.map((state): NewConsent => ({
      contact_id: state.contact_id, topic_id: state.topic_id, action: 'withdrawn', wording: `list hygiene: ${action.kind}`, source: byHygiene(action.id), occurred_at: now,
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
    const { added } = await changeTags(app, tx, { add: members.map(({ contact_id }) => ({ contact_id, tag_id: action.tag_id! })), remove: [] }, { now, by: byHygiene(action.id) })
    return new Map(added.map(pair => [pair.contact_id, {}]))
  },

  async segment(tx, app, action, members, now) {
    if (action.segment_id === null) throw new AppError('not_found', 404, 'The segment is gone.')
    const { moved } = await changeStaticMembersAndFollow(app, tx, { segmentId: action.segment_id, contactIds: members.map(member => member.contact_id), action: 'add', because: byHygiene(action.id), now })
    return new Map([...moved].map(id => [id, {}]))
  },

  async correct(tx, app, action, members, now) {
    const outcomes = await saveContactsAndFollow(app, tx, members.map(({ contact_id, detail }) => ({ id: contact_id, email: detail })), { now, by: byHygiene(action.id), mode: 'overwrite' })
    return new Map(outcomes.flatMap((outcome): [number, Before][] => {
      const pair = 'error' in outcome ? undefined : outcome.changes['email']
      return pair === undefined || 'error' in outcome ? [] : [[outcome.contact_id, { email: [String(pair[0]), String(pair[1])] }]]
    }))
  },
}

/** `all`: those too who were suppressed already, since they are to be deleted. */
async function suppressMembers(tx: Db, _app: App, action: ActionRow, members: Member[], now: Date, all = false): Promise<Map<number, Before>> {
  const added = new Set(await suppress(tx, members.flatMap(member => member.emails.map(email => ({ email, reason: 'manual' as const, detail: byHygiene(action.id) }))), now))
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
  const alive = await aliveSince(tx, [...there], action.created_at)
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
  await refreshMembers(tx, { ids: [...there] }, await readHygieneSettings(tx), now)
  await saveProgress(tx, action.id, { upto: changes.at(-1)!.contact_id, restored: restored.length })
}

/** On everybody's timeline, and what depends on it follows. */
async function tell(tx: Db, app: App, type: 'hygiene.done' | 'hygiene.undone', action: ActionRow, ids: number[], now: Date): Promise<void> {
  const events = await insertEvents(tx, ids.map(contact_id => ({
    contact_id, type, occurred_at: now, source: byHygiene(action.id), message_id: null, campaign_id: null, journey_id: null, properties: { action_id: action.id, action: action.action, group: action.kind },
  })), now)
  await applyChanges(tx, app, events.map(event => ({ contact_id: event.contact_id, keys: [`event:${type}`], events: [event] })), now)
}
