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
  description: 'What is left out stays. Revenue already counted is not converted when the currency changes.',
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
