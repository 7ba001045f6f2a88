-- What a stage asks of a deal: how likely it is to be won from there, what must be known to come in, after how long it is stale.
alter table stages
  add column probability integer not null default 50 check (probability between 0 and 100),
  add column required_fields text[] not null default '{}',
  add column stale_days integer check (stale_days between 1 and 3650);
update stages
set probability = case stages.kind when 'won' then 100 when 'lost' then 0 else placed.place * 100 / (placed.stages + 1) end
from (
  select id, row_number() over way as place, count(*) over (partition by pipeline_id, kind) as stages
  from stages
  window way as (partition by pipeline_id, kind order by position, id)
) as placed
where placed.id = stages.id;
alter table stages add constraint stages_ends check (kind = 'open' or probability = case kind when 'won' then 100 else 0 end and stale_days is null);

-- Why deals are lost, as people may choose it. A deal keeps the words themselves.
create table lost_reasons (
  name text primary key,
  position integer not null
);

alter table deals
  add column expected_on date,
  -- whether deal.stale was told since the deal came to its stage
  add column stale_told boolean not null default false;
create index deals_stale_untold on deals (stage_id, stage_since) where state = 'open' and not stale_told;

-- A task may be the next step of a deal of the same contact. No foreign key: a merge of contacts moves both in its own order.
alter table tasks add column deal_id bigint;
create index tasks_of_deal on tasks (contact_id, deal_id, due_at) where deal_id is not null and done_at is null;
