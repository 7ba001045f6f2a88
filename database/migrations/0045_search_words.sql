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
  keys integer[] not null generated always as (mistake_keys(word)) stored
);
create index search_words_word on search_words (word);
create index search_words_keys on search_words using gin (keys) with (fastupdate = off);

insert into search_words (word)
select distinct word from (
  select words_of_name(concat_ws(' ', first_name, last_name)) as word from contacts
  union all select words_of_name(name) from companies
) as words;

-- Kept by the database, so that nobody can forget it. Words nobody has any more are taken out every day (server/search/search-words.sql.ts).
create function learn_words(name text) returns void
language sql as $$
  insert into search_words (word)
  select new_word from words_of_name(name) as new_word where not exists (select from search_words as known where known.word = new_word)
$$;
create function learn_words_of_contact() returns trigger language plpgsql as $$ begin perform learn_words(concat_ws(' ', new.first_name, new.last_name)); return null; end $$;
create function learn_words_of_company() returns trigger language plpgsql as $$ begin perform learn_words(new.name); return null; end $$;
create trigger contacts_words after insert or update of first_name, last_name on contacts for each row execute function learn_words_of_contact();
create trigger companies_words after insert or update of name on companies for each row execute function learn_words_of_company();
