-- How a text is written for searching: shared/search-fold.ts does the same letter by letter and says why; a test compares them.
-- Not in SQL: there it would be written out into every query, which takes the planner longer than the search.
create function search_fold(text) returns text
language plpgsql immutable parallel safe strict as $$ begin return replace(replace(replace(replace(replace(replace(replace(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
  replace(replace(replace(
  replace(replace(replace(replace(replace(replace(
  replace(replace(replace(replace(replace(
    translate(lower($1), 'абвгдеёзийклмнопрстуфхыэюяіїєґўwyjqьъ''’`', 'abvgdeeziiklmnoprstufhieuaiieguviik'),
  'ж', 'zh'), 'ц', 'ts'), 'ч', 'ch'), 'ш', 'sh'), 'щ', 'sh'),
  'shch', 'sh'), 'sch', 'sh'), 'tz', 'ts'), 'x', 'ks'), 'kh', 'h'), 'ph', 'f'),
  'ch', E'\u0001'), 'c', 'k'), E'\u0001', 'ch'),
  'bb', 'b'), 'dd', 'd'), 'ff', 'f'), 'gg', 'g'), 'ii', 'i'), 'kk', 'k'), 'll', 'l'), 'mm', 'm'), 'nn', 'n'), 'pp', 'p'), 'rr', 'r'), 'ss', 's'), 'tt', 't'), 'zz', 'z'),
  'ie', 'e'), 'io', 'e'), 'iu', 'u'), 'ia', 'a'), 'ee', 'e'), 'aa', 'a'), 'uu', 'u'); end $$;

-- What the search box looks into, kept by the database so that nobody can forget it. As it is written it stays for the order by name.
alter table contacts add column search_fold text generated always as (search_fold(
  lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(external_id, '') || ' ' || coalesce(city, ''))
)) stored;
drop index contacts_search;
create index contacts_search on contacts using gin (search_fold gin_trgm_ops);
-- how common a word is decides between this index and reading in the order of the list
alter table contacts alter column search_fold set statistics 1000;

create index deals_search on deals using gin (search_fold(title) gin_trgm_ops);
create index companies_search on companies using gin (search_fold(name) gin_trgm_ops);
create index tasks_search on tasks using gin (search_fold(title) gin_trgm_ops);
analyze contacts;
