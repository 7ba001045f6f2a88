import { toMinor } from '../../../shared/money.ts'
import { readCompany } from '../../company/company.sql.ts'
import { dealEvents } from '../../deals/deal-events.ts'
import { firstStages, usableStages } from '../../deals/pipelines.sql.ts'
import type { StageInUse } from '../../deals/pipelines.sql.ts'
import { createDeals, latestOpenDeals, moveDeals } from '../../deals/write-deals.sql.ts'
import type { WrittenDeal } from '../../deals/write-deals.sql.ts'
import { insertEvents } from '../../events/insert-events.sql.ts'
import { fillTexts } from '../../templates/render-texts.ts'
import { chooseUsers } from './choose-user.ts'
import { noteChange, noteEvents } from './step.ts'
import type { AdvanceStep, At, StepContext, StepResult } from './step.ts'

type DealStep = At<'create_deal'> | At<'move_deal'>

/** One deal each, in the company's currency. A second run makes none: the enrolment, the step and the visit are its key. */
export const createDeal: AdvanceStep<'create_deal'> = async (people, context) => {
  const { db, now } = context
  const [stages, titles, users, { currency }] = [
    await stagesOf(people, context),
    await fillTexts(db, people.map(({ walker, step }) => ({ contact_id: walker.contact_id, text: step.title })), 'text', now),
    await chooseUsers(db, people.map(({ walker, step }) => ({ walker, user: step.owner }))),
    await readCompany(db),
  ]
  const faults = people.map((_, index) => {
    const title = titles[index]!
    if (!stages[index]) return 'pipeline_gone'
    if ('error' in title) return `title: ${title.error}`
    return title.text.trim() === '' ? 'title_empty' : undefined
  })
  const made = await createDeals(db, people.flatMap(({ walker, step }, index) => {
    const title = titles[index]!
    if (faults[index] !== undefined || 'error' in title) return []
    return [{
      contact_id: walker.contact_id, title: title.text.trim().slice(0, 300), amount: step.amount === null ? null : toMinor(step.amount, currency), currency,
      stage: stages[index]!, owner_id: users[index]!.user_id, source: `journey:${walker.journey_id}`, source_key: `${walker.id}:${walker.step_key}:${walker.visit}`,
    }]
  }), now)
  await tell(made, people, context)
  return faults.map(resultOf)
}

/** The latest open deal of the pipeline goes to the stage; whoever has none fails. */
export const moveDeal: AdvanceStep<'move_deal'> = async (people, context) => {
  const stages = await stagesOf(people, context)
  const latest = await latestOpenDeals(context.db, people.flatMap(({ walker, step }) => step.pipeline_id === null ? [] : [{ contact_id: walker.contact_id, pipeline_id: step.pipeline_id }]))
  const dealOf = ({ walker, step }: At<'move_deal'>) => latest.get(`${walker.contact_id}:${step.pipeline_id}`)
  const faults = people.map((person, index) => !stages[index] ? 'pipeline_gone' : dealOf(person) === undefined ? 'no_open_deal' : undefined)
  // Two enrolments of one person may mean one deal: it goes where the last of them says.
  const moves = new Map(people.flatMap((person, index) => faults[index] === undefined ? [[dealOf(person)!, { contact_id: person.walker.contact_id, id: dealOf(person)!, stage: stages[index]! }] as const] : []))
  await tell(await moveDeals(context.db, [...moves.values()], context.now), people, context)
  return faults.map(resultOf)
}

const resultOf = (fault: string | undefined): StepResult => fault === undefined ? { kind: 'go', outlet: 'next', outcome: 'next' } : { kind: 'fail', reason: fault }

/** The chosen stage of each, or the first of the chosen pipeline; undefined where it is archived or gone. */
async function stagesOf(people: DealStep[], { db }: StepContext): Promise<(StageInUse | undefined)[]> {
  const first = people.some(({ step }) => step.stage_id === null) ? new Map((await firstStages(db)).map(stage => [stage.pipeline_id, stage.open])) : new Map<number, number>()
  const wanted = people.map(({ step }) => step.stage_id ?? (step.pipeline_id === null ? undefined : first.get(step.pipeline_id)))
  const usable = await usableStages(db, wanted.flatMap(id => id ?? []))
  return people.map(({ step }, index) => {
    const stage = usable.get(wanted[index] ?? 0)
    return stage && (step.pipeline_id === null || stage.pipeline_id === step.pipeline_id) ? stage : undefined
  })
}

async function tell(deals: WrittenDeal[], people: DealStep[], context: StepContext): Promise<void> {
  const journeys = new Map(people.map(({ walker }) => [walker.contact_id, walker.journey_id]))
  for (const deal of deals) noteChange(context, deal.contact_id, 'deal')
  noteEvents(context, await insertEvents(context.db, deals.flatMap(deal => {
    const journey_id = journeys.get(deal.contact_id)!
    const by = `journey:${journey_id}`
    return dealEvents(deal, by).map(event => ({ ...event, occurred_at: context.now, source: by, message_id: null, campaign_id: null, journey_id }))
  }), context.now))
}
