import type { App } from '../base/app.ts'
import { readCompany } from '../company/company.sql.ts'
import { closeDays, findOpenDays } from './segment-days.sql.ts'

/** Writes down how many were in each segment on the days that are over. After a pause of any length it catches up. */
export async function closeSegmentDays(app: App): Promise<boolean> {
  const { time_zone: timeZone } = await readCompany(app.db)
  for (const id of await findOpenDays(app.db, timeZone, app.now())) await closeDays(app.db, id, timeZone, app.now())
  return false
}
