-- Journeys in full: dates on everybody's own calendar, who entered when there is a limit, winners of random splits.

-- The zone when PostgreSQL knows it, else the other one: what ICU calls a zone need not be known here.
create function usable_zone(zone text, otherwise text) returns text
language plpgsql stable as $$
begin
  if zone is null then return otherwise; end if;
  perform current_timestamp at time zone zone;
  return zone;
exception when invalid_parameter_value then
  return otherwise;
end $$;

-- When the clocks of a zone show this local time. A time that a jump of the clock leaves out means the first moment
-- after the jump; of a time that comes twice one is meant, always the same.
create function local_moment(local timestamp, zone text) returns timestamptz
language sql stable as $$
  select case
    when (local at time zone zone) at time zone zone = local then local at time zone zone
    else (
      select min(quarter)
      from generate_series(
        date_bin('15 minutes', local at time zone zone, 'epoch') - interval '25 hours',
        date_bin('15 minutes', local at time zone zone, 'epoch') + interval '1 hour',
        interval '15 minutes'
      ) as quarter
      where quarter at time zone zone >= local
    )
  end
$$;

-- The same day and month of another year; 29 February is kept on the 28th where there is none.
create function anniversary(day date, year integer) returns date
language sql immutable as $$
  select (day + make_interval(years => year - extract(year from day)::integer))::date
$$;

-- Up to which moment a date trigger has been followed, and for how many people its moment was passed too long ago.
alter table journeys
  add column dates_at timestamptz,
  add column dates_missed integer not null default 0;

alter table journey_versions
  -- goals, an exit condition or waits for a condition: what changes about its people has to be looked at
  add column watches boolean not null generated always as (
    graph @? '$.goals[*]'
    or graph @? '$.exit_condition ? (@ != null)'
    or graph @? '$.steps.* ? (@.kind == "wait_for_condition" || @.kind == "wait_until")'
  ) stored,
  -- up to which moment the clock edges of those conditions have been followed
  add column clock_at timestamptz;
create index journey_versions_watching on journey_versions (journey_id) where watches;

-- Everybody of a segment let into a journey, in the background: `after_contact_id` is how far it has come.
create table journey_intakes (
  id bigint generated always as identity primary key,
  journey_id bigint not null references journeys (id) on delete cascade,
  segment_id bigint not null references segments (id) on delete cascade,
  key text not null,                        -- the same key enrols nobody twice
  people integer not null,                  -- inside the segment when it began
  looked_at integer not null default 0,
  enrolled integer not null default 0,
  after_contact_id bigint not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index journey_intakes_journey on journey_intakes (journey_id, id);

-- How many entered a journey with a limit in each hour, each day or ever. The row is held by who enrols, so that the limit is exact.
create table journey_entries (
  journey_id bigint not null references journeys (id) on delete cascade,
  period text not null,                     -- 'ever', '2026-11-24', '2026-11-24 09'
  people integer not null default 0,
  refused integer not null default 0,       -- came when it was full
  primary key (journey_id, period)
);

-- The way that did best at a random split, decided once for the step as it was then.
create table journey_winners (
  journey_id bigint not null references journeys (id) on delete cascade,
  step_key text not null,
  step jsonb not null,
  way text not null,
  numbers jsonb not null,                   -- why: by way how many people, how many did it
  decided_at timestamptz not null,
  primary key (journey_id, step_key, decided_at)
);
