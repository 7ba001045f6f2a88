import type { Team } from '../../shared/staff.ts'
import { changedRows, one, rows, sql, type Db } from '../base/db.ts'

/** All teams, or the one, with their members: a company has few. */
export async function findTeams(db: Db, id?: number): Promise<Team[]> {
  return rows(db, sql`
    select teams.id, teams.name, coalesce(
      (select json_agg(json_build_object('id', users.id, 'name', users.name, 'is_lead', is_lead, 'disabled', users.disabled_at is not null) order by is_lead desc, users.name, users.id)
       from team_members join users on users.id = team_members.user_id
       where team_members.team_id = teams.id), '[]') as members
    from teams
    where ${id ?? null}::bigint is null or teams.id = ${id ?? null}
    order by lower(teams.name), teams.id`)
}

/** Throws 23505 (teams_name) when a team has the name. */
export async function insertTeam(db: Db, name: string): Promise<number> {
  return (await one<{ id: number }>(db, sql`insert into teams (name) values (${name}) returning id`)).id
}

/** false: no such team. Locks it, so that two changes of its members come one after another. */
export async function renameTeam(db: Db, id: number, name: string): Promise<boolean> {
  return (await changedRows(db, sql`update teams set name = ${name} where id = ${id}`)) > 0
}

/** The members of the team are these from now on. */
export async function writeTeamMembers(db: Db, id: number, memberIds: number[], leadId: number | null): Promise<void> {
  await sql`delete from team_members where team_id = ${id}`.execute(db)
  await sql`
    insert into team_members (team_id, user_id, is_lead)
    select ${id}, member, member is not distinct from ${leadId}::bigint
    from unnest(${memberIds}::bigint[]) as member`.execute(db)
}

/** Of these, who there is. */
export async function findUserIds(db: Db, ids: number[]): Promise<Set<number>> {
  return new Set((await rows<{ id: number }>(db, sql`select id from users where id = any(${ids}::bigint[])`)).map(row => row.id))
}

/** false: no such team. */
export async function deleteTeam(db: Db, id: number): Promise<boolean> {
  return (await changedRows(db, sql`delete from teams where id = ${id}`)) > 0
}
