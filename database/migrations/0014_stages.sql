-- A campaign in stages: `stages` {"percents": [1, 10], "wait_minutes": 60, "by_itself": true}; `stage` counts those that
-- are through; `audience` is known once everybody has their message. The guard pauses a campaign whose first mails come
-- back or are complained of; who lets it go on takes the guard off.
alter table campaigns
  add column stages jsonb,
  add column stage smallint not null default 0,
  add column stage_done_at timestamptz,
  add column audience bigint,
  add column pause_reason text check (pause_reason in ('bounces', 'complaints')),
  add column pause_detail text,
  add column is_unguarded boolean not null default false;
