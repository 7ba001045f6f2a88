-- Own mailboxes at several providers that mails are sent to in order to see where they land. Never read as incoming mail.
alter table mailboxes
  add column purpose text not null default 'incoming' check (purpose in ('incoming', 'placement')),
  add column address text;                  -- where mail for it goes; null: its user name

create table placement_tests (
  id bigint generated always as identity primary key,
  template_id bigint references templates (id) on delete set null,
  template_version_id bigint not null,
  campaign_id bigint references campaigns (id) on delete set null,
  sender_id bigint references senders (id) on delete set null,
  filled_in_for bigint not null,            -- the contact whose fields the mail is filled with
  name text not null,                       -- of the template or the campaign
  wait_minutes integer not null,
  deletes boolean not null,
  started_at timestamptz not null,
  started_by bigint references users (id) on delete set null
);
create index placement_tests_at on placement_tests (id desc);

create table placement_results (
  id bigint generated always as identity primary key,
  placement_test_id bigint not null references placement_tests (id) on delete cascade,
  mailbox_id bigint references mailboxes (id) on delete set null,
  mailbox text not null,                    -- its name then
  address text not null,
  message_id bigint,                        -- of the ledger; the contact is that of the test
  state text not null default 'waiting' check (state in ('waiting', 'found', 'missing', 'not_sent', 'unreadable')),
  place text check (place in ('inbox', 'tab', 'spam', 'other')),
  folder text,
  tab text,                                 -- what the provider calls the part of the inbox, or the folder it sorts into
  sent_at timestamptz,
  arrived_at timestamptz,
  headers text,
  error text,                               -- what the server of the mailbox or the sender said
  deleted_at timestamptz,
  next_check_at timestamptz,                -- null: nothing is left to do
  constraint placement_results_place check ((place is not null) = (state = 'found'))
);
create index placement_results_test on placement_results (placement_test_id);
create index placement_results_mailbox on placement_results (mailbox_id, id desc);
create index placement_results_due on placement_results (next_check_at) where next_check_at is not null;
