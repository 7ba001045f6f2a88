-- Imports of companies and deals: what each did to which, to be told and to be undone.
alter table imports add column records_updated bigint not null default 0;

create table import_records (
  import_id bigint not null references imports on delete cascade,
  record_id bigint not null,
  created boolean not null,
  -- as the import left it: at another one somebody has worked on it since
  revision integer not null,
  before jsonb not null,
  after jsonb not null,
  primary key (import_id, record_id)
);
create index import_records_record on import_records (record_id);
