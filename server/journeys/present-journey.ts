import type { Db } from '../base/db.ts'
import { toMajor } from '../../shared/money.ts'
import type { EnrolmentView, JourneyReport, JourneyRow, JourneyView } from '../../shared/journeys.ts'
import { checkJourney } from './check-journey.ts'
import { latestIntake } from './intakes.sql.ts'
import { countOnOlderVersions, findVersion } from './journeys.sql.ts'
import type { Journey, JourneyListRow } from './journeys.sql.ts'
import type { JourneyNumbers, MailNumbers } from './report.sql.ts'
import type { Way } from './ways.sql.ts'

export async function presentJourney(db: Db, journey: Journey): Promise<JourneyView> {
  const version = journey.version_id === null ? undefined : await findVersion(db, journey.version_id)
  const intake = await latestIntake(db, journey.id)
  return {
    id: journey.id, name: journey.name, description: journey.description, state: journey.state, revision: journey.revision,
    draft: journey.draft,
    problems: await checkJourney(db, journey.draft),
    version: version ? { id: version.id, number: version.number, published_at: version.published_at.toISOString(), published_by: version.published_by, graph: version.graph } : null,
    has_unpublished_changes: version !== undefined && !sameGraph(version.graph, journey.draft),
    on_older_versions: version ? await countOnOlderVersions(db, journey.id, version.id) : 0,
    intake: intake ? { people: intake.people, looked_at: intake.looked_at, enrolled: intake.enrolled, finished: intake.finished_at !== null } : null,
    dates_missed: journey.dates_missed,
    created_at: journey.created_at.toISOString(), updated_at: journey.updated_at.toISOString(),
  }
}

/** Both come from jsonb, which orders keys, so equal graphs have equal texts. */
export const sameGraph = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other)

export const presentJourneyRow = (currency: string) => ({ took_ms: _, counted_at, ...row }: JourneyListRow): JourneyRow => ({
  ...row, counted_at: counted_at?.toISOString() ?? null, revenue: toMajor(row.revenue, currency), currency, updated_at: row.updated_at.toISOString(),
})

const noMails: MailNumbers = { queued: 0, sent: 0, skipped: 0, bounced: 0, opened: 0, machine_opened: 0, clicked: 0, unsubscribed: 0, orders: 0, revenue: 0 }
const nobody = { entered: 0, here: 0, done: 0, left: 0, failed: 0 }

export function presentReport({ numbers, counted_at }: { numbers: JourneyNumbers, counted_at: Date | null }, currency: string): JourneyReport {
  const report: JourneyReport = { currency, counted_at: counted_at?.toISOString() ?? null, totals: { ...nobody, ...noMails }, steps: {} }
  const step = (key: string) => report.steps[key] ??= { here: 0, passed: 0, failed: 0, left: 0, outcomes: {}, mails: null }
  for (const { step_key, ...place } of numbers.places) {
    for (const name of Object.keys(nobody) as (keyof typeof nobody)[]) report.totals[name] += place[name]
    if (place.here + place.left + place.failed > 0) Object.assign(step(step_key), { here: place.here, left: place.left, failed: place.failed })
  }
  for (const { step_key, outcome, people } of numbers.passed) {
    step(step_key).outcomes[outcome] = people
    step(step_key).passed += people
  }
  for (const { step_key, ...counted } of numbers.mails) {
    const mails = { ...counted, revenue: toMajor(counted.revenue, currency) }
    step(step_key).mails = mails
    for (const name of Object.keys(noMails) as (keyof MailNumbers)[]) report.totals[name] += mails[name]
  }
  return report
}

export function presentWay({ trigger_key, step_key, ...way }: Way): EnrolmentView {
  return {
    ...way,
    because: trigger_key.startsWith('manual') ? 'manual' : trigger_key.startsWith('test') ? 'test' : trigger_key.split(':').slice(0, 2).join(':'),
    step: step_key,
    wake_at: way.wake_at?.toISOString() ?? null,
    entered_at: way.entered_at.toISOString(), arrived_at: way.arrived_at.toISOString(), ended_at: way.ended_at?.toISOString() ?? null,
  }
}
