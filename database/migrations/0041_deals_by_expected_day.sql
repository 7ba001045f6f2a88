-- Conditions about the day a deal is expected to close turn over at midnight: the deals of that day are looked up.
create index deals_expected_on on deals (expected_on, contact_id) where expected_on is not null;
