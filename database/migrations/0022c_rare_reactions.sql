-- The people behind the rarest numbers of deliverability, among ten million mails.
create index messages_complained on messages (contact_id, sent_at) where complained_at is not null;
create index messages_unsubscribed on messages (contact_id, sent_at) where unsubscribed_at is not null;
