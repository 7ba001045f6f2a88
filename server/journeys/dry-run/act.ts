import { sql } from 'kysely'
import type { Condition } from '../../../shared/conditions.ts'
import type { ContactInput, FieldValue } from '../../../shared/contacts.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { toMajor, toMinor } from '../../../shared/money.ts'
import { readCompany } from '../../company/company.sql.ts'
import { cardField } from '../../conditions/card-fields.sql.ts'
import { dayOf } from '../../conditions/moments.ts'
import { checkInput } from '../../contacts/check-input.ts'
import { loadInputContext } from '../../contacts/save-contacts.sql.ts'
import { poolsInUse } from '../../coupons/give-coupons.sql.ts'
import { peopleForTurns, routeLeads } from '../../leads/route-leads.ts'
import { grantsRefused } from '../steps/change-topic.sql.ts'
import { chooseManager } from '../steps/choose-manager.ts'
import { compute, startsFrom } from '../steps/compute-field.ts'
import { askCondition, atTheirOwn } from './ask-conditions.ts'
import { codesLeft, openDeals, stagesToUse, valuesOfEach } from './ask.sql.ts'
import { effectsOf, madeId, putRow } from './effects.ts'
import type { Traveller } from './tally.ts'
import type { Move, World } from './world.ts'

type Of<Kind extends JourneyStep['kind']> = Extract<JourneyStep, { kind: Kind }>

/**
 * What a step would do to each is remembered with them, so that later conditions are answered after it; nothing is
 * written. What happens outside, and other journeys, change nothing here.
 */
export async function actOn(world: World, key: string, step: JourneyStep, people: Traveller[]): Promise<Move[]> {
  const faults = await changeEach(world, key, step, people)
  return people.map((traveller, index): Move => {
    const fault = faults?.[index]
    return fault === undefined ? { go: 'next', outcome: 'next', at: traveller.at } : { fail: fault }
  })
}

/** Kinds of steps that change what conditions ask about. */
export const changingSteps: ReadonlySet<JourneyStep['kind']> = new Set(['add_tag', 'remove_tag', 'change_segment', 'change_topic', 'set_field', 'compute_field', 'assign_manager', 'create_deal', 'move_deal', 'create_lead', 'give_coupon'])

/** Why the step could not be done, for each in order; nothing: it was done for all. */
async function changeEach(world: World, key: string, step: JourneyStep, people: Traveller[]): Promise<(string | undefined)[] | undefined> {
  switch (step.kind) {
    case 'add_tag': case 'remove_tag': return await changeTag(world, step, people)
    case 'change_segment': return await changeSegment(world, step, people)
    case 'change_topic': return await changeTopic(world, step, people)
    case 'set_field': return await setField(world, step.field, people.map(() => step.value), people)
    case 'compute_field': return await computeField(world, step, people)
    case 'assign_manager': return await assignManager(world, key, step, people)
    case 'create_deal': return await createDeal(world, step, people)
    case 'move_deal': return await moveDeal(world, step, people)
    case 'create_lead': return await createLead(world, step, people)
    case 'give_coupon': return await giveCoupon(world, step, people)
    default: return undefined
  }
}

const momentOf = (traveller: Traveller): string => new Date(traveller.at).toISOString()

/** Only what is not so already changes, as in life: since when it is so stays. */
async function thoseWhoDiffer(world: World, condition: Condition, wanted: boolean, people: Traveller[]): Promise<Traveller[]> {
  const answers = await askCondition(world, condition, people)
  return people.filter((_, index) => answers[index] !== wanted)
}

async function changeTag(world: World, step: Of<'add_tag'> | Of<'remove_tag'>, people: Traveller[]): Promise<undefined> {
  const { tag_id } = step
  if (tag_id === null) return
  const adds = step.kind === 'add_tag'
  for (const traveller of await thoseWhoDiffer(world, { tag: tag_id, has: true }, adds, people)) {
    putRow(traveller, 'contact_tags', tag_id, adds ? { added_at: momentOf(traveller) } : null, 'tag')
  }
}

