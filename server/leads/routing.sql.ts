import type { Condition } from '../../shared/conditions.ts'
import type { RoutingRule, RoutingRuleInput } from '../../shared/routing.ts'
import type { Db } from '../base/db.ts'
import { one, rows, sql } from '../base/db.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'

export type StoredRule = RoutingRule & { last_user_id: number | null, /** of the people and the team, in their order */ members: number[] }

/** In their order. Members of a team are asked by name. */
export async function findRoutingRules(db: Db): Promise<StoredRule[]> {
  return rows(db, sql`
    select rule.id, rule.name, rule.condition, rule.way, rule.in_hours, rule.only_online, rule.nobody_free, rule.last_user_id,
      case when teams.id is not null then json_build_object('id', teams.id, 'name', teams.name) end as team,
      case when stand_in.id is not null then json_build_object('id', stand_in.id, 'name', stand_in.name) end as stand_in,
      coalesce((select json_agg(json_build_object('id', users.id, 'name', users.name, 'disabled', users.disabled_at is not null) order by place) from unnest(rule.user_ids) with ordinality as named (id, place) join users on users.id = named.id), '[]') as people,
      to_json(rule.user_ids || array(
        select user_id from team_members join users on users.id = user_id
        where team_members.team_id = rule.team_id and user_id <> all (rule.user_ids)
        order by users.name, users.id
      )) as members
    from routing_rules rule
    left join teams on teams.id = rule.team_id
    left join users stand_in on stand_in.id = rule.stand_in_id
    order by rule.position, rule.id`)
}

/** Changes with every change of the list, but not with turns. */
export async function routingRevision(db: Db): Promise<string> {
  return (await one<{ revision: string }>(db, sql`
    select md5(coalesce(string_agg((to_jsonb(routing_rules) - 'last_user_id')::text, ' ' order by position, id), '')) as revision
    from routing_rules`)).revision
}

/** One gives out or changes rules at a time, so that a turn is nobody's twice and what each has to do is counted to the end. */
export async function holdRouting(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7305010)`.execute(tx)
}

/** The list is this from now on; rules with an id keep their turn. */
export async function writeRoutingRules(tx: Db, rules: (RoutingRuleInput & { condition: Condition })[]): Promise<void> {
  await sql`delete from routing_rules where id <> all (${rules.flatMap(rule => rule.id ?? [])}::bigint[])`.execute(tx)
  for (const [position, rule] of rules.entries()) {
    const { name, way, in_hours, only_online, nobody_free, team_id, stand_in_id } = rule
    const [condition, userIds] = [sql`${JSON.stringify(rule.condition)}::jsonb`, [...new Set(rule.user_ids)]]
    await (rule.id === undefined
      ? sql`
        insert into routing_rules (position, name, condition, way, user_ids, team_id, in_hours, only_online, nobody_free, stand_in_id)
        values (${position}, ${name}, ${condition}, ${way}, ${userIds}, ${team_id}, ${in_hours}, ${only_online}, ${nobody_free}, ${stand_in_id})`
      : sql`
        update routing_rules
        set position = ${position}, name = ${name}, condition = ${condition}, way = ${way}, user_ids = ${userIds}, team_id = ${team_id},
          in_hours = ${in_hours}, only_online = ${only_online}, nobody_free = ${nobody_free}, stand_in_id = ${stand_in_id}
        where id = ${rule.id}`).execute(tx)
  }
}

/** Who had the last turn, by rule. */
export async function writeTurns(tx: Db, turns: ReadonlyMap<number, number>): Promise<void> {
  await sql`
    update routing_rules
    set last_user_id = turn.user_id
    from unnest(${[...turns.keys()]}::bigint[], ${[...turns.values()]}::bigint[]) as turn (id, user_id)
    where routing_rules.id = turn.id`.execute(tx)
}

export type Asked = { contact_id: number, /** null: the contact alone */ lead_id: number | null }
export type Matched = { city: string | null, phone: string | null, /** places of the conditions that are true */ applies: number[] }

/** In the order of `asked`: which of the conditions are true of the contact and its lead, and where the contact is. */
export async function matchConditions(db: Db, conditions: Condition[], asked: Asked[], now: Date): Promise<Matched[]> {
  const options = { ...await loadConditionContext(db), now, leadAlias: 'l' }
  const predicates = conditions.map((condition, index) => sql`case when ${compileCondition(condition, options).predicate} then ${index}::int end`)
  return rows(db, sql`
    select c.city, c.phone, array_remove(array[${sql.join([...predicates, sql`null::int`])}], null) as applies
    from unnest(${asked.map(each => each.contact_id)}::bigint[], ${asked.map(each => each.lead_id)}::bigint[]) with ordinality as asked (contact_id, lead_id, place)
    join contacts c on c.id = asked.contact_id
    left join contact_rollups r on r.contact_id = c.id
    left join leads l on l.contact_id = asked.contact_id and l.id = asked.lead_id
    order by asked.place`)
}

export type Given = { contact_id: number, lead_id: number, owner_id: number | null, because: string, rule_id: number | null, try_again_at: Date | null }

/** Leads to their managers, or to wait. The caller holds the contacts' rows. */
export async function writeGiven(tx: Db, given: Given[], now: Date): Promise<void> {
  await sql`
    update leads
    set owner_id = given.owner_id, assigned_because = given.because, given_by_rule = given.rule_id, try_again_at = given.try_again_at, updated_at = ${now}
    from unnest(
      ${given.map(each => each.contact_id)}::bigint[], ${given.map(each => each.lead_id)}::bigint[], ${given.map(each => each.owner_id)}::bigint[], ${given.map(each => each.because)}::text[],
      ${given.map(each => each.rule_id)}::bigint[], ${given.map(each => each.try_again_at)}::timestamptz[]
    ) as given (contact_id, lead_id, owner_id, because, rule_id, try_again_at)
    where leads.contact_id = given.contact_id
      and leads.id = given.lead_id`.execute(tx)
}

/** Leads nobody looks after whose time to try again has come. */
export async function findWaiting(db: Db, limit: number, now: Date): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`
    select id from leads
    where try_again_at <= ${now} and owner_id is null and status = 'new'
    order by try_again_at
    limit ${limit}`)).map(row => row.id)
}
