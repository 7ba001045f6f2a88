-- Sending domains are looked at by themselves, and what changes is kept. Findings have a new shape: the next look writes it.
alter table sending_domains add column next_check_at timestamptz not null default now();
update sending_domains set last_check = null;

create table domain_changes (
  id bigint generated always as identity primary key,
  sending_domain_id bigint not null references sending_domains (id) on delete cascade,
  at timestamptz not null,
  changes jsonb not null
);
create index domain_changes_domain on domain_changes (sending_domain_id, id desc);
