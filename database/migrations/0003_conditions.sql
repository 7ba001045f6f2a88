-- What the whole condition language needs to find people by: few indexes, since each costs every write.

-- The zones in use, one probe a zone: at midnight there only people of that zone can have an anniversary begin or end.
create index contacts_time_zone on contacts (time_zone) where time_zone is not null;

-- Since when: the moment at which "has been so for N" turns over lies in one range of these.
create index contact_tags_added on contact_tags (tag_id, added_at, contact_id);
create index segment_memberships_entered on segment_memberships (segment_id, entered_at, contact_id);
-- Wider by the arrival instead of one more: every step of a journey writes to it.
drop index enrolments_journey;
create index enrolments_journey on enrolments (journey_id, step_key, state, arrived_at, contact_id);
-- Written once, at the end.
create index enrolments_ended on enrolments (journey_id, ended_at, contact_id) where ended_at is not null;

-- Relative dates of deals.
create index deals_stage_since on deals (stage_since, contact_id);
create index deals_closed_at on deals (closed_at, contact_id) where closed_at is not null;
