-- Which provider takes the mail of a domain: known by name, or found by its MX. `checked_at` null: not looked up yet.
create table receiving_domains (
  domain text primary key,
  provider text not null,
  checked_at timestamptz
);
create index receiving_domains_unchecked on receiving_domains (domain) where checked_at is null;

insert into receiving_domains (domain, provider, checked_at)
select domain, provider, now()
from (values
  ('gmail.com', 'gmail.com'), ('googlemail.com', 'gmail.com'),
  ('mail.ru', 'mail.ru'), ('bk.ru', 'mail.ru'), ('list.ru', 'mail.ru'), ('inbox.ru', 'mail.ru'), ('internet.ru', 'mail.ru'), ('xmail.ru', 'mail.ru'),
  ('yandex.ru', 'yandex.ru'), ('ya.ru', 'yandex.ru'), ('yandex.com', 'yandex.ru'), ('yandex.by', 'yandex.ru'), ('yandex.kz', 'yandex.ru'), ('yandex.ua', 'yandex.ru'), ('narod.ru', 'yandex.ru'),
  ('rambler.ru', 'rambler.ru'), ('lenta.ru', 'rambler.ru'), ('autorambler.ru', 'rambler.ru'), ('myrambler.ru', 'rambler.ru'), ('ro.ru', 'rambler.ru'), ('rambler.ua', 'rambler.ru'),
  ('outlook.com', 'outlook.com'), ('hotmail.com', 'outlook.com'), ('live.com', 'outlook.com'), ('msn.com', 'outlook.com'), ('hotmail.co.uk', 'outlook.com'), ('hotmail.fr', 'outlook.com'), ('outlook.de', 'outlook.com'), ('hotmail.de', 'outlook.com'),
  ('yahoo.com', 'yahoo.com'), ('ymail.com', 'yahoo.com'), ('rocketmail.com', 'yahoo.com'), ('yahoo.co.uk', 'yahoo.com'), ('yahoo.fr', 'yahoo.com'), ('yahoo.de', 'yahoo.com'), ('aol.com', 'yahoo.com'),
  ('icloud.com', 'icloud.com'), ('me.com', 'icloud.com'), ('mac.com', 'icloud.com'),
  ('gmx.de', 'gmx.net'), ('gmx.net', 'gmx.net'), ('gmx.com', 'gmx.net'), ('web.de', 'gmx.net'),
  ('proton.me', 'proton.me'), ('protonmail.com', 'proton.me'), ('pm.me', 'proton.me')
) as known (domain, provider);

-- A provider that was asked to take less, or whose limit was reached: how it is doing, for all senders.
-- `slow`: its pace was halved so many times.
create table provider_lanes (
  provider text primary key,
  slow smallint not null default 0,
  held_until timestamptz,
  held_reason text check (held_reason in ('rate', 'block', 'busy')),
  held_detail text,
  changed_at timestamptz not null
);

alter table messages add column provider text;

-- Of one campaign: how fast, and which of the company's rules it is exempt from.
alter table campaigns
  add column pace_per_hour integer check (pace_per_hour > 0),
  add column ignores_caps boolean not null default false,
  add column ignores_quiet_hours boolean not null default false,
  add column ignores_best_hour boolean not null default false;
