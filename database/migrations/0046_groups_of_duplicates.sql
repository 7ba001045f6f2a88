-- Pairs of one person are one group (decision 0062): by its best pair. Null: a pair by itself. Kept by
-- server/duplicates/group-pairs.ts; a pure function of the pairs and of who was told apart.
alter table duplicate_pairs add column group_id bigint;
create index duplicate_pairs_group on duplicate_pairs (group_id) where group_id is not null;

-- Pairs found before have none yet: all are compared again.
update settings set value = jsonb_set(value, '{upto}', '0') where key = 'duplicates_check';

-- Merges done in one act are undone in one: the number of its first. Null: one card went.
alter table merges add column act_id bigint;
create index merges_of_act on merges (act_id, id) where act_id is not null;
