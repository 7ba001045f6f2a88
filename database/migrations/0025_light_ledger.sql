-- A million mails planned looked up five million references one by one: two thirds of the time (decision 0035). What mails
-- name is never deleted (journeys, topics, versions of templates and senders stay, only drafts of campaigns go); a test holds it.
alter table messages
  drop constraint messages_campaign_id_fkey,
  drop constraint messages_journey_id_fkey,
  drop constraint messages_template_version_id_fkey,
  drop constraint messages_topic_id_fkey,
  drop constraint messages_sent_by_fkey,
  drop constraint messages_contact_id_campaign_id_key,
  drop constraint messages_contact_id_enrolment_id_step_key_visit_key,
  drop constraint messages_contact_id_dedup_key_key;

-- Each kind of mail stands only in the index that keeps its kind from being sent twice.
create unique index messages_once_per_campaign on messages (contact_id, campaign_id) where campaign_id is not null;
create unique index messages_once_per_visit on messages (contact_id, enrolment_id, step_key, visit) where enrolment_id is not null;
create unique index messages_once_per_key on messages (contact_id, dedup_key) where dedup_key is not null;
