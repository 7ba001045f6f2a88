-- Lists as somebody wants to see them again: filter, columns, order. See docs/decisions/0043.
create table views (
  id bigint generated always as identity primary key,
  list text not null check (list in ('contacts', 'companies')),
  name text not null,
  -- null: made through the API with a key
  owner_id bigint references users,
  is_shared boolean not null,
  search text not null default '',
  -- conditions, all of which hold
  filter jsonb not null,
  -- [{key, width}], in order
  columns jsonb not null,
  sort text not null,
  revision integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index views_list on views (list, id);

-- How each person keeps views: as a tab, and the one a list opens with.
create table view_places (
  user_id bigint not null references users on delete cascade,
  view_id bigint not null references views on delete cascade,
  is_pinned boolean not null,
  is_first boolean not null,
  primary key (user_id, view_id)
);
