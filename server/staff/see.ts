import type { RoleRights } from '../../shared/rights.ts'
import type { App } from '../base/app.ts'
import { narrowedApp } from '../base/narrowed-app.ts'
import type { Actor } from '../base/route.ts'
import { findRole, findSees } from './rights.sql.ts'
import { hiddenFieldsOf, schemaOf } from './seen-views.sql.ts'

/** `seen`: the program as whoever calls sees it, the program itself for who sees everything. */
export type Seen = { seen: App, rights: RoleRights | null }

/** A key owns nothing: of "own" and "team" it sees what nobody owns, where its role does. */
export async function see(app: App, actor: Actor): Promise<Seen> {
  if (actor.kind === 'public' || actor.role === 'administrator') return { seen: app, rights: null }
  const me = actor.kind === 'user' ? actor.id : null
  const found = await findSees(app.db, actor.role, me)
  if (found === undefined) return { seen: app, rights: null }
  const own = me === null ? [] : [me]
  const settings = { 'otklik.own': `{${own.join()}}`, 'otklik.team': `{${[...new Set([...own, ...found.team])].join()}}`, 'otklik.hidden': hiddenFieldsOf(found.rights).join() }
  return { seen: narrowedApp(app, { schema: schemaOf(found.rights.role), settings }), rights: found.rights }
}

/** The same in the background, for whoever began the work; one who is not there any more sees nothing. */
export async function seeAs(app: App, maker: { user_id: number | null, key_id: number | null }): Promise<App | undefined> {
  const role = await findRole(app.db, maker)
  if (role === undefined) return undefined
  const actor: Actor = maker.user_id === null ? { kind: 'api_key', id: maker.key_id!, name: '', role } : { kind: 'user', id: maker.user_id, name: '', role, locale: 'en' }
  return (await see(app, actor)).seen
}
