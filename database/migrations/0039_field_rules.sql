-- The data map: which property of which event fills which field of the card.
create table field_rules (
  id bigint generated always as identity primary key,
  event_type text not null,
  property text not null,
  field text not null,
  update_rule text not null check (update_rule in ('newest', 'always', 'only_empty')),
  value_map jsonb not null default '[]',
  active boolean not null default true,
  created_by bigint references users (id),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index field_rules_event_type on field_rules (event_type) where active;
