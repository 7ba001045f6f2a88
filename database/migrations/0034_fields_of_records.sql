-- One table of custom fields for contacts, companies and deals; groups, required, unique, formulas, and what each role may do with a field.
alter table custom_fields
  add column "of" text not null default 'contact' check ("of" in ('contact', 'company', 'deal')),
  add column group_name text not null default '',
  add column required boolean not null default false,
  add column is_unique boolean not null default false,
  -- {"manager": "read", "observer": "hidden"}; a role that is not named may edit. Administrators always may.
  add column access jsonb not null default '{}',
  -- the value is computed from other fields of the same record
  add column formula text,
  drop constraint custom_fields_key_key,
  add unique ("of", key),
  drop constraint custom_fields_kind_check,
  add constraint custom_fields_kind_check check (kind in ('text', 'long_text', 'number', 'money', 'date', 'datetime', 'choice', 'multi_choice', 'boolean', 'link', 'email', 'phone', 'user'));
-- what conditions take it for
alter table custom_fields add column reads_as text not null generated always as (
  case when kind in ('long_text', 'email', 'phone') then 'text' when kind = 'datetime' then 'date' else kind end
) stored;

alter table companies
  add column domain text,
  add column phone text,
  add column address text,
  add column fields jsonb not null default '{}',
  add column revision integer not null default 1,
  add column updated_at timestamptz not null default now();
create index companies_domain on companies (domain) where domain is not null;

-- What the person does at the company: "purchasing", "accountant".
alter table contacts add column job_title text;

alter table deals add column fields jsonb not null default '{}';

-- What changed of a company, by whom and when; of contacts their events say so.
create table company_changes (
  company_id bigint not null references companies on delete cascade,
  id bigint generated always as identity,
  changed_at timestamptz not null,
  changed_by text not null,
  -- {"phone": [null, "+7…"]}
  changes jsonb not null,
  primary key (company_id, id)
);
