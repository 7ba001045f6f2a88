-- Ways for mails to leave: SMTP servers and provider APIs. `settings` is encrypted JSON. The lower position goes first;
-- one that is held (down, refused the sign-in, out of quota) hands over to the next of its stream.
create table senders (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null check (kind in ('smtp', 'ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', 'sparkpost', 'unisender_go')),
  stream text not null check (stream in ('marketing', 'transactional', 'both')),
  position integer not null,
  is_enabled boolean not null default true,
  settings text not null,
  connections integer not null default 10 check (connections between 1 and 200),
  per_second integer check (per_second > 0),
  per_hour integer check (per_hour > 0),
  per_day integer check (per_day > 0),
  held_until timestamptz,
  held_reason text check (held_reason in ('down', 'authentication', 'sender_refused', 'quota', 'rate')),
  held_detail text,
  failures integer not null default 0,
  last_answers jsonb not null default '[]',
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz
);

-- What became of mails by sender and minute, kept for two days: the health on the page of senders.
create table sender_minutes (
  sender_id bigint not null references senders (id) on delete cascade,
  minute timestamptz not null,
  sent integer not null default 0,
  later integer not null default 0,
  bounced integer not null default 0,
  failed integer not null default 0,
  primary key (sender_id, minute)
);

-- What may still leave under a limit, shared by all sender processes: `tokens` fill at the rate of the limit, the hour
-- and the day count what was taken in them.
create table sending_budgets (
  key text primary key,
  tokens double precision not null default 0,
  filled_at timestamptz not null,
  hour_start timestamptz not null,
  hour_used bigint not null default 0,
  day_start timestamptz not null,
  day_used bigint not null default 0
);

alter table messages add column sent_by bigint references senders (id);
