import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { createUserBody, setupBody } from '../../shared/staff.ts'
import { setUpCompany } from '../flows/set-up-company.ts'
import { addUser } from '../staff/staff.routes.ts'
import { hasUsers } from '../staff/staff.sql.ts'
import { needed, Usage, type Command } from './command.ts'
import { withApp } from './with-app.ts'

/** The first user sets the company up, as the first page of the interface would. */
export const createUser: Command = {
  summary: 'adds somebody who signs in; the first one sets the company up',
  parameters: '--email E --name N [--role R] [--password P]',
  options: {
    email: { type: 'string' }, name: { type: 'string' }, role: { type: 'string' }, password: { type: 'string' },
    language: { type: 'string' }, company: { type: 'string' }, 'time-zone': { type: 'string' }, currency: { type: 'string' },
  },
  async run(options) {
    const password = typeof options['password'] === 'string' ? options['password'] : randomBytes(12).toString('base64url')
    const user = checked(createUserBody, {
      email: needed(options, 'email'), name: needed(options, 'name'), role: options['role'] ?? 'administrator', password, locale: options['language'],
    })
    await withApp(async app => {
      if (await hasUsers(app.db)) {
        await addUser(app.db, user)
      } else {
        if (user.role !== 'administrator') throw new Usage('The first user must be an administrator.')
        const language = user.locale ?? ((process.env['LANG'] ?? '').startsWith('ru') ? 'ru' : 'en')
        const name = typeof options['company'] === 'string' ? options['company'] : 'Otklik'
        await setUpCompany(app, checked(setupBody, {
          language, company_name: name, time_zone: options['time-zone'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone, currency: options['currency'] ?? (language === 'ru' ? 'RUB' : 'USD'),
          sender_name: name, sender_email: user.email, name: user.name, email: user.email, password,
        }))
      }
      console.log(`${user.name} signs in as ${user.email} (${user.role})${options['password'] === undefined ? ` with the password ${password}` : ''}`)
    })
  },
}

/** Throws Usage naming what is wrong. */
function checked<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new Usage(parsed.error.issues.map(issue => `--${issue.path.join('.')}: ${issue.message}`).join('\n'))
}
