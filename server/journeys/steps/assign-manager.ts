import type { Language } from '../../../shared/company.ts'
import { notifyUsers } from '../../activities/notify-users.sql.ts'
import { touchAll } from '../../base/live.ts'
import { readCompany } from '../../company/company.sql.ts'
import { saveContacts } from '../../contacts/save-contacts.sql.ts'
import { insertEvents } from '../../events/insert-events.sql.ts'
import { giveLeads, latestOpenLeads, namesOfUsers } from '../../leads/create-leads.sql.ts'
import { peopleForTurns, routeLeads } from '../../leads/route-leads.ts'
import { holdRouting } from '../../leads/routing.sql.ts'
import { readTurns, writeTurns } from './assign-manager.sql.ts'
import { chooseManager } from './choose-manager.ts'
import type { Choice, OwnRule } from './choose-manager.ts'
import { responsibleUsers } from './lookups.sql.ts'
import { noteChange, noteEvents } from './step.ts'
import type { AdvanceStep, At, StepResult } from './step.ts'

/** Whom the step gives somebody to; `said`: the routing rules' own reason. */
type Chosen = Choice | { user_id: number, because: 'rules', said: string }

const words: Record<Language, { told: string, because: Record<Choice['because'], (name: string, load: number) => string> }> = {
  en: { told: 'You look after a new contact', because: { user: name => `The journey gives everybody to ${name}.`, turn: name => `In turn: it was ${name}'s.`, least_busy: (name, load) => `${name} had the fewest open leads and deals: ${load}.` } },
  ru: { told: 'Вам передан контакт', because: { user: name => `Цепочка отдаёт всех этому сотруднику: ${name}.`, turn: name => `По очереди: подошла очередь ${name}.`, least_busy: (name, load) => `Меньше всего открытых лидов и сделок: ${name} (${load}).` } },
}

/**
 * Gives contacts, and their open leads that nobody looks after, to a manager by the step's rule. Who gave whom to whom and
 * why is on the timeline and at the leads; the manager is told. Two workers never take one turn twice.
 */
export const assignManager: AdvanceStep<'assign_manager'> = async (people, context) => {
  const { db, now } = context
  const responsible = await responsibleUsers(db, people.map(({ walker }) => walker.contact_id))
  const keeps = ({ walker, step }: At<'assign_manager'>): boolean => !step.replace && (responsible.get(walker.contact_id)?.owner_id ?? null) !== null
  // Somebody who stands here twice gets one manager.
  const wanting = [...new Map(people.filter(person => !keeps(person)).map(person => [person.walker.contact_id, person])).values()]
  const choices = await chooseManagers(wanting, context)
  const chosen = wanting.filter(({ walker }) => choices.has(walker.contact_id))
  const [{ language }, names] = [await readCompany(db), await namesOfUsers(db, [...choices.values()].map(choice => choice.user_id))]
  const becauseOf = (contactId: number): string => {
    const choice = choices.get(contactId)!
    if (choice.because === 'rules') return choice.said
    return words[language].because[choice.because](names.get(choice.user_id) ?? '', choice.load ?? 0)
  }

  const failed = new Map<number, string>()
  for (const [by, group] of Map.groupBy(chosen, ({ walker }) => `journey:${walker.journey_id}`)) {
    const outcomes = await saveContacts(db, group.map(({ walker }) => ({ id: walker.contact_id, owner_id: choices.get(walker.contact_id)!.user_id })), { now, by, mode: 'overwrite' })
    const told = await insertEvents(db, outcomes.flatMap((outcome, index) => {
      const { contact_id, journey_id } = group[index]!.walker
      if ('error' in outcome) {
        failed.set(contact_id, `${outcome.error.field}: ${outcome.error.message}`)
        return []
      }
      if (outcome.changed.length === 0) return []
      noteChange(context, contact_id, ...outcome.changed)
      return [{ contact_id, type: 'contact.updated', occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id, properties: { by, changes: outcome.changes, because: becauseOf(contact_id) } }]
    }), now)
    noteEvents(context, told)
    const news = new Set(told.map(event => event.contact_id))
    await notifyUsers(db, group.filter(({ walker }) => news.has(walker.contact_id)).map(({ walker }) => ({
      user_id: choices.get(walker.contact_id)!.user_id, title: `${words[language].told}: ${responsible.get(walker.contact_id)?.name ?? ''}`, body: becauseOf(walker.contact_id),
      link: `/contacts/${walker.contact_id}`, source_key: `journey:${walker.id}:${walker.step_key}:${walker.visit}`,
    })), now)
  }
  const withLeads = await giveLeads(db, chosen.filter(({ walker }) => !failed.has(walker.contact_id)).map(({ walker, step }) => ({ contact_id: walker.contact_id, owner_id: choices.get(walker.contact_id)!.user_id, because: becauseOf(walker.contact_id), all: step.replace })), now)
  for (const contactId of withLeads) noteChange(context, contactId, 'lead')
  if (withLeads.length > 0) await touchAll(db, ['leads'])

  return people.map((person): StepResult => {
    if (keeps(person)) return { kind: 'go', outlet: 'next', outcome: 'next', reason: 'has_manager' }
    const choice = choices.get(person.walker.contact_id)
    if (choice === undefined) return { kind: 'fail', reason: person.step.rule.kind === 'rules' ? 'nobody_free' : 'nobody_left' }
    const fault = failed.get(person.walker.contact_id)
    return fault === undefined ? { kind: 'go', outlet: 'next', outcome: 'next', reason: `user:${choice.user_id}`, learned: { user_id: choice.user_id, because: choice.because } } : { kind: 'fail', reason: fault }
  })
}

