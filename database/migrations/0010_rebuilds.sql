-- While a segment whose condition did not change is computed anew, its changes are told as ever, of everybody: only
-- a new condition makes people enter and leave without a word.
alter table segments add column is_rebuild boolean not null default false;
