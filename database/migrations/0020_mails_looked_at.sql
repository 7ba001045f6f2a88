-- Before a campaign leaves, the mail of everybody who would get it is rendered and looked at. One look a campaign; a new
-- one takes the place of the last. It goes on from `up_to` after a crash.
create table mail_checks (
  campaign_id bigint primary key references campaigns (id) on delete cascade,
  state text not null check (state in ('running', 'done', 'cancelled')),
  -- what is looked at
  template_version_id bigint not null references template_versions (id),
  segment_id bigint not null references segments (id),
  topic_id bigint references topics (id),
  -- asked for because the campaign is about to leave: it waits for the outcome
  for_sending boolean not null default false,
  -- people of the segment when it began, and how far it has come
  members bigint not null,
  members_seen bigint not null default 0,
  up_to bigint not null default 0,
  mails bigint not null default 0,
  mails_with_faults bigint not null default 0,
  -- by language
  mails_by_locale jsonb not null default '{}',
  started_at timestamptz not null,
  finished_at timestamptz,
  worked_at timestamptz not null
);
create index mail_checks_running on mail_checks (worked_at) where state = 'running';

create table mail_findings (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns (id) on delete cascade,
  code text not null,
  locale text not null,
  -- the field, the link or the block it is about, as it stands in the mail
  what text not null,
  -- what stood in for it
  words text not null,
  count bigint not null,
  unique (campaign_id, code, locale, what, words)
);

-- The people behind a finding: the first ten thousand.
create table mail_finding_people (
  contact_id bigint not null references contacts (id) on delete cascade,
  campaign_id bigint not null references campaigns (id) on delete cascade,
  finding_id bigint not null,
  primary key (contact_id, campaign_id, finding_id)
);
create index mail_finding_people_listed on mail_finding_people (campaign_id, finding_id, contact_id);

-- A campaign that is to leave is planned only when its mails have been looked at.
alter table campaigns add column check_first boolean not null default false;
alter table campaigns drop constraint campaigns_pause_reason_check;
alter table campaigns add constraint campaigns_pause_reason_check check (pause_reason in ('bounces', 'complaints', 'faults'));
