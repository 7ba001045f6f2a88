-- What is done with the groups of list hygiene and with people of a list are one thing: bulk actions. See docs/decisions/0043.
alter table hygiene_actions rename to bulk_actions;
alter index hygiene_actions_pkey rename to bulk_actions_pkey;
alter index hygiene_actions_open rename to bulk_actions_open;
alter table hygiene_changes rename to bulk_changes;
alter index hygiene_changes_pkey rename to bulk_changes_pkey;
alter index hygiene_changes_action rename to bulk_changes_action;

alter table bulk_actions
  -- null: people of the list of contacts
  alter column kind drop not null,
  -- of the list, when it is not for chosen people: {search, condition}
  add column filter jsonb,
  -- set: which field becomes what
  add column field text,
  add column value jsonb,
  -- who has waited longest is next, so that a large action does not hold up a small one
  add column worked_at timestamptz,
  drop constraint hygiene_actions_action_check,
  drop constraint hygiene_actions_state_check,
  add constraint bulk_actions_action check (action in ('suppress', 'unsubscribe', 'tag', 'untag', 'segment', 'unsegment', 'correct', 'set', 'delete')),
  add constraint bulk_actions_state check (state in ('running', 'waiting', 'erasing', 'done', 'undoing', 'undone', 'stopped', 'failed')),
  add constraint bulk_actions_whom check (kind is not null or contact_ids is not null or filter is not null);
