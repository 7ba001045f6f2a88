-- Tasks are what a day is made of: a call, a mail, a meeting or something to do, about a person, a company or nobody,
-- by the hour or on a day, with a reminder, again and again. A task about nobody has no contact; the others follow theirs.

alter table tasks drop constraint tasks_pkey;
alter table tasks alter column contact_id drop not null;
alter table tasks
  add constraint tasks_contact_id_id_key unique nulls not distinct (contact_id, id),
  add column company_id bigint references companies (id) on delete set null,
  add column kind text not null default 'todo' check (kind in ('todo', 'call', 'mail', 'meeting')),
  add column priority text not null default 'normal' check (priority in ('low', 'normal', 'high')),
  add column note text not null default '',
  -- the last second of the day it is due on (in the company's zone)
  add column all_day boolean not null default false,
  add column minutes integer check (minutes between 5 and 1440),
  add column remind_before integer check (remind_before between 0 and 40320),
  -- null: told already, or nothing to tell
  add column remind_at timestamptz,
  -- RFC 5545, RRULE
  add column repeats text,
  add column outcome text not null default '',
  -- of the calendar feed: how often it was changed, and when last
  add column sequence integer not null default 0,
  add column updated_at timestamptz not null default now();

create index tasks_id on tasks (id);
create index tasks_source_key on tasks (source_key) where source_key is not null;
create index tasks_open on tasks (owner_id, (coalesce(due_at, 'infinity'::timestamptz)), id) where done_at is null;
create index tasks_open_all on tasks ((coalesce(due_at, 'infinity'::timestamptz)), id) where done_at is null;
create index tasks_done on tasks (owner_id, done_at, id) where done_at is not null;
create index tasks_remind on tasks (remind_at) where remind_at is not null and done_at is null;
drop index tasks_owner;

-- The secret address of a user's calendar: only its hash is kept, and the secret itself encrypted, to be shown again.
create table calendar_feeds (
  user_id bigint primary key references users (id) on delete cascade,
  token_hash text not null unique,
  token text not null,
  created_at timestamptz not null default now(),
  asked_at timestamptz
);
