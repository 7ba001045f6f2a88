-- Static segments beside live ones, how segments grew, and what is wrong with them.

-- of a static segment: the condition its first members were found by ("as it is now"); null: it began empty
alter table segments add column made_from jsonb;
-- what the condition names and is no longer there: [{field, message}], looked at every minute
alter table segments add column problems jsonb not null default '[]';

-- A row per segment and day that is over, so that a hundred segments over ten years are some 365,000 rows.
create table segment_days (
  segment_id bigint not null references segments (id) on delete cascade,
  day date not null,                         -- of the company's calendar
  members bigint not null,                   -- at its end
  entered bigint not null,
  gone bigint not null,
  primary key (segment_id, day)
);

-- Who entered and left a segment lately, and how many a day: `source` of these events is `segment:12`.
create index events_segment_moves on events (source, occurred_at, id, type) where type in ('segment.entered', 'segment.left');
