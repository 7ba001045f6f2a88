-- How many cards have which fault, by day and by who made the card: the report of data quality and its trend.
create table quality_days (
  day date not null,
  finding text not null,
  made_by text not null,
  people bigint not null,
  primary key (day, finding, made_by)
);

alter table bulk_actions drop constraint bulk_actions_action;
alter table bulk_actions add constraint bulk_actions_action
  check (action in ('suppress', 'unsubscribe', 'tag', 'untag', 'segment', 'unsegment', 'correct', 'set', 'tidy_names', 'delete'));
