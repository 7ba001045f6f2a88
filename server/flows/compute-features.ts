import { setTimeout as rest } from 'node:timers/promises'
import { leastData } from '../../shared/features.ts'
import type { FeatureResult } from '../../shared/features.ts'
import { toMajor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { addJob } from '../base/jobs.ts'
import type { Job } from '../base/jobs.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { writeComputedFeatures } from '../events/computed-features.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { countCustomers, overlookCustomers, readCustomersAfter } from '../features/customers.sql.ts'
import type { Calendar, ComputedFeatures, Customer } from '../features/customers.sql.ts'
import { computeFeatures, CustomerModels } from '../features/fit-models.ts'
import type { Standing } from '../features/fit-models.ts'
import { findLatestRun, finishRun, noteProgress, startRun } from '../features/runs.sql.ts'
import { applyChanges } from './apply-changes.ts'

const manyRead = 1000
const manyWritten = 300
const hour = 3_600_000

export async function askForFeatures(app: App): Promise<void> {
  await addJob(app.db, 'features.compute', {}, { key: 'features.compute', maxAttempts: 5 })
}

/**
 * A loop: every night, in the company's zone; before the first night once there are customers enough; and when there
 * have come to be twice as many. What was cut off is begun again. Always false: the work is a job.
 */
export async function computeFeaturesNightly(app: App): Promise<boolean> {
  const now = app.now()
  const latest = await findLatestRun(app.db)
  if (latest?.state === 'running' && !latest.is_silent) return false
  const age = latest === undefined ? Infinity : now.getTime() - latest.started_at.getTime()
  const localHour = Number(new Intl.DateTimeFormat('en-GB', { timeZone: (await readCompany(app.db)).time_zone, hour: 'numeric', hourCycle: 'h23' }).format(now))
  const isNight = localHour >= 2 && localHour < 6
  const isDue = latest !== undefined && ((isNight && age > 18 * hour) || age > 30 * hour || latest.is_silent)
  if (isDue || await countCustomers(app.db) >= Math.max(leastData.rfmCustomers, 2 * (latest?.customers ?? 0))) await askForFeatures(app)
  return false
}

/**
 * The job: RFM classes and predictions of all customers from all customers. Reads them in batches, keeps only counts of
 * equal histories, fits, and goes over them again; writes what changed, some hundred contacts a transaction, and the
 * segments and journeys follow in it. Between batches it rests, so that events and sending go before. A second run
 * changes nothing.
 */
export const computeAllFeatures: Job = async (app, _payload, { abortSignal }) => {
  const now = app.now()
  const id = await withTransaction(app.db, tx => startRun(tx, now))
  if (id === undefined) return
  try {
    await finishRun(app.db, id, { result: await compute(app, id, now, abortSignal) }, app.now())
  } catch (error) {
    await finishRun(app.db, id, { error: String((error as Error).message).slice(0, 500) }, app.now())
    throw error
  }
}

async function compute(app: App, id: number, now: Date, abortSignal: AbortSignal): Promise<FeatureResult> {
  const { currency, time_zone: timeZone } = await readCompany(app.db)
  const calendar: Calendar = { currency, timeZone, now }
  const { customers, first_day, today, cuts } = await overlookCustomers(app.db, calendar)
  const note = (phase: 'reading' | 'fitting' | 'writing', looked_at: number, changed = 0): Promise<void> => noteProgress(app.db, id, { phase, customers, looked_at, changed })

  const models = new CustomerModels(first_day, today)
  await eachBatch(app, calendar, abortSignal, async (batch, looked) => {
    for (const customer of batch) models.add(customer.history)
    await note('reading', looked)
  })
  await note('fitting', 0)
  const fitted = await models.fit(minor => toMajor(Math.round(minor), currency))

  const enough = customers >= leastData.rfmCustomers ? cuts : null
  const standing: Standing = { cuts: enough, purchases: fitted.purchases.parameters, amounts: fitted.amounts.parameters, today }
  const classes: Record<string, number> = {}
  let changed = 0
  await ensureMonths(app, [now])
  await eachBatch(app, calendar, abortSignal, async (batch, looked) => {
    const computed = batch.map(customer => ({ customer, features: computeFeatures(customer, standing) }))
    for (const { features } of computed) if (features.rfm_class !== null) classes[features.rfm_class] = (classes[features.rfm_class] ?? 0) + 1
    const different = computed.flatMap(({ customer, features }) => {
      const fields = differingFields(customer, features)
      return fields.length === 0 ? [] : [{ contact_id: customer.contact_id, ...features, fields }]
    })
    for (let from = 0; from < different.length; from += manyWritten) changed += await write(app, different.slice(from, from + manyWritten))
    await note('writing', looked, changed)
  })
  return { rfm: { customers, cuts: enough, classes }, ...fitted }
}

async function eachBatch(app: App, calendar: Calendar, abortSignal: AbortSignal, use: (batch: Customer[], looked: number) => Promise<void>): Promise<void> {
  let looked = 0
  for (let after = 0; ;) {
    abortSignal.throwIfAborted()
    const started = performance.now()
    const batch = await readCustomersAfter(app.db, after, manyRead, calendar)
    if (batch.length === 0) return
    looked += batch.length
    await use(batch, looked)
    if (batch.length < manyRead) return
    after = batch.at(-1)!.contact_id
    await rest((performance.now() - started) / 2)
  }
}

const differingFields = ({ kept }: Customer, features: ComputedFeatures): string[] =>
  (Object.keys(features) as (keyof ComputedFeatures)[]).filter(name => kept[name] !== features[name])

async function write(app: App, different: (ComputedFeatures & { contact_id: number, fields: string[] })[]): Promise<number> {
  return withTransaction(app.db, async tx => {
    const now = app.now()
    const there = await lockContacts(tx, different.map(one => one.contact_id))
    const changed = different.filter(one => there.has(one.contact_id))
    await writeComputedFeatures(tx, changed, now)
    await applyChanges(tx, app, changed.map(({ contact_id, fields }) => ({ contact_id, keys: fields.map(field => `field:${field}`), events: [] })), now)
    return changed.length
  })
}
