import type { DealInput } from '../../shared/deal-input.ts'
import type { Pipeline, Stage } from '../../shared/deals.ts'
import { linesTotal } from '../../shared/deal-lines.ts'
import type { DealLineBody } from '../../shared/deal-lines.ts'
import { toMajor, toMinor } from '../../shared/money.ts'
import type { FieldError } from '../base/errors.ts'

export type KnownProduct = { id: number, sku: string, name: string, /** minor units */ price: number | null, currency: string | null }
export type DealContext = {
  pipelines: Pipeline[]
  /** by small letters of email */ staff: ReadonlyMap<string, number>
  staffIds: ReadonlySet<number>
  /** by small letters of code and of name */ products: ReadonlyMap<string, KnownProduct>
  currency: string
  now: Date
}

type Line = DealLineBody & { product_id: number }
/** undefined: not said. Amounts in minor units. */
export type CheckedDeal = {
  title: string | undefined, currency: string, amount: number | null | undefined, owner_id: number | null | undefined
  stage: Stage | undefined, pipeline: Pipeline | undefined, lost_reason: string | null | undefined, expected_on: string | null | undefined
  created_at: Date | undefined, stage_since: Date | undefined, closed_at: Date | undefined, lines: Line[] | undefined
}
/** The deal as it is there already. */
export type StandingDeal = { currency: string, amount: number | null, pipeline_id: number, stage_id: number, state: string, created_at: Date, has_lines: boolean }

/** What was given with names turned into numbers, or everything that is wrong with it. Pure. */
export function checkDeal(input: DealInput, context: DealContext, standing: StandingDeal | undefined): CheckedDeal | { errors: FieldError[] } {
  const errors: FieldError[] = []
  const fault = (field: string, message: string): undefined => { errors.push({ field, message }); return undefined }
  if (standing === undefined) {
    if (input.title === undefined) fault('title', 'give the deal a name')
    if (input.contact === undefined && (input.company ?? '').trim() === '') fault('contact', 'say whose deal it is: a contact or a company')
  }
  const currency = input.currency ?? standing?.currency ?? context.currency
  const place = placeOf(input, context.pipelines, standing, fault)
  const times = timesOf(input, context.now, standing, place?.stage, fault)
  const lines = input.lines?.flatMap((line, index): Line[] => {
    const product = context.products.get(line.product.toLowerCase())
    if (product === undefined) return fault(`lines.${index}.product`, `there is no product "${line.product}": add it, or map it to one there is`) ?? []
    if (line.discount !== undefined && line.discount_percent !== undefined) return fault(`lines.${index}.discount`, 'give a discount in money or in per cent, not both') ?? []
    const price = line.price ?? (product.price !== null && product.currency === currency ? toMajor(product.price, currency) : undefined)
    if (price === undefined) return fault(`lines.${index}.price`, `the catalogue has no price of "${product.name}" in ${currency}: give one`) ?? []
    return [{ product_id: product.id, name: product.name, quantity: line.quantity, price, discount_percent: line.discount_percent ?? null, discount: line.discount ?? null }]
  })
  const sum = lines === undefined || lines.length === 0 ? undefined : linesTotal(lines, currency)
  const given = input.amount === undefined || input.amount === null ? input.amount : toMinor(input.amount, currency)
  if (sum !== undefined && errors.length === 0 && typeof given === 'number' && given !== sum) fault('amount', `the lines come to ${toMajor(sum, currency)}, not to ${input.amount!}`)
  if (lines === undefined && standing?.has_lines && currency !== standing.currency) fault('currency', 'the deal has lines in its currency: give them, too')
  if (lines === undefined && standing?.has_lines && given !== undefined && given !== standing.amount) fault('amount', 'the amount of this deal is the sum of its lines: give the lines')
  // An amount is kept in minor units, which another currency may count differently.
  const kept = standing !== undefined && standing.amount !== null && currency !== standing.currency ? toMinor(toMajor(standing.amount, standing.currency), currency) : undefined
  const owner_id = ownerOf(input.owner, context, fault)
  if (errors.length > 0) return { errors }
  return { title: input.title, currency, amount: sum ?? given ?? (given === null ? null : kept), owner_id, ...place!, lost_reason: input.lost_reason, expected_on: input.expected_on, ...times, lines }
}

type Fault = (field: string, message: string) => undefined

function ownerOf(owner: DealInput['owner'], { staff, staffIds }: DealContext, fault: Fault): number | null | undefined {
  if (owner === undefined || owner === null) return owner
  if (owner === '') return null
  const id = typeof owner === 'number' ? owner : staff.get(owner.toLowerCase())
  return id !== undefined && staffIds.has(id) ? id : fault('owner', 'there is no such member of staff')
}

/** Stage and pipeline; both undefined: the deal stays where it is. */
function placeOf({ pipeline: wanted, stage: named, state }: DealInput, pipelines: Pipeline[], standing: StandingDeal | undefined, fault: Fault): Pick<CheckedDeal, 'stage' | 'pipeline'> | undefined {
  const is = (asked: string | number) => (one: { id: number, name: string }): boolean => typeof asked === 'number' ? one.id === asked : one.name.toLowerCase() === asked.toLowerCase()
  const usable = pipelines.filter(pipeline => pipeline.archived_at === null)
  const chosen = wanted === undefined ? undefined : usable.find(is(wanted))
  if (wanted !== undefined && chosen === undefined) return fault('pipeline', 'there is no such pipeline')
  if (standing !== undefined && chosen === undefined && named === undefined && (state === undefined || state === standing.state)) return { stage: undefined, pipeline: undefined }
  // Where a stage is named and no pipeline, that of the deal goes first.
  const own = usable.find(pipeline => pipeline.id === standing?.pipeline_id)
  const candidates = chosen !== undefined ? [chosen] : [...own === undefined ? [] : [own], ...usable]
  if (named === undefined) {
    const pipeline = candidates[0]
    const stays = standing !== undefined && pipeline?.id === standing.pipeline_id && (state ?? standing.state) === standing.state
    const stage = stays ? undefined : pipeline?.stages.find(each => each.kind === (state ?? standing?.state ?? 'open'))
    return { stage, pipeline: stage && pipeline }
  }
  const pipeline = candidates.find(each => each.stages.some(is(named)))
  const stage = pipeline?.stages.find(is(named))
  if (stage === undefined) return fault('stage', 'there is no such stage')
  if (state !== undefined && state !== stage.kind) return fault('state', `the stage "${stage.name}" is ${stage.kind}`)
  return { stage, pipeline }
}

/** Nothing comes from the future, nothing ends before it began. */
function timesOf(input: DealInput, now: Date, standing: StandingDeal | undefined, stage: Stage | undefined, fault: Fault): Pick<CheckedDeal, 'created_at' | 'stage_since' | 'closed_at'> {
  const [created_at, stage_since, closed_at] = (['created_at', 'stage_since', 'closed_at'] as const).map((field) => {
    const given = input[field]
    if (given === undefined) return undefined
    const time = new Date(given)
    // Clocks of other programs go a little wrong.
    return time.getTime() > now.getTime() + 86_400_000 ? fault(field, 'lies in the future') : time
  })
  const began = created_at ?? standing?.created_at
  if (began !== undefined && stage_since !== undefined && stage_since < began) fault('stage_since', 'is before the deal was made')
  if (began !== undefined && closed_at !== undefined && closed_at < began) fault('closed_at', 'is before the deal was made')
  if (closed_at !== undefined && (stage?.kind ?? standing?.state ?? 'open') === 'open') fault('closed_at', 'the deal is open: give a won or lost stage or state')
  return { created_at, stage_since, closed_at }
}
