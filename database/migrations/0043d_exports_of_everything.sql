-- Exports of other lists than that of contacts, and of the whole base as an archive of files.
alter table exports
  -- what its files hold, in their order; each with the names of its columns and their headings
  add column tables jsonb not null default '[]',
  drop constraint exports_format_check,
  add constraint exports_format_check check (format in ('csv', 'xlsx', 'zip'));
alter table export_parts add column table_index integer not null default 0;
update exports
set tables = jsonb_build_array(jsonb_build_object('of', 'contacts', 'columns', to_jsonb(columns), 'headings', to_jsonb(headings))),
  upto = case when upto is not null then jsonb_build_object('table', 0, 'after', upto) end;
alter table exports drop column columns, drop column headings;
