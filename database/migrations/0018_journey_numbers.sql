-- Counting the people of a journey that a million went through takes seconds: such numbers are kept, and counted anew in
-- the background while somebody looks at them. Journeys of few people have no row and are counted when asked.
create table journey_numbers (
  journey_id bigint primary key references journeys (id) on delete cascade,
  entered bigint not null,
  here_now bigint not null,
  mails_sent bigint not null,
  revenue bigint not null,
  -- what the report is made of: places, passed, mails
  numbers jsonb not null,
  counted_at timestamptz not null,
  took_ms integer not null
);

-- People who left a step, each once however often: read in order, without the table.
create index enrolment_steps_passed on enrolment_steps (journey_id, step_key, outcome, contact_id);
drop index enrolment_steps_journey;
-- Who is where on which version, in the order in which they are moved to another one.
create index enrolments_places on enrolments (journey_id, version_id, step_key, contact_id) include (state)
  where state in ('active', 'waiting', 'failed') and test_wait_seconds is null;
-- The few that reports leave out.
create index enrolments_tests on enrolments (journey_id) where test_wait_seconds is not null;

-- The people behind the rarer numbers of mails.
create index messages_journey_clicked on messages (journey_id, contact_id) where journey_id is not null and clicked_at is not null;
create index messages_journey_unsubscribed on messages (journey_id, contact_id) where journey_id is not null and unsubscribed_at is not null;
create index messages_journey_ordered on messages (journey_id, contact_id) where journey_id is not null and orders > 0;
