import { z } from 'zod'
import { absenceBody, availability, availabilityBody, companyHours } from '../../shared/working-time.ts'
import { invalid, notFound } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { assertTimeZone } from '../company/company.routes.ts'
import { findUser } from './staff.sql.ts'
import { findUserIds } from './teams.sql.ts'
import { deleteAbsence, findAvailability, insertAbsence, readCompanyHours, writeAvailability, writeCompanyHours } from './working-time.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const readHours = route({
  summary: "The company's working hours and holidays",
  response: companyHours,
  handler: ({ app }) => readCompanyHours(app.db),
})

export const changeHours = route({
  summary: "Change the company's working hours and holidays",
  body: companyHours, response: companyHours,
  async handler({ app, body }) {
    await writeCompanyHours(app.db, { ...body, holidays: [...new Set(body.holidays)].toSorted() })
    await touch(app.db, 'availability')
    return readCompanyHours(app.db)
  },
})

export const list = route({
  summary: 'Who works now, who is away, who is signed in, and what each has to do',
  response: z.object({ data: z.array(availability), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: await findAvailability(app.db, app.now()), next_cursor: null }),
})

export const change = route({
  summary: 'Change the working hours and the territory of a person',
  params, body: availabilityBody, response: availability,
  async handler({ app, params: { id }, body }) {
    if (typeof body.working_hours?.time_zone === 'string') assertTimeZone(body.working_hours.time_zone)
    if (!(await writeAvailability(app.db, id, { ...body, territory: [...new Set(body.territory)] }, app.now()))) throw notFound('user')
    await touch(app.db, 'availability')
    return (await findAvailability(app.db, app.now(), [id]))[0]
  },
})

export const addAbsence = route({
  summary: 'Somebody will be away; who stands in gets what would come to them',
  params, body: absenceBody, response: availability, status: 201,
  async handler({ app, params: { id }, body }) {
    if (await findUser(app.db, id) === undefined) throw notFound('user')
    if (body.substitute_id === id) throw invalid([{ field: 'substitute_id', message: 'choose somebody else' }])
    if (body.substitute_id !== null && (await findUserIds(app.db, [body.substitute_id])).size === 0) throw invalid([{ field: 'substitute_id', message: 'there is no such member of staff' }])
    await insertAbsence(app.db, id, body)
    await touch(app.db, 'availability')
    return (await findAvailability(app.db, app.now(), [id]))[0]
  },
})

export const removeAbsence = route({
  summary: 'Take an absence out of the calendar',
  params: params.extend({ absence: z.coerce.number().int().positive() }),
  async handler({ app, params: { id, absence } }) {
    if (!(await deleteAbsence(app.db, id, absence))) throw notFound('absence')
    await touch(app.db, 'availability')
  },
})
