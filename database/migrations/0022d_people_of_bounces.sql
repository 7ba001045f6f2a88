-- The people behind mails that came back, in order, among ten million others.
create index messages_bounced_people on messages (contact_id, sent_at) where bounced_at is not null;

-- The ledger of a campaign is counted from the index alone, like that of a journey.
create index messages_campaign_ledger on messages (campaign_id, state, contact_id) include (reason, sent_by) where campaign_id is not null;
drop index messages_campaign;