async function changeSegment(world: World, { segment_id, action }: Of<'change_segment'>, people: Traveller[]): Promise<undefined> {
  if (segment_id === null) return
  const adds = action === 'add'
  for (const traveller of await thoseWhoDiffer(world, { segment: segment_id, in: true }, adds, people)) {
    putRow(traveller, 'segment_memberships', segment_id, adds ? { entered_at: momentOf(traveller) } : null, `segment:${segment_id}`)
  }
}

/** A withdrawal by the person is never overridden. */
async function changeTopic(world: World, { topic_id, action }: Of<'change_topic'>, people: Traveller[]): Promise<undefined> {
  if (topic_id === null) return
  const status = action === 'grant' ? 'granted' : 'withdrawn'
  const differing = await thoseWhoDiffer(world, { consent: status, topic: topic_id }, true, people)
  const refused = action === 'grant' ? await grantsRefused(world.db, differing.map(({ contact_id }) => ({ contact_id, topic_id }))) : new Map<string, string>()
  for (const traveller of differing) {
    const isRefused = refused.has(`${traveller.contact_id}:${topic_id}`) && traveller.effects?.rows.get('consent_states')?.get(topic_id) === undefined
    if (!isRefused) putRow(traveller, 'consent_states', topic_id, { status, since: momentOf(traveller) }, 'consent')
  }
}

/** Checked and normalised as an edit of the card would be. */
async function setField(world: World, field: string, values: FieldValue[], people: Traveller[]): Promise<(string | undefined)[]> {
  const inputs = await loadInputContext(world.db)
  return people.map((traveller, index) => {
    const value = values[index] ?? null
    const own = field.startsWith('fields.') ? field.slice('fields.'.length) : undefined
    const input: ContactInput = own === undefined ? { [field]: value } : { fields: { [own]: value } }
    const checked = checkInput(input, inputs)
    if ('errors' in checked) return checked.errors[0]!.message
    const effects = effectsOf(traveller)
    if (own === undefined) Object.assign(effects.card, checked.values)
    else Object.assign(effects.fields, checked.fields)
    effects.changed.add(`field:${field}`)
  })
}

async function computeField(world: World, step: Of<'compute_field'>, people: Traveller[]): Promise<(string | undefined)[]> {
  const from = startsFrom(step)
  const before = from === undefined ? people.map(() => null) : await cardValues(world, from, people)
  return await setField(world, step.field, people.map((traveller, index) => compute(step, before[index]!, dayOf(new Date(traveller.at), world.context.timeZone))), people)
}

/** Money in major units, dates as days of the company's calendar. */
async function cardValues(world: World, name: string, people: Traveller[]): Promise<FieldValue[]> {
  const field = atTheirOwn(world, options => cardField(name, options).expression)
  const { kind, custom } = cardField(name, { ...world.context, now: new Date(world.until) })
  const value = kind === 'date' && !custom ? sql`((${field}) at time zone ${world.context.timeZone}::text)::date` : field
  const values = await valuesOfEach(world.db, people, value) as FieldValue[]
  return kind === 'money' && !custom ? values.map(one => typeof one === 'number' ? toMajor(one, world.context.currency) : one) : values
}

/** By the same rule as in life; the routing rules as they are now, about the card as it is now; who was last and how busy everybody is follow the dry run alone. */
async function assignManager(world: World, key: string, { rule, replace }: Of<'assign_manager'>, people: Traveller[]): Promise<(string | undefined)[]> {
  // Who is away today says nothing of the past.
  world.staff ??= new Map([...await peopleForTurns(world.db, new Date(world.until))].map(([id, person]) => [id, { ...person, absent_until: null }]))
  const { staff } = world
  const owners = await cardValues(world, 'owner_id', people)
  const give = (traveller: Traveller, userId: number) => {
    const effects = effectsOf(traveller)
    effects.card['owner_id'] = userId
    effects.changed.add('field:owner_id')
  }
  if (rule.kind === 'rules') {
    const routes = await routeLeads(world.db, people.map(({ contact_id }, index) => ({ contact_id, lead_id: null, wish: replace || owners[index] === null ? 'rules' : 'nobody', contact_owner: null })), new Date(world.until), true)
    return people.map((traveller, index) => {
      if (!replace && owners[index] !== null) return undefined
      const { owner_id } = routes[index]!
      if (owner_id === null) return 'nobody_free'
      give(traveller, owner_id)
    })
  }
  return people.map((traveller, index) => {
    if (!replace && owners[index] !== null) return undefined
    const choice = chooseManager(rule, staff, world.turns.get(key))
    if (choice === undefined) return 'nobody_left'
    world.turns.set(key, choice.user_id)
    staff.get(choice.user_id)!.load++
    give(traveller, choice.user_id)
  })
}

