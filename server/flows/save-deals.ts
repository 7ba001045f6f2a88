import type { ContactInput } from '../../shared/contacts.ts'
import type { DealInput } from '../../shared/deal-input.ts'
import { toMajor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import type { FieldError } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { ensureCompanies } from '../companies/ensure-companies.sql.ts'
import { readCompany } from '../company/company.sql.ts'
import { findByReferences } from '../contacts/find-by-references.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ownersOf } from '../contacts/owners.sql.ts'
import type { Saved as SavedCard } from '../contacts/save-contacts.sql.ts'
import { checkDeal } from '../deals/check-deal.ts'
import type { CheckedDeal, DealContext } from '../deals/check-deal.ts'
import { dealEvents } from '../deals/deal-events.ts'
import { ensurePipeline, listPipelines } from '../deals/pipelines.sql.ts'
import { contactsOfSourceKeys, heldDeals, holdDealSource, productsNamed, staffByEmail, writeDealRows, writeLines } from '../deals/save-deals.sql.ts'
import type { DealRow, HeldDeal } from '../deals/save-deals.sql.ts'
import type { WrittenDeal } from '../deals/write-deals.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import type { EventRow } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'
import { saveCards } from './save-contacts.ts'

export type SaveDealsOptions = {
  now: Date
  /** who: 'user:3', 'api', 'import:7' */
  by: string
  /** where the external ids come from: a number means one deal within its source */
  source: string
  /** only_empty: what a deal has already stays, also its stage */
  mode?: 'overwrite' | 'only_empty'
  importId?: number
  /** nothing follows: the transaction is taken back */
  dry?: boolean
}
/** `changes`: the values before and after of a deal that was there, by field, without its lines. */
export type SavedDeal = { deal_id: number, contact_id: number, created: boolean, /** at which it stands now */ revision: number, changes: Record<string, [unknown, unknown]>, /** whose it is, of a new deal */ card: SavedCard | null }
export type DealOutcome = SavedDeal | { errors: FieldError[] }

export const momentsOfDeal = ({ created_at, stage_since, closed_at }: Pick<DealInput, 'created_at' | 'stage_since' | 'closed_at'>): Date[] =>
  [created_at, stage_since, closed_at].flatMap(time => time === undefined ? [] : [new Date(time)])

/** The moments of the deals, for ensureMonths before a transaction of one's own. */
export const monthsOfDeals = (inputs: DealInput[], now: Date): Date[] => [now, ...inputs.flatMap(momentsOfDeal)]

/**
 * Deals of another program in, one outcome for each out, in their order: made, changed, left as it was (`changes` is
 * empty) or refused with every fault by its field; a refused row writes nothing and hinders no other. A second run changes
 * nothing. Each is told to the timeline with its own times; old ones start no journeys. Runs in an open transaction,
 * too: then the caller has called ensureMonths with monthsOfDeals.
 */
export async function saveDeals(app: App, db: Db, inputs: DealInput[], options: SaveDealsOptions): Promise<DealOutcome[]> {
  if (!db.isTransaction) await ensureMonths(app, monthsOfDeals(inputs, options.now))
  await ensurePipeline(db, (await readCompany(db)).language)
  return withTransaction(db, async tx => {
    await holdDealSource(tx, options.source)
    const outcomes: DealOutcome[] = inputs.map(() => ({ errors: [] }))
    // A number that comes twice changes the deal it has just made.
    for (const round of roundsOf(inputs)) {
      const saved = await saveRound(tx, app, round.map(index => inputs[index]!), options)
      for (const [place, index] of round.entries()) outcomes[index] = saved[place]!
    }
    if (outcomes.some(outcome => !('errors' in outcome))) await touchAll(tx, ['deals'])
    return outcomes
  })
}

/** Places of the inputs, each number once a round. */
function roundsOf(inputs: DealInput[]): number[][] {
  const rounds: number[][] = []
  const seen = new Map<string, number>()
  for (const [index, { external_id }] of inputs.entries()) {
    const round = seen.get(external_id) ?? 0
    seen.set(external_id, round + 1)
    const places = rounds[round] ??= []
    places.push(index)
  }
  return rounds
}

type Wanted = { place: number, input: DealInput, key: string, standing: HeldDeal | undefined, deal: CheckedDeal, contact_id: number, company_id: number | null, card: SavedCard | null }
type Saved = { row: DealRow & { id: number }, wanted: Wanted, changes: Record<string, [unknown, unknown]> }

async function saveRound(tx: Db, app: App, inputs: DealInput[], options: SaveDealsOptions): Promise<DealOutcome[]> {
  const { now, by, source } = options
  const keys = inputs.map(input => `${source}:${input.external_id}`)
  const referred = await findByReferences(tx, inputs.map(input => input.contact ?? {}))
  await lockContacts(tx, [...referred.filter(id => id !== null), ...await contactsOfSourceKeys(tx, keys)])
  const standing = await heldDeals(tx, keys)
  const context = await loadContext(tx, inputs, now)
  const outcomes: DealOutcome[] = inputs.map(() => ({ errors: [] }))
  const sound = inputs.flatMap((input, place) => {
    const there = standing.get(keys[place]!)
    const deal = checkDeal(input, context, there)
    if ('errors' in deal) outcomes[place] = deal
    else if (there !== undefined && input.contact !== undefined && referred[place] !== there.contact_id) outcomes[place] = { errors: [{ field: 'contact', message: `the deal is that of another contact (${there.contact_id})` }] }
    else return [{ place, input, key: keys[place]!, standing: there, deal }]
    return []
  })
  const { wanted, changes } = await findPeople(tx, sound, referred, options, outcomes)
  const owners = await ownersOf(tx, wanted.map(each => each.contact_id))

  const stageOf = new Map(context.pipelines.flatMap(pipeline => pipeline.stages.map(stage => [stage.id, { stage, pipeline }] as const)))
  const differing = wanted.flatMap((each) => {
    const row = rowOf(each, owners.get(each.contact_id) ?? null, context, options)
    const differences = each.standing === undefined ? {} : differencesOf(each.standing, row)
    outcomes[each.place] = { deal_id: each.standing?.id ?? 0, contact_id: each.contact_id, created: each.standing === undefined, revision: each.standing?.revision ?? 1, changes: differences, card: each.card }
    return each.standing === undefined || Object.keys(differences).length > 0 ? [{ ...row, wanted: each, differences }] : []
  })
  const saved = (await writeDealRows(tx, differing, now)).map(({ wanted: each, differences, ...row }): Saved => ({ row, wanted: each, changes: differences }))
  for (const { row, wanted: each, changes: differences } of saved) outcomes[each.place] = { deal_id: row.id, contact_id: row.contact_id, created: each.standing === undefined, revision: each.standing === undefined ? 1 : each.standing.revision + 1, changes: differences, card: each.card }
  const idOf = (each: Wanted): number => (outcomes[each.place] as Extract<DealOutcome, { deal_id: number }>).deal_id
  await writeLines(tx, wanted.flatMap(each => each.deal.lines === undefined ? [] : [{ contact_id: each.contact_id, id: idOf(each), currency: each.deal.currency, lines: each.deal.lines }]))

  const events = options.dry === true ? [] : await insertEvents(tx, saved.flatMap(({ row, wanted: each }) => eventsOf(row, each, stageOf, context, by).map(event => ({ ...event, import_id: options.importId ?? null }))), now)
  // Other lines may come to the same amount: the deal is the same, what is sold is not.
  const told = [...new Set([...saved.map(one => one.row.contact_id), ...wanted.flatMap(each => each.deal.lines === undefined ? [] : [each.contact_id])])].map((contact_id): Change => {
    const own = events.filter(event => event.contact_id === contact_id)
    return { contact_id, keys: ['deal', ...new Set(own.map(event => `event:${event.type}`))], events: own }
  })
  if (options.dry !== true) await applyChanges(tx, app, [...changes, ...told], now)
  return outcomes
}

async function loadContext(tx: Db, inputs: DealInput[], now: Date): Promise<DealContext> {
  const names = inputs.flatMap(input => (input.lines ?? []).map(line => line.product.toLowerCase()))
  const staff = await staffByEmail(tx)
  return {
    pipelines: await listPipelines(tx), products: await productsNamed(tx, [...new Set(names)]), staff, staffIds: new Set(staff.values()),
    currency: (await readCompany(tx)).currency, now,
  }
}

/** The contact and company of each deal; who is not there yet is made. A deal of a company alone stands on the card of the company itself. */
async function findPeople(tx: Db, sound: Omit<Wanted, 'contact_id' | 'company_id' | 'card'>[], referred: (number | null)[], { now, by, importId }: SaveDealsOptions, outcomes: DealOutcome[]): Promise<{ wanted: Wanted[], changes: Change[] }> {
  const nameOf = (input: DealInput): string => (input.company ?? '').trim()
  const companies = await ensureCompanies(tx, sound.map(({ input }) => nameOf(input)).filter(name => name !== ''))
  const companyOf = (input: DealInput): number | null => companies.get(nameOf(input).toLowerCase()) ?? null
  const cards = new Map<string, ContactInput>()
  const cardKey = ({ input }: typeof sound[number]): string => JSON.stringify(input.contact ?? companyOf(input))
  for (const each of sound) {
    if (each.standing !== undefined || cards.has(cardKey(each))) continue
    const company = nameOf(each.input)
    const made = each.input.contact ?? { external_id: `company:${companyOf(each.input)!}`, first_name: company }
    cards.set(cardKey(each), { ...made, ...(company === '' ? {} : { company }), source: by, ...(importId === undefined ? {} : { import_id: importId }) } as ContactInput)
  }
  const { outcomes: people, changes } = await saveCards(tx, [...cards.values()], { now, by, mode: 'only_empty' })
  const personOf = new Map([...cards.keys()].map((key, index) => [key, people[index]!]))
  const wanted = sound.flatMap((each): Wanted[] => {
    if (each.standing !== undefined) return [{ ...each, card: null, contact_id: each.standing.contact_id, company_id: each.input.company === undefined ? each.standing.company_id : companyOf(each.input) }]
    const person = personOf.get(cardKey(each))!
    if (!('error' in person)) return [{ ...each, card: person, contact_id: person.contact_id, company_id: companyOf(each.input) }]
    outcomes[each.place] = { errors: person.error.all.map(error => ({ field: `contact.${error.field}`, message: error.message })) }
    return []
  })
  return { wanted, changes }
}

/** The deal as it shall stand. */
function rowOf({ input, key, standing, deal, contact_id, company_id }: Wanted, manager: number | null, context: DealContext, { now, source, mode }: SaveDealsOptions): DealRow {
  const keeps = mode === 'only_empty' && standing !== undefined
  const after = <T>(given: T | undefined, was: T): T => given === undefined || (keeps && was !== null) ? was : given
  const moves = deal.stage !== undefined && !keeps && deal.stage.id !== standing?.stage_id
  const first = context.pipelines.find(pipeline => pipeline.archived_at === null)!
  const stage = standing === undefined || moves ? deal.stage ?? first.stages.find(each => each.kind === 'open')! : undefined
  const state = stage?.kind ?? standing!.state
  const created_at = after(deal.created_at, standing?.created_at ?? deal.stage_since ?? deal.closed_at ?? now)
  const closed_at = state === 'open' ? null : after(deal.closed_at, standing?.state === state ? standing.closed_at : deal.stage_since ?? now)
  const stage_since = after(deal.stage_since, stage === undefined ? (deal.closed_at !== undefined ? closed_at! : standing!.stage_since) : closed_at ?? (standing === undefined ? created_at : now))
  return {
    contact_id, id: standing?.id ?? null, company_id, source: standing?.source ?? source, source_key: key, state, created_at, closed_at, stage_since,
    pipeline_id: stage === undefined ? standing!.pipeline_id : (deal.pipeline ?? first).id, stage_id: stage?.id ?? standing!.stage_id,
    title: after(deal.title, standing?.title ?? input.external_id), amount: after(deal.amount, standing?.amount ?? null), currency: keeps ? standing.currency : deal.currency,
    owner_id: after(deal.owner_id, standing === undefined ? manager : standing.owner_id), expected_on: after(deal.expected_on, standing?.expected_on ?? null),
    lost_reason: state === 'lost' ? after(deal.lost_reason, standing?.lost_reason ?? null) : null,
    // What has long been stale when it is brought in is no news.
    stale_told: stage === undefined ? standing!.stale_told : stage.stale_days !== null && stage_since.getTime() < now.getTime() - stage.stale_days * 86_400_000,
  }
}

const compared = ['company_id', 'pipeline_id', 'stage_id', 'title', 'amount', 'currency', 'owner_id', 'lost_reason', 'expected_on', 'created_at', 'stage_since', 'closed_at'] as const

const plain = (value: unknown): unknown => value instanceof Date ? value.toISOString() : value

/** A deal as changes of it are told: by field, money in major units, times as texts. */
export const shownDeal = (deal: DealRow): Record<string, unknown> =>
  Object.fromEntries(compared.map(name => [name, name === 'amount' && deal.amount !== null ? toMajor(deal.amount, deal.currency) : plain(deal[name])]))

function differencesOf(before: HeldDeal, after: DealRow): Record<string, [unknown, unknown]> {
  const [old, now] = [shownDeal(before), shownDeal(after)]
  return Object.fromEntries(compared.flatMap(name => plain(before[name]) === plain(after[name]) ? [] : [[name, [old[name], now[name]]]]))
}

/** A deal is made at the first stage of its pipeline, unless it has been where it is from the beginning. */
function eventsOf(row: DealRow & { id: number }, { standing }: Wanted, stageOf: ReadonlyMap<number, { stage: { id: number, name: string }, pipeline: DealContext['pipelines'][number] }>, context: DealContext, by: string): EventRow[] {
  const { stage, pipeline } = stageOf.get(row.stage_id) ?? { stage: { id: row.stage_id, name: standing?.stage ?? '' }, pipeline: context.pipelines.find(each => each.id === row.pipeline_id)! }
  const at = (deal: WrittenDeal, occurred_at: Date): EventRow[] => dealEvents(deal, by).map(event => ({ ...event, occurred_at, source: by, message_id: null, campaign_id: null, journey_id: null }))
  const told: WrittenDeal = {
    contact_id: row.contact_id, id: row.id, title: row.title, amount: row.amount, currency: row.currency, state: row.state, owner_id: row.owner_id, lost_reason: row.lost_reason,
    pipeline_id: row.pipeline_id, pipeline: pipeline.name, stage_id: stage.id, stage: stage.name, from_stage_id: null, from_stage: null, from_state: null,
  }
  if (standing !== undefined) return standing.stage_id === row.stage_id ? [] : at({ ...told, from_stage_id: standing.stage_id, from_stage: standing.stage, from_state: standing.state }, row.stage_since)
  const first = pipeline.stages.find(each => each.kind === 'open')!
  if (stage.id === first.id || (row.state === 'open' && row.stage_since.getTime() === row.created_at.getTime())) return at(told, row.created_at)
  const beginning: WrittenDeal = { ...told, state: 'open', stage_id: first.id, stage: first.name }
  return [...at(beginning, row.created_at), ...at({ ...told, from_stage_id: first.id, from_stage: first.name, from_state: 'open' }, row.stage_since)]
}
