-- Spreadsheets and address cards are kept as rows, one JSON array a line, sheet after sheet; CSV files as they came.
alter table imports
  add column format text not null default 'csv' constraint imports_format_check check (format in ('csv', 'xlsx', 'vcard')),
  -- of a spreadsheet: [{ "name", "rows", "first_part", "parts" }]
  add column sheets jsonb not null default '[]',
  add column sheet integer not null default 0,
  -- what was left out while the file was read: [{ "code", "count" }]
  add column notes jsonb not null default '[]';
