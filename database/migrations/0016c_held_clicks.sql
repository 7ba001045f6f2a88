-- Clicks right after sending, before anybody opened the mail: judged a moment later, when it is seen whether others follow at once.
create table held_clicks (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  message_id bigint not null,
  link integer not null,
  at timestamptz not null,
  event jsonb not null,
  primary key (contact_id, id)
);
create index held_clicks_at on held_clicks (at);

-- What was refused while it was handed over has no sent_at: numbers by day find it here.
create index messages_bounced_at on messages (bounced_at) where bounced_at is not null;
