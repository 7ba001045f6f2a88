-- Where the columns of a file of this shape went the last time: the next one is mapped at once.
create table import_mappings (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null,
  -- the names of the columns, folded and sorted, as one number
  header_key text not null,
  columns jsonb not null,
  options jsonb not null,
  uses bigint not null default 1,
  created_at timestamptz not null,
  used_at timestamptz not null,
  unique (header_key, kind)
);
