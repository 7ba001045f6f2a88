-- Lists taken out as files: their rows are written down in the background, the file is made of them when it is fetched. See docs/decisions/0043.
create table exports (
  id bigint generated always as identity primary key,
  -- {search, condition}
  filter jsonb not null,
  sort text not null,
  columns text[] not null,
  language text not null check (language in ('en', 'ru')),
  format text not null check (format in ('csv', 'xlsx')),
  headings text[] not null,
  state text not null check (state in ('running', 'done', 'stopped', 'failed')),
  total bigint not null,
  done bigint not null default 0,
  -- the last row written: [value, id]; null: none yet
  upto jsonb,
  parts integer not null default 0,
  error text,
  created_by bigint references users,
  key_id bigint references api_keys,
  created_at timestamptz not null,
  finished_at timestamptz,
  -- who has waited longest is next
  worked_at timestamptz
);
create index exports_running on exports (worked_at) where state = 'running';

create table export_parts (
  export_id bigint not null references exports on delete cascade,
  number integer not null,
  -- rows of cells
  rows json not null,
  primary key (export_id, number)
);
