import { z } from 'zod'
import { team, teamBody } from '../../shared/staff.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { deleteTeam, findTeams, findUserIds, insertTeam, renameTeam, writeTeamMembers } from './teams.sql.ts'

const idParams = z.object({ id: z.coerce.number().int().positive() })

export const list = route({
  summary: 'Teams with their members',
  response: z.object({ data: z.array(team), next_cursor: z.string().nullable() }),
  handler: async ({ app }) => ({ data: await findTeams(app.db), next_cursor: null }),
})

async function saveTeam(db: Db, id: number | null, body: z.output<typeof teamBody>): Promise<number> {
  const members = [...new Set(body.member_ids)]
  const there = await findUserIds(db, members)
  if (members.some(member => !there.has(member))) throw invalid([{ field: 'member_ids', message: 'there is no such person' }])
  if (body.lead_id !== null && !members.includes(body.lead_id)) throw invalid([{ field: 'lead_id', message: 'the lead is one of the members' }])
  try {
    return await withTransaction(db, async (tx) => {
      if (id !== null && !(await renameTeam(tx, id, body.name))) throw notFound('team')
      const saved = id ?? await insertTeam(tx, body.name)
      await writeTeamMembers(tx, saved, members, body.lead_id)
      return saved
    })
  } catch (error) {
    if ((error as { code?: string }).code === '23505') throw new AppError('name_taken', 409, 'There is a team of this name already.', [{ field: 'name', message: 'there is a team of this name already' }])
    throw error
  }
}

export const create = route({
  summary: 'Make a team',
  body: teamBody,
  response: team,
  status: 201,
  handler: async ({ app, body }) => (await findTeams(app.db, await saveTeam(app.db, null, body)))[0],
})

export const change = route({
  summary: 'Change the name, the members and the lead of a team',
  params: idParams,
  body: teamBody,
  response: team,
  handler: async ({ app, params, body }) => (await findTeams(app.db, await saveTeam(app.db, params.id, body)))[0],
})

export const remove = route({
  summary: 'Dissolve a team; its people and their records stay',
  params: idParams,
  async handler({ app, params }) {
    if (!(await deleteTeam(app.db, params.id))) throw notFound('team')
  },
})
