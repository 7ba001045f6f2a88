-- The deal a lead became. No foreign key: a deal can be deleted, and the lead stays converted.

alter table leads add column deal_id bigint;
