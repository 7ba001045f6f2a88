-- Finding cards of one person (decision 0050). Cards are compared when they share a key: the same mailbox by the rules of its
-- provider, the same name by its consonants, name and city or company, birthday and a name … Kept by the database with the
-- card, so that nobody can forget them. Built on search_fold, so names are one in Russian and in Latin letters.

-- The mailbox an address leads to: what its provider does not tell apart is one.
create function duplicate_mailbox(email text) returns text
language plpgsql immutable parallel safe strict as $$
declare
  mailbox text := lower(split_part(email, '@', 1));
  provider text := lower(split_part(email, '@', 2));
begin
  provider := case
    when provider = 'googlemail.com' then 'gmail.com'
    when provider in ('ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua', 'yandex.com.tr', 'narod.ru') then 'yandex.ru'
    when provider in ('me.com', 'mac.com') then 'icloud.com'
    when provider in ('protonmail.com', 'protonmail.ch', 'pm.me') then 'proton.me'
    else provider
  end;
  if provider in ('gmail.com', 'yandex.ru', 'icloud.com', 'proton.me', 'outlook.com', 'hotmail.com', 'live.com', 'fastmail.com') then
    mailbox := split_part(mailbox, '+', 1);
  end if;
  if provider in ('gmail.com', 'proton.me') then mailbox := replace(mailbox, '.', ''); end if;
  if provider = 'yandex.ru' then mailbox := replace(mailbox, '.', '-'); end if;
  return mailbox || '@' || provider;
end $$;

-- Birthday, address and postcode are own fields; these names of theirs are understood.
create function card_birthday(fields jsonb) returns text
language sql immutable parallel safe as $$
  select left(coalesce(fields ->> 'birthday', fields ->> 'birth_date', fields ->> 'birthdate', fields ->> 'date_of_birth'), 10)
$$;
create function card_address(fields jsonb) returns text
language sql immutable parallel safe as $$ select coalesce(fields ->> 'address', fields ->> 'street', fields ->> 'street_address') $$;
create function card_postcode(fields jsonb) returns text
language sql immutable parallel safe as $$ select coalesce(fields ->> 'postcode', fields ->> 'postal_code', fields ->> 'zip') $$;

-- The first is that of the whole name, or null; hashes, as the index is half as large by them.
create function duplicate_keys(email text, phone text, first_name text, last_name text, company_id bigint, city text, fields jsonb) returns integer[]
language plpgsql immutable parallel safe as $$
declare
  words text[];
  bones text[];
  name text;
  birthday text := card_birthday(fields);
  address text := regexp_replace(search_fold(card_address(fields)), '[^a-z0-9]', '', 'g');
  postcode text := card_postcode(fields);
  place text := search_fold(city);
  box text;
  found text[];
begin
  words := array(select word from regexp_split_to_table(search_fold(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '[^[:alnum:]]+') as word where length(word) > 1);
  -- The father's name is left out: it stands on one card of two.
  if cardinality(words) > 2 then words := array(select word from unnest(words) as word where word !~ '(ovich|evich|ovna|evna|ichna)$'); end if;
  bones := array(select left(word, 1) || regexp_replace(substr(word, 2), '[aeiou]', '', 'g') from unnest(words) as word order by 1);
  if cardinality(bones) > 1 then name := 'n:' || array_to_string(bones, ' '); end if;
  found := array[name];
  if name is not null and place <> '' then found := found || (name || ':' || place); end if;
  if name is not null and company_id is not null then found := found || (name || ':' || company_id); end if;
  if birthday is not null then found := found || array(select 'b:' || birthday || ':' || bone from unnest(bones[1:3]) as bone); end if;
  if birthday is not null and address <> '' then found := found || ('w:' || birthday || ':' || coalesce(substring(address, '\d+'), address)); end if;
  if address <> '' and coalesce(postcode, place) is not null then found := found || ('a:' || address || ':' || coalesce(postcode, place)); end if;
  if postcode is not null then found := found || array(select 'c:' || postcode || ':' || bone from unnest(bones[1:3]) as bone where length(bone) > 2); end if;
  if email is not null then
    found := found || ('e:' || duplicate_mailbox(email));
    box := regexp_replace(search_fold(split_part(duplicate_mailbox(email), '@', 1)), '[^[:alnum:]]', '', 'g');
    if length(box) > 4 then found := found || ('l:' || box); end if;
  end if;
  if length(phone) > 9 then found := found || ('p:' || right(phone, 9)); end if;
  return array(select ('x' || left(md5(key), 8))::bit(32)::integer from unnest(found) with ordinality as all_keys (key, place) order by all_keys.place);
end $$;

alter table contacts add column duplicate_keys integer[] generated always as (duplicate_keys(email, phone, first_name, last_name, company_id, city, fields)) stored;
-- Short list of what is not in the index yet: every look reads it whole.
create index contacts_duplicate_keys on contacts using gin (duplicate_keys) with (gin_pending_list_limit = 256);

-- Cards that were changed and are to be compared anew.
create table duplicate_queue (
  contact_id bigint primary key references contacts (id) on delete cascade
);

-- Two cards that may be one person; contact_id is the smaller. Everything here can be found anew.
create table duplicate_pairs (
  contact_id bigint not null references contacts (id) on delete cascade,
  other_id bigint not null,
  score real not null,
  level text not null check (level in ('certain', 'likely', 'possible')),
  reasons jsonb not null,
  held_because text,
  found_at timestamptz not null,
  primary key (contact_id, other_id)
);
create index duplicate_pairs_other on duplicate_pairs (other_id);
create index duplicate_pairs_best on duplicate_pairs (level, score desc, contact_id, other_id);

-- Somebody said that these are two people. A row each way, so that each card has its own.
create table different_people (
  contact_id bigint not null references contacts (id) on delete cascade,
  other_id bigint not null,
  said_by bigint references users (id),
  said_at timestamptz not null,
  primary key (contact_id, other_id)
);
create index different_people_newest on different_people (said_at desc, contact_id, other_id);

-- Merges that were done in one go: all certain pairs at once by hand, or by themselves.
create table merge_runs (
  id bigint generated always as identity primary key,
  state text not null check (state in ('running', 'done', 'undoing', 'undone')),
  automatic boolean not null,
  total integer not null,
  merged integer not null default 0,
  undone integer not null default 0,
  -- how far it is: the last pair looked at, or the last merge undone; pairs found later are not its business
  upto_contact bigint not null default 0,
  upto_other bigint not null default 0,
  pairs_until timestamptz not null,
  started_at timestamptz not null,
  started_by bigint references users (id),
  finished_at timestamptz
);
create index merge_runs_open on merge_runs (id) where state in ('running', 'undoing');
alter table merges add column run_id bigint, add column because jsonb;
create index merges_of_run on merges (run_id, id) where run_id is not null;
