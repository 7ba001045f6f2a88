import { z } from 'zod'
import { guardedFields, narrowedRole, rightsBody, roleRights, type RoleRights } from '../../shared/rights.ts'
import { withTransaction } from '../base/db.ts'
import { route } from '../base/route.ts'
import { findRights, writeRights } from './rights.sql.ts'

const present = (rights: RoleRights) => ({ ...rights, fields: Object.fromEntries(guardedFields.flatMap(field => rights.fields[field] === undefined ? [] : [[field, rights.fields[field]]])) })

export const list = route({
  summary: 'What each role sees and may change; administrators see everything',
  response: z.object({ data: z.array(roleRights), next_cursor: z.null() }),
  handler: async ({ app }) => ({ data: (await findRights(app.db)).map(present), next_cursor: null }),
})

export const change = route({
  summary: 'Say whose records a role sees, and which fields it may read or change',
  description: 'Holds from the next request on, for users and API keys, everywhere: lists, cards, search, exports, reports and counts. Custom fields have their `access` themselves. A key of such a role owns nothing.',
  params: z.object({ role: narrowedRole }),
  body: rightsBody,
  response: roleRights,
  async handler({ app, params: { role }, body }) {
    await withTransaction(app.db, tx => writeRights(tx, { role, ...body }))
    return present((await findRights(app.db)).find(each => each.role === role)!)
  },
})
