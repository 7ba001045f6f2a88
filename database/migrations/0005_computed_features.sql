-- Each time RFM classes and predictions are computed from all customers together: what was found, and how far it is.
create table feature_runs (
  id bigint generated always as identity primary key,
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  phase text not null default 'reading' check (phase in ('reading', 'fitting', 'writing')),
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,        -- while running: one that has been silent for minutes was cut off and is begun anew
  finished_at timestamptz,
  customers integer not null default 0,     -- contacts with an order
  looked_at integer not null default 0,     -- of them, in this phase
  changed integer not null default 0,       -- contacts of whom something changed
  error text,
  result jsonb                              -- shared/features.ts: featureResult
);
create index feature_runs_state on feature_runs (state, id);
