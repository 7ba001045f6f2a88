import { changeCompanyBody, companySettings } from '../../shared/company.ts'
import { withTransaction } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { addJob } from '../base/jobs.ts'
import { route } from '../base/route.ts'
import { readCompany, writeCompany } from './company.sql.ts'

export const show = route({
  summary: "The company's settings",
  response: companySettings,
  handler: ({ app }) => readCompany(app.db),
})

export const change = route({
  summary: "Change the company's settings",
  description: 'What is left out stays. Revenue is that of the orders in the currency of the company: when the currency or the attribution window changes, it is counted anew in the background.',
  body: changeCompanyBody,
  response: companySettings,
  async handler({ app, body }) {
    assertTimeZone(body.time_zone)
    return withTransaction(app.db, async tx => {
      const before = await readCompany(tx)
      await writeCompany(tx, body)
      const company = await readCompany(tx)
      // Amounts and days in conditions mean something else from now on.
      if (company.currency !== before.currency || company.time_zone !== before.time_zone) await addJob(tx, 'segments.recompute', {}, { key: 'segments.recompute' })
      if (company.currency !== before.currency || company.attribution_window_days !== before.attribution_window_days) await addJob(tx, 'rollups.rebuild', {}, { key: 'rollups.rebuild' })
      return company
    })
  },
})

export function assertTimeZone(timeZone: string | undefined): void {
  if (timeZone === undefined) return
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid([{ field: 'time_zone', message: 'an IANA time zone such as Europe/Moscow' }])
  }
}
