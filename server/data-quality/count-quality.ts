import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { countContacts, countFindings, endOfSpan, moreContactsThan, writeDay } from './findings.sql.ts'

/** `upto`: the last contact looked at in the count that goes on; null: none does. `counts`: what it has found so far. */
export type QualityRound = { upto: number | null, started_at: string, as_of: string | null, contacts: number, counts: Record<string, number> }
const key = 'quality_round'
const contactsAtOnce = 10_000
const everyMilliseconds = 24 * 3_600_000
/** A base of fewer contacts is counted again as soon as it has doubled: the first day's report would speak of a base long gone. */
const young = 5_000

export const readQualityRound = async (db: Db): Promise<QualityRound | null> => await readSetting<QualityRound>(db, key) ?? null

/** A count begins, from the first contact on. One that goes on begins again. */
export async function countQualityAnew(tx: Db, now: Date): Promise<void> {
  const last = await readQualityRound(tx)
  await writeSetting(tx, key, { upto: 0, started_at: now.toISOString(), as_of: last?.as_of ?? null, contacts: last?.contacts ?? 0, counts: {} } satisfies QualityRound)
  await notify(tx, 'quality')
  await touch(tx, 'quality')
}

/** The loop: once a day, when a young base has doubled and when asked for, some thousand contacts at a time; a crash loses one such part. True: more is to be done. */
export async function countQuality(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    const now = app.now()
    const last = await readQualityRound(tx)
    if (last?.upto === null && now.getTime() - Date.parse(last.started_at) < everyMilliseconds && !(last.contacts < young && await moreContactsThan(tx, 2 * last.contacts))) return false
    if (last === null || last.upto === null) await countQualityAnew(tx, now)
    const round = (await readQualityRound(tx))!
    const to = await endOfSpan(tx, round.upto!, contactsAtOnce)
    if (to !== undefined) {
      for (const { finding, made_by, people } of await countFindings(tx, round.upto!, to)) round.counts[`${finding} ${made_by}`] = (round.counts[`${finding} ${made_by}`] ?? 0) + people
      await writeSetting(tx, key, { ...round, upto: to } satisfies QualityRound)
    } else {
      await writeDay(tx, now.toISOString().slice(0, 10), Object.entries(round.counts).map(([names, people]) => ({ finding: names.split(' ')[0]!, made_by: names.split(' ')[1]!, people })))
      await writeSetting(tx, key, { ...round, upto: null, as_of: now.toISOString(), contacts: await countContacts(tx), counts: {} } satisfies QualityRound)
    }
    await touch(tx, 'quality')
    return to !== undefined
  })
}
