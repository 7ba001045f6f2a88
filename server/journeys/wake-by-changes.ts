import type { Db } from '../base/db.ts'
import { amongIds } from '../conditions/among-ids.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ConditionContext } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { askEnrolments } from './steps/ask-condition.sql.ts'
import { loadGraphs } from './versions.sql.ts'
import { watchesOf } from './watches.ts'
import type { Watch } from './watches.ts'
import { wakeWatched, watchedEnrolments, watchingVersions } from './watches.sql.ts'
import type { Watched, Waking } from './watches.sql.ts'

/**
 * What changed about contacts in (`clock:7`: a clock edge of version 7 was passed); the contacts out for whom thereby a
 * goal was reached, the exit condition met, a condition waited for became true, or the date they wait for became another.
 * Only those are looked at who are on their way and depend on what changed: a waiting person costs nothing until then.
 * The caller holds the contacts' rows and moves them on. A second run finds nobody.
 */
export async function wakeByChanges(db: Db, changes: { contact_id: number, keys: Iterable<string> }[], now: Date): Promise<number[]> {
  if (changes.length === 0) return []
  const versions = await watchingVersions(db)
  if (versions.length === 0) return []
  const contactsByKey = new Map<string, Set<number>>()
  for (const { contact_id, keys } of changes) for (const key of keys) contactsByKey.set(key, (contactsByKey.get(key) ?? new Set()).add(contact_id))
  const graphs = await loadGraphs(db, versions.map(version => version.id))
  const concerned = versions.flatMap(({ id }) => {
    const graph = graphs.get(id)
    const watches = graph ? watchesOf(id, graph).map(watch => ({ watch, contacts: contactsOf(watch, id, contactsByKey) })).filter(({ contacts }) => contacts.size > 0) : []
    return watches.length === 0 ? [] : [{ id, watches }]
  })
  if (concerned.length === 0) return []
  const contacts = new Set(concerned.flatMap(({ watches }) => watches.flatMap(({ contacts: ids }) => [...ids])))
  const people = Map.groupBy(await watchedEnrolments(db, [...contacts], concerned.map(version => version.id), now), person => person.version_id)
  if (people.size === 0) return []

  const context = { ...await loadConditionContext(db), now }
  const waking: Waking[] = []
  for (const { id, watches } of concerned) {
    const decided = new Set<number>()
    for (const { watch, contacts: changed } of watches) {
      const asked = (people.get(id) ?? []).filter(person => changed.has(person.contact_id) && !decided.has(person.id) && standsAt(person, watch))
      for (const { contact_id, id: enrolment } of await whoMeets(db, watch, asked, context)) {
        decided.add(enrolment)
        waking.push({ contact_id, id: enrolment, context: watch.kind === 'wait' ? { met: true } : watch.kind === 'date' ? {} : { reached: watch.name } })
      }
    }
  }
  if (waking.length > 0) await wakeWatched(db, waking, now)
  return [...new Set(waking.map(one => one.contact_id))]
}

function contactsOf(watch: Watch, versionId: number, byKey: Map<string, Set<number>>): Set<number> {
  const keys = watch.clockEdges.length === 0 ? watch.dependsOn : [...watch.dependsOn, `clock:${versionId}`]
  return new Set(keys.flatMap(key => [...byKey.get(key) ?? []]))
}

function standsAt(person: Watched, watch: Watch): boolean {
  if (watch.kind === 'wait') return person.step_key === watch.name && person.waits_for === 'condition'
  return watch.kind !== 'date' || person.step_key === watch.name && person.waits_for === 'date'
}

/** Enrolments in, those for whom the watched condition holds out. A condition the data do not fit any more holds for nobody. */
export async function whoMeets<Person extends { contact_id: number, id: number }>(db: Db, watch: Watch, people: Person[], context: ConditionContext): Promise<Person[]> {
  if (people.length === 0 || watch.condition === null) return people
  let predicate
  try {
    predicate = compileCondition(watch.condition, { ...context, enrolmentAlias: 'n', among: amongIds(people.map(person => person.contact_id)) }).predicate
  } catch {
    return []
  }
  const meeting = new Set((await askEnrolments(db, people, predicate, [])).filter(one => one.answer).map(one => one.id))
  return people.filter(person => meeting.has(person.id))
}
