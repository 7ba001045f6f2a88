-- Leads as an inbox: labels, and why one was refused. See docs/decisions/0042.

alter table leads
  add column labels text[] not null default '{}',
  add column refused_because text;
create index leads_status on leads (status, created_at, id);
create index leads_labels on leads using gin (labels);