type Context = Parameters<AdvanceStep<'assign_manager'>>[1]

async function chooseManagers(people: At<'assign_manager'>[], context: Context): Promise<Map<number, Chosen>> {
  const [byRules, own]: [number[], OwnPlace[]] = [[], []]
  for (const { walker, step: { rule } } of people) {
    if (rule.kind === 'rules') byRules.push(walker.contact_id)
    else own.push({ ...walker, rule })
  }
  return new Map([...await chooseByRules(byRules, context), ...await chooseAmongOwn(own, context)])
}

/** As a lead of theirs would be given out; about the contact alone without one. Rules that wait for working hours give nobody. */
async function chooseByRules(contactIds: number[], { db, now }: Context): Promise<[number, Chosen][]> {
  const leads = await latestOpenLeads(db, contactIds)
  const routes = await routeLeads(db, contactIds.map(contact_id => ({ contact_id, lead_id: leads.get(contact_id) ?? null, wish: 'rules', contact_owner: null })), now)
  return routes.flatMap(({ owner_id, assigned_because }, index) => owner_id === null ? [] : [[contactIds[index]!, { user_id: owner_id, because: 'rules', said: assigned_because }]])
}

type OwnPlace = { contact_id: number, journey_id: number, step_key: string, rule: OwnRule }

async function chooseAmongOwn(people: OwnPlace[], { db, now }: Context): Promise<Map<number, Chosen>> {
  if (people.length === 0) return new Map()
  await holdRouting(db)
  const [turns, staff] = [await readTurns(db), await peopleForTurns(db, now)]
  const choices = new Map<number, Chosen>()
  const written = new Map<string, { journey_id: number, step_key: string, last_user_id: number }>()
  for (const { contact_id, journey_id, step_key, rule } of people) {
    const turn = `${journey_id}:${step_key}`
    const choice = chooseManager(rule, staff, turns.get(turn))
    if (choice === undefined) continue
    choices.set(contact_id, choice)
    turns.set(turn, choice.turn)
    staff.get(choice.user_id)!.load++
    if (rule.kind !== 'user') written.set(turn, { journey_id, step_key, last_user_id: choice.turn })
  }
  await writeTurns(db, [...written.values()])
  return choices
}
