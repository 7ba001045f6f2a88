-- The ledger of a journey: states, reasons and senders of a million mails are counted from the index alone, and its lists
-- are read in the order of the index.
create index messages_journey_ledger on messages (journey_id, step_key, state, contact_id, id) include (reason, sent_by)
  where journey_id is not null and kind <> 'test';
-- A reason few mails have is found among a million others.
create index messages_journey_reason on messages (journey_id, reason, state, step_key, contact_id, id)
  where journey_id is not null and kind <> 'test' and reason is not null;
drop index messages_journey;
