-- When what an import wrote was so, as its file says: a later file is compared with that, not with the day of the import.
alter table import_records add column as_of timestamptz;
