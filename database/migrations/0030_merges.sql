-- Two cards of one person become one (decision 0040). `moved`: what hung on the card that went, table by table, for undoing;
-- it is forgotten with the two cards after 30 days. No foreign key to contacts: the card is gone, and erasing one erases these.
create table merges (
  id bigint generated always as identity primary key,
  into_id bigint not null,
  from_id bigint not null,
  into_before jsonb,
  into_after jsonb,
  from_card jsonb,
  moved jsonb,
  merged_at timestamptz not null,
  merged_by bigint references users (id),
  undone_at timestamptz,
  undone_by bigint references users (id)
);
create index merges_newest on merges (merged_at desc, id desc);
create index merges_remembered on merges (merged_at) where from_card is not null;

-- Numbers of contacts that are gone and whom they stand for now. Links in mails sent before name them for ever.
create table merged_contacts (
  contact_id bigint primary key,
  into_id bigint not null,
  merge_id bigint not null references merges (id) on delete cascade
);
create index merged_contacts_into on merged_contacts (into_id);
