-- Reports that nothing of ours proves and a person believed: what followed, so that it can be taken back. See docs/decisions/0033.

create sequence acceptance_numbers as bigint;

create table accepted_reports (
  contact_id bigint not null references contacts on delete cascade,
  id bigint generated always as identity,
  -- what was accepted at once is taken back at once
  act bigint not null,
  -- the mail may be forgotten before its contact
  inbound_mail_id bigint not null,
  email text not null,
  outcome text not null check (outcome in ('bounced_hard', 'bounced_soft', 'blocked', 'complained', 'unsubscribed')),
  event_id bigint not null,
  -- the suppression and the consents as they were
  suppression_before jsonb,
  topics_before jsonb not null,
  accepted_at timestamptz not null,
  accepted_by bigint references users,
  undone_at timestamptz,
  undone_by bigint references users,
  primary key (contact_id, id)
);
create index accepted_reports_mail on accepted_reports (inbound_mail_id);
create index accepted_reports_act on accepted_reports (act) where undone_at is null;
