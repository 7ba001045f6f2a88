import { narrowedRole, recordKinds, type FieldAccess, type NarrowedRole, type RecordKind, type RoleRights, type Sight } from '../../shared/rights.ts'
import type { StaffRole } from '../base/route.ts'
import { maybeOne, rows, sql, withTransaction, type Db } from '../base/db.ts'
import { buildSeenViews } from './seen-views.sql.ts'

type Row = { role: NarrowedRole, sees_unowned: boolean, fields: Record<string, FieldAccess> } & Record<RecordKind, Sight>

/** Custom fields keep their rights themselves; here they are named `fields.<key>`, those of companies and deals `company.fields.<key>`. */
const customRights = sql`
  select roles.role, case "of" when 'contact' then '' else "of" || '.' end || 'fields.' || key as field, access ->> roles.role as access
  from custom_fields
  where access ? roles.role`

/** Every role that can be narrowed, or the one, with all its fields. */
const rightsOf = (role: StaffRole | null) => sql`
  select roles.role, coalesce(contacts, 'all') as contacts, coalesce(companies, 'all') as companies, coalesce(leads, 'all') as leads, coalesce(deals, 'all') as deals, coalesce(tasks, 'all') as tasks, coalesce(sees_unowned, true) as sees_unowned,
    (select coalesce(jsonb_object_agg(field, access), '{}') from (select role, field, access from field_rights where role = roles.role union all ${customRights}) as own where access <> 'edit') as fields
  from unnest(${narrowedRole.options}::text[]) with ordinality as roles (role, place)
  left join role_rights on role_rights.role = roles.role
  where ${role}::text is null or roles.role = ${role}
  order by roles.place`

/** The rights of every role that can be narrowed, in the order of the page, custom fields included. */
export async function findRights(db: Db): Promise<RoleRights[]> {
  return rows<Row>(db, rightsOf(null))
}

/** What the role sees from now on, and the views that show it, in the transaction of the caller. */
export async function writeRights(tx: Db, rights: RoleRights): Promise<void> {
  await sql`
    insert into role_rights (role, contacts, companies, leads, deals, tasks, sees_unowned)
    values (${rights.role}, ${rights.contacts}, ${rights.companies}, ${rights.leads}, ${rights.deals}, ${rights.tasks}, ${rights.sees_unowned})
    on conflict (role) do update
    set contacts = excluded.contacts, companies = excluded.companies, leads = excluded.leads, deals = excluded.deals, tasks = excluded.tasks, sees_unowned = excluded.sees_unowned`.execute(tx)
  await sql`delete from field_rights where role = ${rights.role}`.execute(tx)
  const kept = Object.entries(rights.fields).filter(([, access]) => access !== 'edit')
  await sql`
    insert into field_rights (role, field, access)
    select ${rights.role}, field, access
    from unnest(${kept.map(([field]) => field)}::text[], ${kept.map(([, access]) => access)}::text[]) as kept (field, access)`.execute(tx)
  await buildViews(tx)
}

export type Sees = { rights: RoleRights, team: number[] }

/** What the role sees and who is in a team with the user, when it is not everything. */
export async function findSees(db: Db, role: StaffRole, userId: number | null): Promise<Sees | undefined> {
  const found = await maybeOne<Row & { team: number[] }>(db, sql`
    select rights.*,
      array(select distinct others.user_id from team_members own join team_members others on others.team_id = own.team_id where own.user_id = ${userId}::bigint) as team
    from (${rightsOf(role)}) as rights`)
  if (found === undefined) return undefined
  const { team, ...rights } = found
  return isEverything(rights) ? undefined : { rights, team }
}

export const isEverything = (rights: RoleRights): boolean => recordKinds.every(kind => rights[kind] === 'all') && Object.values(rights.fields).every(access => access === 'edit')


async function buildViews(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(814004)`.execute(tx)
  for (const rights of await findRights(tx)) await buildSeenViews(tx, rights)
}

/** Views of tables and rights as they are now; whoever does it at the same time waits. */
export async function rebuildSeenViews(db: Db): Promise<void> {
  await withTransaction(db, buildViews)
}

/** The role of a user who may sign in, or of a key that was not revoked. */
export async function findRole(db: Db, { user_id, key_id }: { user_id: number | null, key_id: number | null }): Promise<StaffRole | undefined> {
  return (await maybeOne<{ role: StaffRole }>(db, sql`
    select role from users where id = ${user_id}::bigint and disabled_at is null
    union all
    select role from api_keys where id = ${key_id}::bigint and revoked_at is null`))?.role
}
