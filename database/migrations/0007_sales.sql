-- Sales and the world outside: deals and leads found by number, coupon codes that exist once, turns of managers, calls of webhooks.

-- ── deals ────────────────────────────────────────────────────────────────────────────────────────────
create index deals_id on deals (id);
create index leads_id on leads (id);
create index deals_pipeline on deals (pipeline_id, id);
create index deals_of_stage on deals (stage_id, id);
create index deals_title on deals using gin (lower(title) gin_trgm_ops);

-- ── coupons ──────────────────────────────────────────────────────────────────────────────────────────
create index coupons_pool on coupons (pool_id, id);
alter table coupon_pools
  add column revision integer not null default 1,
  -- staff are told once when fewer codes of a list than this are left
  add column low_stock integer not null default 0 check (low_stock >= 0),
  add column low_stock_told_at timestamptz;

-- Every code there ever was, in small letters: a code means one coupon in the whole installation. Distributed by code.
create table coupon_keys (
  code_key text primary key,
  pool_id bigint not null references coupon_pools (id) on delete cascade
);

-- ── managers in turn ─────────────────────────────────────────────────────────────────────────────────
-- Who was given a contact last by this step of the journey.
create table assignment_turns (
  journey_id bigint not null references journeys (id) on delete cascade,
  step_key text not null,
  last_user_id bigint not null references users (id),
  primary key (journey_id, step_key)
);

-- ── webhooks ─────────────────────────────────────────────────────────────────────────────────────────
create table webhook_calls (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  journey_id bigint references journeys (id) on delete set null,
  enrolment_id bigint,
  step_key text,
  source_key text not null,                 -- makes a second run harmless: enrolment:step:visit
  url text not null,
  host text not null,                       -- name and port, for the limit per host
  body text not null,
  save jsonb not null default '[]',         -- [{path, field}]: what of the answer goes to the card
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'done', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz,                      -- waiting: when it is due; sending: when it counts as lost and is sent again
  outcome text not null default '',         -- why it is where it is, a stable code: answered, timeout, refused_address …
  status integer,                           -- of the last answer
  answer text,                              -- the last one, at most 256 KB
  detail text not null default '',          -- what the network said, which field refused the value
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (contact_id, id),
  unique (contact_id, source_key)
);
create index webhook_calls_due on webhook_calls (host, next_at) where state in ('waiting', 'sending');
create index webhook_calls_id on webhook_calls (id);
create index webhook_calls_finished on webhook_calls (finished_at) where finished_at is not null;
create index webhook_calls_journey on webhook_calls (journey_id, id);
