-- Companies that may be one (decision 0062). As with contacts: compared where they share a key, which the database keeps
-- with the company.

-- The words of a name that tell it apart, in Latin letters, in their order: legal forms are left out, unless nothing else is there.
create function company_words(name text) returns text[]
language plpgsql immutable parallel safe strict as $$
declare
  words text[] := array(select word from regexp_split_to_table(search_fold(regexp_replace(name, '[.''’"«»“”„]', '', 'g')), '[^[:alnum:]]+') with ordinality as split (word, place) where word <> '' order by place);
  own text[] := array(select word from unnest(words) with ordinality as split (word, place) where word <> all (array[
    'ooo', 'ip', 'zao', 'oao', 'pao', 'ao', 'nao', 'tov', 'fop', 'nko', 'ano', 'obshestvo', 's', 'ogranichenoi', 'otvetstvenostu', 'individualni', 'predprinimatel', 'aktsenernoe', 'publichnoe', 'zakritoe', 'otkritoe', 'ltd', 'limited', 'lk', 'lp', 'plk', 'ink', 'inkorporated', 'korp', 'korporaten', 'ko', 'kompani', 'gmbh', 'mbh', 'ag', 'kg', 'ug', 'ohg', 'se', 'sa', 'sas', 'sarl', 'srl', 'spa', 'bv', 'nv', 'oi', 'ab', 'as', 'aps', 'pte', 'pti', 'sro', 'uab', 'zoo', 'the', 'and', 'und', 'i'
  ]) order by place);
begin
  return case when cardinality(own) > 0 then own else words end;
end $$;

-- A number the tax office gave, whatever the own field is called.
create function company_tax_number(fields jsonb) returns text
language sql immutable parallel safe as $$
  select nullif(upper(regexp_replace(coalesce(fields ->> 'inn', fields ->> 'vat', fields ->> 'vat_id', fields ->> 'vat_number', fields ->> 'tax_id', fields ->> 'tax_number'), '[^[:alnum:]]', '', 'g')), '')
$$;

-- A site of its own: not a mailbox or a page at somebody who has millions.
create function company_own_domain(domain text) returns text
language sql immutable parallel safe as $$
  select domain where domain <> all (array['gmail.com', 'mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'yandex.ru', 'ya.ru', 'rambler.ru', 'outlook.com', 'hotmail.com', 'yahoo.com', 'icloud.com', 'gmx.de', 'web.de', 'vk.com', 't.me', 'instagram.com', 'facebook.com', 'linkedin.com', 'wa.me', 'taplink.cc'])
$$;

create function company_keys(name text, domain text, phone text, address text, fields jsonb) returns integer[]
language plpgsql immutable parallel safe as $$
declare
  bones text[] := array(select left(word, 1) || regexp_replace(substr(word, 2), '[aeiou]', '', 'g') from unnest(company_words(name)) as word order by 1);
  place text := regexp_replace(search_fold(address), '[^a-z0-9]', '', 'g');
  found text[];
begin
  found := array['n:' || array_to_string(bones, '')] || array(select 'w:' || bone from unnest(bones) as bone where length(bone) > 2);
  if company_own_domain(domain) is not null then found := found || ('d:' || domain); end if;
  if length(phone) > 9 then found := found || ('p:' || right(phone, 9)); end if;
  if place <> '' then found := found || ('a:' || place); end if;
  if company_tax_number(fields) is not null then found := found || ('t:' || company_tax_number(fields)); end if;
  return array(select distinct ('x' || left(md5(key), 8))::bit(32)::integer from unnest(found) as all_keys (key));
end $$;

alter table companies add column duplicate_keys integer[] generated always as (company_keys(name, domain, phone, address, fields)) stored;
create index companies_duplicate_keys on companies using gin (duplicate_keys) with (gin_pending_list_limit = 256);

-- As which version each was compared last: who is not here, or is at another one, is compared next.
create table company_comparisons (
  company_id bigint primary key references companies (id) on delete cascade,
  revision integer not null
);

-- Two that may be one; company_id is the smaller. Everything here can be found anew.
create table company_pairs (
  company_id bigint not null references companies (id) on delete cascade,
  other_company_id bigint not null references companies (id) on delete cascade,
  score real not null,
  level text not null check (level in ('certain', 'likely', 'possible')),
  reasons jsonb not null,
  primary key (company_id, other_company_id)
);
create index company_pairs_other on company_pairs (other_company_id);
create index company_pairs_best on company_pairs (level, score desc, company_id, other_company_id);

-- Somebody said that these are two companies; company_id is the smaller.
create table different_companies (
  company_id bigint not null references companies (id) on delete cascade,
  other_company_id bigint not null references companies (id) on delete cascade,
  said_by bigint references users (id),
  said_at timestamptz not null,
  primary key (company_id, other_company_id)
);
create index different_companies_other on different_companies (other_company_id);
create index different_companies_newest on different_companies (said_at desc, company_id, other_company_id);

-- Two companies became one. What is needed for undoing (the two as they were, and what was moved) is forgotten after 30 days.
create table company_merges (
  id bigint generated always as identity primary key,
  into_id bigint not null,
  from_id bigint not null,
  into_before jsonb,
  into_after jsonb,
  from_card jsonb,
  moved jsonb,
  merged_at timestamptz not null,
  merged_by bigint references users (id),
  undone_at timestamptz,
  undone_by bigint references users (id)
);
create index company_merges_into on company_merges (into_id, id desc);
create index company_merges_from on company_merges (from_id) where undone_at is null;
create index company_merges_remembered on company_merges (merged_at) where from_card is not null;
