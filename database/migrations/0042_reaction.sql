-- How fast leads are answered, in working time. See docs/decisions/0058.

-- Spans of working time between two moments. `week`: seven days, Monday first, each {from, to} or null, on the clocks of `zone`.
create function working_windows(week jsonb, zone text, holidays date[], since timestamptz, until timestamptz)
returns table (begins timestamptz, ends timestamptz) language sql stable as $$
  select greatest(span.opens, since), least(span.closes, until)
  from generate_series(date_trunc('day', since at time zone zone), until at time zone zone, interval '1 day') as day
  cross join lateral (
    select (day + (week -> (extract(isodow from day)::int - 1) ->> 'from')::time) at time zone zone as opens,
      (day + (week -> (extract(isodow from day)::int - 1) ->> 'to')::time) at time zone zone as closes
  ) as span
  where day::date <> all (holidays)
    and span.closes > since
    and span.opens < until
$$;

create function working_seconds(week jsonb, zone text, holidays date[], since timestamptz, until timestamptz)
returns integer language sql stable as $$
  select coalesce(sum(extract(epoch from ends - begins)), 0)::integer
  from working_windows(week, zone, holidays, since, until)
$$;

-- When so many minutes of working time have passed; null: not within three months.
create function working_due(week jsonb, zone text, holidays date[], since timestamptz, minutes integer)
returns timestamptz language sql stable as $$
  select ends - (passed - make_interval(mins => minutes))
  from (
    select ends, sum(ends - begins) over (order by begins) as passed
    from working_windows(week, zone, holidays, since, since + interval '92 days')
  ) as windows
  where passed >= make_interval(mins => minutes)
  order by ends
  limit 1
$$;

-- The first human answer, its working seconds, and until when it is wanted. `due_by`: of what the due times were made; where it
-- differs they are made anew.
alter table leads
  add column answered_at timestamptz,
  add column answered_by text check (answered_by in ('call', 'mail', 'task', 'status')),
  add column answered_user_id bigint references users (id),
  add column answer_seconds integer,
  add column answer_due_at timestamptz,
  add column escalate_at timestamptz,
  add column due_by text,
  add column warned_at timestamptz,
  add column escalated_at timestamptz;

-- Leads that are there: how they were answered is told by their timelines.
with answers as (
  select leads.contact_id, leads.id, e.occurred_at as at,
    case e.type when 'call.logged' then 'call' when 'task.done' then 'task' else 'status' end as answer, e.source
  from leads
  join events e on e.contact_id = leads.contact_id and e.occurred_at >= leads.created_at
  where e.type = 'call.logged'
    or (e.type = 'task.done' and e.source like 'user:%')
    or (e.type = 'lead.status_changed' and e.source like 'user:%' and e.properties ->> 'to' <> 'new' and e.properties ->> 'lead_id' = leads.id::text and leads.status <> 'new')
  union all
  select leads.contact_id, leads.id, letters.occurred_at, 'mail', 'user:' || letters.author_id
  from leads
  join letters on letters.contact_id = leads.contact_id and letters.direction = 'out' and letters.author_id is not null and letters.occurred_at >= leads.created_at
), firsts as (
  select distinct on (contact_id, id) * from answers order by contact_id, id, at
), company as (
  select coalesce((select value ->> 'time_zone' from settings where key = 'company'), 'UTC') as zone,
    coalesce((select value -> 'days' from settings where key = 'working_hours'), '[{"from":"09:00","to":"18:00"},{"from":"09:00","to":"18:00"},{"from":"09:00","to":"18:00"},{"from":"09:00","to":"18:00"},{"from":"09:00","to":"18:00"},null,null]') as days,
    coalesce((select array(select jsonb_array_elements_text(value -> 'holidays'))::date[] from settings where key = 'working_hours'), '{}') as holidays
)
update leads
set answered_at = firsts.at, answered_by = firsts.answer, answered_user_id = answerer.id, due_by = '',
  answer_seconds = working_seconds(coalesce(owner.working_hours -> 'days', company.days), coalesce(owner.working_hours ->> 'time_zone', company.zone), company.holidays, leads.created_at, firsts.at)
from firsts
cross join company
join leads own on own.contact_id = firsts.contact_id and own.id = firsts.id
left join users owner on owner.id = own.owner_id
left join users answerer on firsts.source = 'user:' || answerer.id
where leads.contact_id = firsts.contact_id
  and leads.id = firsts.id;

-- The first run tells nobody of old ones, and the past has no limit it did not know.
update leads set warned_at = now(), escalated_at = now();
update leads set due_by = '' where status not in ('new', 'in_work');

create index leads_unanswered on leads (id) where due_by is null or (answered_at is null and status in ('new', 'in_work'));
