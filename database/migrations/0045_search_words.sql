-- Search that forgives a typing mistake (decision 0061): the words there are in names of people and companies. Two words are one
-- mistake apart when leaving out one letter of each makes them the same, so every word is indexed by what is left of it.

-- A word as it is written and as it is folded, each whole and without each of its letters in turn; hashes, as the index is smaller by them.
create function mistake_keys(word text) returns integer[]
language plpgsql immutable parallel safe strict as $$
declare
  folded text := search_fold(word);
begin
  return array(
    select distinct hashtext(variant) from (
      select folded as variant
      union all select search_fold(overlay(word placing '' from place for 1)) from generate_series(1, length(word)) as place
      union all select overlay(folded placing '' from place for 1) from generate_series(1, length(folded)) as place
    ) as variants
  );
end $$;

-- Words of four letters and more, as they are written; apostrophes are not typed.
create function words_of_name(name text) returns setof text
language sql immutable parallel safe strict as $$
  select distinct left(word, 60) from regexp_split_to_table(translate(lower(name), '''’`', ''), '[^[:alnum:]]+') as word where length(word) > 3
$$;

-- No unique key: two who add the same new word at once would wait for each other, and a word that stands twice harms nobody.
create table search_words (
  word text not null,
  keys integer[]
);
comment on column search_words.keys is 'null: new, its keys are made within seconds by a loop (server/search/search-words.sql.ts), as they cost more than saving a card';
create index search_words_word on search_words (word);
create index search_words_new on search_words (word) where keys is null;
create index search_words_keys on search_words using gin (keys) with (fastupdate = off);

insert into search_words (word)
select distinct word from (
  select words_of_name(concat_ws(' ', first_name, last_name)) as word from contacts
  union all select words_of_name(name) from companies
) as words;

-- Kept by the database, so that nobody can forget it: once a statement, for all its rows together, as imports write thousands. Words
-- nobody has any more are taken out every day (server/search/search-words.sql.ts).
create function learn_words(names text) returns void
language plpgsql as $$
begin
  insert into search_words (word)
  select new_word from words_of_name(names) as new_word where not exists (select from search_words as known where known.word = new_word);
end $$;
create function learn_words_of_contacts() returns trigger language plpgsql as $$ begin perform learn_words(string_agg(concat_ws(' ', first_name, last_name), ' ')) from written; return null; end $$;
create function learn_words_of_companies() returns trigger language plpgsql as $$ begin perform learn_words(string_agg(name, ' ')) from written; return null; end $$;
create trigger contacts_words_new after insert on contacts referencing new table as written for each statement execute function learn_words_of_contacts();
create trigger contacts_words_changed after update on contacts referencing new table as written for each statement execute function learn_words_of_contacts();
create trigger companies_words_new after insert on companies referencing new table as written for each statement execute function learn_words_of_companies();
create trigger companies_words_changed after update on companies referencing new table as written for each statement execute function learn_words_of_companies();