async function createDeal(world: World, step: Of<'create_deal'>, people: Traveller[]): Promise<(string | undefined)[] | undefined> {
  const stage = await stageOf(world, step)
  if (!stage) return people.map(() => 'pipeline_gone')
  const { currency } = await readCompany(world.db)
  const owners = step.owner === 'owner' ? await cardValues(world, 'owner_id', people) : people.map(() => step.owner)
  for (const [index, traveller] of people.entries()) {
    const at = momentOf(traveller)
    putRow(traveller, 'deals', madeId(), {
      pipeline_id: stage.pipeline_id, stage_id: stage.id, state: stage.kind, title: step.title, amount: step.amount === null ? null : toMinor(step.amount, currency), currency,
      owner_id: owners[index], source: `journey:${world.journeyId}`, revision: 1, created_at: at, stage_since: at, closed_at: stage.kind === 'open' ? null : at, updated_at: at,
    }, 'deal')
  }
  return undefined
}

/** The latest deal of the pipeline that was open then. */
async function moveDeal(world: World, step: Of<'move_deal'>, people: Traveller[]): Promise<(string | undefined)[]> {
  const stage = await stageOf(world, step)
  if (!stage) return people.map(() => 'pipeline_gone')
  const deals = await openDeals(world.db, people, stage.pipeline_id)
  return people.map((traveller, index) => {
    const deal = deals[index]
    if (!deal) return 'no_open_deal'
    const at = momentOf(traveller)
    putRow(traveller, 'deals', deal.id, { ...deal, stage_id: stage.id, state: stage.kind, stage_since: at, closed_at: stage.kind === 'open' ? null : at, updated_at: at }, 'deal')
  })
}

async function stageOf(world: World, { pipeline_id, stage_id }: Of<'create_deal'> | Of<'move_deal'>) {
  return pipeline_id === null ? undefined : (await stagesToUse(world.db, pipeline_id)).find(stage => stage_id === null || stage.id === stage_id)
}

/** Whoever has one of this journey that nobody has finished yet gets no second one. */
async function createLead(world: World, step: Of<'create_lead'>, people: Traveller[]): Promise<undefined> {
  const source = `journey:${world.journeyId}`
  const owners = await cardValues(world, 'owner_id', people)
  for (const [index, traveller] of people.entries()) {
    if ((traveller.effects?.rows.get('leads')?.size ?? 0) > 0) continue
    const at = momentOf(traveller)
    putRow(traveller, 'leads', madeId(), { status: 'new', source, source_label: step.label, utm: {}, owner_id: owners[index], assigned_because: '', created_at: at, updated_at: at }, 'lead')
  }
}

/** A list of codes ends: whoever comes after the last one gets none. */
async function giveCoupon(world: World, { pool_id }: Of<'give_coupon'>, people: Traveller[]): Promise<(string | undefined)[]> {
  const pool = pool_id === null ? undefined : (await poolsInUse(world.db, [pool_id])).get(pool_id)
  if (!pool) return people.map(() => 'pool_gone')
  if (pool.kind === 'list' && !world.codesLeft.has(pool.id)) world.codesLeft.set(pool.id, Math.floor(await codesLeft(world.db, pool.id) / world.oneOf))
  return people.map((traveller) => {
    const left = pool.kind === 'list' ? world.codesLeft.get(pool.id)! : Infinity
    if (left <= 0) return 'pool_empty'
    world.codesLeft.set(pool.id, left - 1)
    const valid_until = pool.valid_days === null ? null : new Date(traveller.at + pool.valid_days * 86_400_000).toISOString()
    putRow(traveller, 'coupons', madeId(), { pool_id: pool.id, code: '', given_at: momentOf(traveller), valid_until, source: `journey:${world.journeyId}` }, 'coupon')
  })
}
