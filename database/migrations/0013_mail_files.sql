-- Files mails carry: attached, or shown inside as cid:file-<id>. They never change; versions of templates name them.
create table mail_files (
  id bigint generated always as identity primary key,
  name text not null,
  content_type text not null,
  size integer not null,
  content bytea not null,
  created_by bigint references users (id) on delete set null,
  created_at timestamptz not null
);
