import type { SetupBody } from '../../shared/staff.ts'
import type { App } from '../base/app.ts'
import { conflict } from '../base/errors.ts'
import { withTransaction } from '../base/db.ts'
import { assertTimeZone } from '../company/company.routes.ts'
import { defaultCompany, writeCompany } from '../company/company.sql.ts'
import { seedTopics } from '../consent/seed-topics.ts'
import { seedConfirmation } from '../forms/seed-confirmation.ts'
import { seedSegments } from '../segments/seed-segments.ts'
import { hasUsers, holdSetUp } from '../staff/staff.sql.ts'
import { addUser } from '../staff/staff.routes.ts'
import { seedTemplates } from '../templates/seed-templates.ts'

/**
 * The first administrator, the company, and what it begins with, in its language: all or nothing.
 * Of two at once the second finds a user and gets 409.
 */
export async function setUpCompany(app: App, body: SetupBody): Promise<number> {
  assertTimeZone(body.time_zone)
  const now = app.now()
  return withTransaction(app.db, async tx => {
    await holdSetUp(tx)
    if (await hasUsers(tx)) throw conflict('already_set_up', 'Otklik is set up already. Sign in.')
    const company = {
      ...defaultCompany,
      name: body.company_name, language: body.language, time_zone: body.time_zone, currency: body.currency,
      sender_name: body.sender_name, sender_email: body.sender_email, phone_country: phoneCountry(body.time_zone, body.language),
    }
    await writeCompany(tx, company)
    const user = await addUser(tx, { name: body.name, email: body.email, password: body.password, role: 'administrator', locale: body.language })
    await seedTopics(tx, now)
    await seedTemplates(tx, company, now)
    await seedConfirmation(tx, company, now)
    await seedSegments(tx, company, now)
    return user
  })
}

/** A guess that settings can change: the country whose numbers are written without a code. */
function phoneCountry(timeZone: string, language: string): string {
  const countries: Record<string, string> = {
    'Europe/Minsk': 'BY', 'Asia/Almaty': 'KZ', 'Asia/Tashkent': 'UZ', 'Europe/London': 'GB', 'Europe/Berlin': 'DE', 'Europe/Paris': 'FR', 'Europe/Madrid': 'ES', 'Europe/Rome': 'IT', 'Europe/Warsaw': 'PL',
  }
  return countries[timeZone] ?? (language === 'ru' ? 'RU' : 'US')
}
