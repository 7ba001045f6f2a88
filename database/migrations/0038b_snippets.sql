-- Pieces of text for letters: of one user, or (without one) of everybody.

create table snippets (
  id bigint generated always as identity primary key,
  user_id bigint references users (id) on delete cascade,
  created_by bigint references users (id) on delete set null,
  name text not null,
  text text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index snippets_name on snippets (lower(name), id);
