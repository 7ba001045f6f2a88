-- Complete segments and journeys: computed features, deals, coupons, static segments.

-- ── computed features (columns of the rollups, so that conditions need no further join) ──────────────
alter table contact_rollups
  -- Engagement decays by half every so many days, so what is kept is the moment at which it would be exactly 1:
  -- score(now) = 2 ^ ((engagement_at - now) / half-life). Each act adds to it in any order, and "at least x" turns over
  -- at one moment known beforehand, as any date does.
  add column engagement_at timestamptz,
  add column rfm_recency smallint,          -- 1 … 5, 5 the best
  add column rfm_frequency smallint,
  add column rfm_monetary smallint,
  add column rfm_class text,
  add column alive_probability real,        -- percent that the customer will buy again, BG/NBD
  add column expected_orders real,          -- in the coming 12 months
  add column predicted_value bigint,        -- revenue of the coming 12 months, minor units of the company's currency
  add column features_at timestamptz;       -- when RFM and predictions were computed last
create index contact_rollups_engagement on contact_rollups (engagement_at, contact_id) where engagement_at is not null;

create table topic_reactions (
  contact_id bigint not null references contacts (id) on delete cascade,
  topic_id bigint not null references topics (id) on delete cascade,
  sent integer not null default 0,
  opened integer not null default 0,        -- mails a person opened or clicked
  clicked integer not null default 0,
  primary key (contact_id, topic_id)
);

-- ── segments ─────────────────────────────────────────────────────────────────────────────────────────
-- static: its members are put in and taken out by hand, by an import, by a journey or by the API; its condition is empty.
alter table segments add column kind text not null default 'live' check (kind in ('live', 'static'));

-- ── deals ────────────────────────────────────────────────────────────────────────────────────────────
create table pipelines (
  id bigint generated always as identity primary key,
  name text not null,
  position integer not null default 0,
  created_at timestamptz not null default now(),
  archived_at timestamptz
);
create unique index pipelines_name on pipelines (lower(name)) where archived_at is null;

create table stages (
  id bigint generated always as identity primary key,
  pipeline_id bigint not null references pipelines (id) on delete cascade,
  name text not null,
  position integer not null default 0,
  kind text not null default 'open' check (kind in ('open', 'won', 'lost')),
  archived_at timestamptz
);
create index stages_pipeline on stages (pipeline_id, position);

create table deals (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  pipeline_id bigint not null references pipelines (id),
  stage_id bigint not null references stages (id),
  state text not null default 'open' check (state in ('open', 'won', 'lost')),
  title text not null,
  amount bigint,                            -- minor units
  currency text not null,
  owner_id bigint references users (id),
  source text not null default 'staff',     -- 'staff', 'journey:4', 'api', 'lead:7'
  source_key text,                          -- makes a second run harmless: enrolment:step:visit
  lost_reason text,
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  stage_since timestamptz not null default now(),
  closed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (contact_id, id),
  unique (contact_id, source_key)
);
create index deals_stage on deals (pipeline_id, stage_id, stage_since) where state = 'open';
create index deals_owner on deals (owner_id, state, id);
create index deals_created_at on deals (created_at, id);

-- ── coupons ──────────────────────────────────────────────────────────────────────────────────────────
create table coupon_pools (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null check (kind in ('list', 'pattern')),
  pattern text,                             -- of kind pattern: SPRING-******** (each * a random letter or digit)
  valid_days integer check (valid_days > 0),-- after being given; null: no end
  created_by bigint references users (id),
  created_at timestamptz not null default now(),
  archived_at timestamptz
);

-- Codes of a list nobody has been given yet. Distributed by pool.
create table coupon_codes (
  pool_id bigint not null references coupon_pools (id) on delete cascade,
  code text not null,
  primary key (pool_id, code)
);

-- Which code is whose; found by code when an order or coupon.redeemed brings it back.
create table coupons (
  contact_id bigint not null references contacts (id) on delete cascade,
  id bigint generated always as identity,
  pool_id bigint not null references coupon_pools (id),
  code text not null,
  given_at timestamptz not null,
  valid_until timestamptz,
  redeemed_at timestamptz,
  order_id text,
  source text not null,                     -- 'journey:4', 'staff', 'api'
  source_key text,                          -- makes a second run harmless: enrolment:step:visit
  primary key (contact_id, id),
  unique (contact_id, source_key)
);
create index coupons_code on coupons (lower(code));
create index coupons_valid_until on coupons (valid_until, contact_id) where valid_until is not null;
