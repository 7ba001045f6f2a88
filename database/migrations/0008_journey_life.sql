-- Versions people are moved between, and dry runs of journeys over what really happened.

-- Who was on an older version when a new one was published, and what becomes of them. Worked off in the background, a
-- batch at a time: `after_contact_id` is how far it has come, so that a run broken off goes on from there.
create table journey_moves (
  id bigint generated always as identity primary key,
  journey_id bigint not null references journeys (id) on delete cascade,
  version_id bigint not null references journey_versions (id) on delete cascade,
  plan jsonb not null,                      -- [{version_id, step, do: move | end, to}]; places not named: people stay
  people integer not null,                  -- to be moved or ended when it began
  moved integer not null default 0,
  ended integer not null default 0,
  after_contact_id bigint not null default 0,
  created_by bigint references users (id),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index journey_moves_journey on journey_moves (journey_id, id);

-- A journey played over past events, nothing of it done. The result is numbers and a few examples, no row per contact.
create table dry_runs (
  id bigint generated always as identity primary key,
  journey_id bigint not null references journeys (id) on delete cascade,
  graph jsonb not null,                     -- the draft it was run for
  options jsonb not null,                   -- {days, mails_a_week, segment_id}
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  progress integer not null default 0,      -- percent
  result jsonb,
  error text,
  created_by bigint references users (id),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index dry_runs_journey on dry_runs (journey_id, id);

-- Who failed where and why, and who left where, of journeys with a million enrolments.
create index enrolments_reasons on enrolments (journey_id, step_key, state_reason) where state in ('failed', 'left') and test_wait_seconds is null;
