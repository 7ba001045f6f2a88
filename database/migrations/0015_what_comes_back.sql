-- What comes back: mailboxes and what is read from them, replies and complaints, what providers report.

create table mailboxes (
  id bigint generated always as identity primary key,
  name text not null,
  host text not null,
  port integer not null,
  security text not null check (security in ('tls', 'starttls', 'none')),
  verify boolean not null default true,
  username text not null,
  sign_in text not null check (sign_in in ('password', 'google', 'microsoft', 'oauth2')),
  -- encrypted with SECRET_KEY
  secret text not null,
  folders text[] not null default '{INBOX}',
  mark_seen boolean not null default true,
  paused_at timestamptz,
  -- when it is looked at next, and who looks now
  check_after timestamptz not null default now(),
  held_by text,
  held_until timestamptz,
  checked_at timestamptz,
  error text,
  error_since timestamptz,
  failures integer not null default 0,
  taken bigint not null default 0,
  created_at timestamptz not null default now()
);

-- How far each folder has been read: UIDs mean something within one UIDVALIDITY only (RFC 3501, 2.3.1.1).
create table mailbox_folders (
  mailbox_id bigint not null references mailboxes (id) on delete cascade,
  folder text not null,
  uid_validity bigint not null,
  last_uid bigint not null,
  checked_at timestamptz not null,
  primary key (mailbox_id, folder)
);

-- Every mail that came in, once, however many ways it came. Kept before it is acknowledged, looked into afterwards.
create table inbound_mails (
  id bigint generated always as identity primary key,
  content_key uuid not null unique,
  received_at timestamptz not null,
  -- 'smtp', 'mailbox:3'
  source text not null,
  envelope_from text,
  envelope_to text[] not null default '{}',
  size bigint not null,
  -- only the beginning was kept
  cut boolean not null default false,
  -- null once it is forgotten
  raw bytea,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
  attempts smallint not null default 0,
  error text,
  -- what it was taken for, and what came of it
  kind text,
  outcome text,
  rule text,
  detail text,
  mail_key text,
  from_email text,
  from_name text,
  subject text,
  visible_text text,
  -- whom it is about; no foreign key: a directory of what came, not a part of the card
  about_contact_id bigint,
  about_message_id bigint
);
create index inbound_mails_waiting on inbound_mails (id) where state = 'waiting';
create index inbound_mails_about on inbound_mails (about_contact_id) where about_contact_id is not null;
create index inbound_mails_from on inbound_mails (from_email);
create index inbound_mails_raw on inbound_mails (received_at) where raw is not null;

-- Mails between a contact and the company, in threads.
create table conversations (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  subject text not null,
  -- the mail of ours that was answered first
  message_id bigint,
  started_at timestamptz not null,
  last_at timestamptz not null,
  primary key (contact_id, id)
);

create table letters (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  conversation_id bigint not null,
  direction text not null check (direction in ('in', 'out')),
  -- Message-ID without <>, and the one it answers
  mail_key text not null,
  in_reply_to text,
  from_email text not null,
  from_name text not null default '',
  subject text not null,
  -- without quotes and signatures
  visible_text text not null,
  inbound_mail_id bigint,
  message_id bigint,
  author_id bigint references users (id),
  occurred_at timestamptz not null,
  primary key (contact_id, id),
  unique (contact_id, mail_key),
  foreign key (contact_id, conversation_id) references conversations (contact_id, id) on delete cascade
);
create index letters_of_conversation on letters (contact_id, conversation_id, id);

-- Complaints, put aside for analysis: what was complained about and where the address came from.
create table complaints (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  email text not null,
  -- of RFC 5965: abuse, fraud, virus, other …
  kind text not null,
  -- 'mail', 'provider:ses' …
  via text not null,
  message_id bigint,
  campaign_id bigint references campaigns (id),
  journey_id bigint references journeys (id),
  topic_id bigint references topics (id),
  -- where the contact and the consent came from: 'form:3', 'import:7', 'api' …
  contact_source text,
  consent_source text,
  occurred_at timestamptz not null,
  primary key (contact_id, id)
);
create index complaints_newest on complaints (occurred_at desc, contact_id, id);

-- Where a mail provider reports what became of mails. The address is signed and needs no column.
create table provider_hooks (
  id bigint generated always as identity primary key,
  name text not null,
  provider text not null check (provider in ('ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', 'sparkpost', 'unisender_go')),
  -- the key or password reports are checked with, encrypted; empty: not given yet
  secret text not null default '',
  topic_arn text not null default '',
  received bigint not null default 0,
  received_at timestamptz,
  refused bigint not null default 0,
  refused_at timestamptz,
  refusal text,
  created_at timestamptz not null default now()
);

alter table suppressions drop constraint suppressions_reason_check;
alter table suppressions add constraint suppressions_reason_check check (reason in ('hard_bounce', 'soft_bounces', 'complaint', 'manual', 'imported'));
