-- Who gets a lead: when people work, when they are away, and rules in an order. See docs/decisions/0047.

-- Hours of a person's week, Monday first; null: the company's (settings, working_hours). What a person looks after
-- (cities, beginnings of phone numbers), and when they were last seen signed in.
alter table users
  add column working_hours jsonb,
  add column territory text[] not null default '{}',
  add column last_seen_at timestamptz;

create table absences (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  from_day date not null,
  to_day date not null,
  substitute_id bigint references users (id) on delete set null,
  check (to_day >= from_day)
);
create index absences_user on absences (user_id, to_day);

-- The first rule that is true of a lead gives it out. `last_user_id` had the last turn.
create table routing_rules (
  id bigint generated always as identity primary key,
  position integer not null,
  name text not null,
  condition jsonb not null,
  way text not null check (way in ('round_robin', 'by_load', 'by_territory')),
  user_ids bigint[] not null default '{}',
  team_id bigint references teams (id) on delete set null,
  in_hours boolean not null default true,
  only_online boolean not null default false,
  nobody_free text not null check (nobody_free in ('wait', 'person', 'next', 'nobody')),
  stand_in_id bigint references users (id) on delete set null,
  last_user_id bigint references users (id) on delete set null
);

-- `given_by_rule`: no foreign key, as rules come and go. `try_again_at`: waits until somebody's working hours begin.
alter table leads
  add column given_by_rule bigint,
  add column try_again_at timestamptz;
create index leads_waiting on leads (try_again_at) where try_again_at is not null;

update forms set definition = jsonb_set(definition, '{lead_owner}', '"rules"') where definition ->> 'lead_owner' = 'round_robin';
