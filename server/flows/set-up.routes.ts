import { session, setupBody } from '../../shared/staff.ts'
import { assertSameOrigin } from '../base/http.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { openSession } from '../staff/staff.routes.ts'
import { findUser } from '../staff/staff.sql.ts'
import { setUpCompany } from './set-up-company.ts'

export const setUp = route({
  summary: 'Create the first administrator and the company; answers signed in. Only while nobody exists',
  body: setupBody,
  response: session,
  status: 201,
  config: { rateLimit: { max: 30, timeWindow: 60_000 } },
  async handler({ app, body, request, reply }) {
    assertSameOrigin(app, request)
    const user = (await findUser(app.db, await setUpCompany(app, body)))!
    await openSession(app, body.email, body.password, request.headers, reply, request.ip)
    return {
      setup_required: false,
      user: { id: user.id, name: user.name, email: user.email, role: user.role, locale: user.locale },
      company: await readCompany(app.db),
      sees: { part: false, fields: {} },
    }
  },
})
