-- What went wrong with sending and what came of telling it. See docs/decisions/0029.

create table alerts (
  id bigint generated always as identity primary key,
  kind text not null,
  -- what it is about, e.g. `sender:3`: of one thing one alert is open at a time
  thing text not null,
  title jsonb not null,
  body jsonb not null,
  link text not null,
  -- false: something that happened, and is not over at some time
  lasts boolean not null,
  times integer not null default 1,
  raised_at timestamptz not null,
  last_at timestamptz not null,
  well_at timestamptz,
  told_at timestamptz,
  -- to be told then: the last one about it is not an hour old
  tell_after timestamptz
);
create unique index alerts_open on alerts (kind, thing) where lasts and well_at is null;
create index alerts_thing on alerts (kind, thing, told_at);
create index alerts_tell_after on alerts (tell_after) where tell_after is not null;

create table alert_deliveries (
  id bigint generated always as identity primary key,
  alert_id bigint not null references alerts on delete cascade,
  news text not null check (news in ('raised', 'well', 'test')),
  way text not null check (way in ('program', 'mail', 'webhook')),
  user_id bigint references users on delete cascade,
  address text not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz,
  -- what the other side said, or why it was not sent
  detail text not null default '',
  created_at timestamptz not null,
  finished_at timestamptz
);
create index alert_deliveries_alert on alert_deliveries (alert_id);
create index alert_deliveries_due on alert_deliveries (next_at) where state = 'waiting';
