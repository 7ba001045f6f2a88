-- Teams of people who sign in: whom leads are given to, and whose records a person may see (decision 0052).
create table teams (
  id bigint generated always as identity primary key,
  name text not null,
  created_at timestamptz not null default now()
);
create unique index teams_name on teams (lower(name));

create table team_members (
  team_id bigint not null references teams (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  is_lead boolean not null default false,
  primary key (team_id, user_id)
);
create index team_members_user on team_members (user_id);
-- A team has one lead at most.
create unique index team_members_lead on team_members (team_id) where is_lead;

alter table companies add column owner_id bigint references users (id);
create index companies_owner on companies (owner_id) where owner_id is not null;
