-- What people write about a contact, a company or a deal, calls they made, and files. Those of a company lie apart: they belong to no contact.
create sequence note_ids;
create table notes (
  contact_id bigint not null references contacts on delete cascade,
  id bigint not null default nextval('note_ids'),
  -- of the same contact; no foreign key: when contacts are merged, deals and notes move each by its own owner
  deal_id bigint,
  kind text not null check (kind in ('note', 'call')),
  body text not null,
  direction text check (direction in ('in', 'out')),
  outcome text check (outcome in ('reached', 'no_answer', 'busy', 'left_message', 'wrong_number')),
  minutes integer,
  happened_at timestamptz not null,
  author_id bigint references users on delete set null,
  created_at timestamptz not null,
  edited_at timestamptz,
  pinned_at timestamptz,
  primary key (contact_id, id),
  check ((kind = 'call') = (direction is not null and outcome is not null))
);
create index notes_id on notes (id);

create table company_notes (
  company_id bigint not null references companies on delete cascade,
  id bigint not null default nextval('note_ids'),
  kind text not null check (kind in ('note', 'call')),
  body text not null,
  direction text check (direction in ('in', 'out')),
  outcome text check (outcome in ('reached', 'no_answer', 'busy', 'left_message', 'wrong_number')),
  minutes integer,
  happened_at timestamptz not null,
  author_id bigint references users on delete set null,
  created_at timestamptz not null,
  edited_at timestamptz,
  pinned_at timestamptz,
  primary key (company_id, id),
  check ((kind = 'call') = (direction is not null and outcome is not null))
);

create table files (
  contact_id bigint not null references contacts on delete cascade,
  id bigint not null default nextval('note_ids'),
  deal_id bigint,
  -- null: kept by itself
  note_id bigint,
  name text not null,
  content_type text not null,
  size integer not null,
  content bytea not null,
  author_id bigint references users on delete set null,
  created_at timestamptz not null,
  primary key (contact_id, id)
);
create table company_files (
  company_id bigint not null references companies on delete cascade,
  id bigint not null default nextval('note_ids'),
  note_id bigint,
  name text not null,
  content_type text not null,
  size integer not null,
  content bytea not null,
  author_id bigint references users on delete set null,
  created_at timestamptz not null,
  primary key (company_id, id)
);
-- Files are mostly packed already.
alter table files alter column content set storage external;
alter table company_files alter column content set storage external;
