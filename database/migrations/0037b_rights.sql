-- Whose records a role sees. No row: everybody's. See docs/decisions/0052.
create table role_rights (
  role text primary key check (role in ('marketer', 'manager', 'observer')),
  contacts text not null default 'all' check (contacts in ('all', 'team', 'own')),
  companies text not null default 'all' check (companies in ('all', 'team', 'own')),
  leads text not null default 'all' check (leads in ('all', 'team', 'own')),
  deals text not null default 'all' check (deals in ('all', 'team', 'own')),
  tasks text not null default 'all' check (tasks in ('all', 'team', 'own')),
  -- records nobody looks after are seen, too
  sees_unowned boolean not null default true
);

-- Fields a role may only read, or does not see. No row: may be changed.
create table field_rights (
  role text not null check (role in ('marketer', 'manager', 'observer')),
  -- email, phone, …, or fields.<key> of a custom field
  field text not null,
  access text not null check (access in ('read', 'hidden')),
  primary key (role, field)
);
