import { responsibleUsers, workingUsers } from './lookups.sql.ts'
import type { Db } from '../../base/db.ts'
import type { Walker } from './step.ts'

export type ChosenUser = { user_id: number | null, contact_name: string }

/** The chosen user; for `owner`, who owns the contact; for want of either an administrator, so that nothing falls on the floor. */
export async function chooseUsers(db: Db, asked: { walker: Walker, user: 'owner' | number }[]): Promise<ChosenUser[]> {
  const responsible = await responsibleUsers(db, asked.map(({ walker }) => walker.contact_id))
  const working = await workingUsers(db, asked.flatMap(({ user }) => user === 'owner' ? [] : user))
  return asked.map(({ walker, user }) => {
    const of = responsible.get(walker.contact_id)
    const wanted = user === 'owner' ? of?.owner_id : working.has(user) ? user : null
    return { user_id: wanted ?? of?.fallback_id ?? null, contact_name: of?.name ?? '' }
  })
}
