-- List hygiene: what is known of the domains of addresses, who harms the reputation and why, what was done about it and how to undo it. See docs/decisions/0029.

create table checked_domains (
  domain text primary key,
  is_disposable boolean not null,
  -- the domain that was probably meant; sure: whatever DNS says
  meant text,
  meant_is_sure boolean not null,
  -- null: not known yet, or no certain answer
  takes_mail boolean,
  changed_at timestamptz,
  -- null: never asked about
  ask_after timestamptz
);
create index checked_domains_denied on checked_domains (changed_at) where takes_mail = false;
create index checked_domains_ask_after on checked_domains (ask_after) where ask_after is not null;

create table hygiene_members (
  contact_id bigint not null references contacts on delete cascade,
  kind text not null,
  -- the address that was meant, how often a mail came back, since when: by kind
  detail text not null,
  found_at timestamptz not null,
  primary key (contact_id, kind)
);
create index hygiene_members_kind on hygiene_members (kind, contact_id);

create table hygiene_actions (
  id bigint generated always as identity primary key,
  kind text not null,
  action text not null check (action in ('suppress', 'unsubscribe', 'tag', 'segment', 'correct', 'delete')),
  tag_id bigint references tags on delete set null,
  segment_id bigint references segments on delete set null,
  -- null: the whole group
  contact_ids bigint[],
  state text not null check (state in ('running', 'waiting', 'erasing', 'done', 'undoing', 'undone', 'failed')),
  -- the last contact that was looked at
  upto bigint not null default 0,
  total bigint not null,
  done bigint not null default 0,
  changed bigint not null default 0,
  erased bigint not null default 0,
  restored bigint not null default 0,
  error text,
  erase_at timestamptz,
  created_by bigint references users,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index hygiene_actions_open on hygiene_actions (id) where state in ('running', 'waiting', 'erasing', 'undoing');

create table hygiene_changes (
  contact_id bigint not null references contacts on delete cascade,
  action_id bigint not null references hygiene_actions on delete cascade,
  before jsonb not null,
  primary key (contact_id, action_id)
);
create index hygiene_changes_action on hygiene_changes (action_id, contact_id);
