-- What receivers report daily about mail in our name (RFC 7489, 7.2).
create table dmarc_reports (
  id bigint generated always as identity primary key,
  org_name text not null,
  org_report_id text not null,
  domain text not null,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  policy text not null,
  mails bigint not null,
  passed bigint not null,
  source text not null,
  received_at timestamptz not null,
  unique (org_name, org_report_id, domain)
);
create index dmarc_reports_time on dmarc_reports (begins_at);

create table dmarc_rows (
  report_id bigint not null references dmarc_reports (id) on delete cascade,
  number integer not null,
  address text not null,
  host text,
  who text not null,
  mails bigint not null,
  disposition text not null,
  dkim_aligned boolean not null,
  spf_aligned boolean not null,
  header_from text not null,
  dkim_domain text,
  spf_domain text,
  primary key (report_id, number)
);
