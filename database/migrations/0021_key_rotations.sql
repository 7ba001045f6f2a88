-- One change of a signing key of a sending domain: the new key while its record is awaited, afterwards the old one while
-- mails on the way still need it. The keys that sign stand in sending_domains.
create table key_rotations (
  id bigint generated always as identity primary key,
  sending_domain_id bigint not null references sending_domains (id) on delete cascade,
  algorithm text not null check (algorithm in ('rsa', 'ed25519')),
  started_at timestamptz not null,
  started_by_itself boolean not null default false,
  new_selector text not null,
  new_public_key text not null,
  new_private_key text,                     -- encrypted with SECRET_KEY; null once it signs or was given up
  seen_at timestamptz,                      -- since when every look found the new key in the DNS
  signs_since timestamptz,
  given_up_at timestamptz,
  old_selector text,                        -- of the key that signed before
  old_public_key text,
  remove_after timestamptz,                 -- mails signed with the old key are too old to matter from then on
  gone_at timestamptz,                      -- the old record was not in the DNS any more
  checked_at timestamptz,
  last_seen text check (last_seen in ('seen', 'partly', 'not_seen', 'unknown')), -- at the last look, of the key that is looked for
  next_check_at timestamptz,                -- null: nothing is left to look for
  constraint key_rotations_private check (new_private_key is null = (signs_since is not null or given_up_at is not null))
);
create unique index key_rotations_waiting on key_rotations (sending_domain_id, algorithm) where signs_since is null and given_up_at is null;
create index key_rotations_domain on key_rotations (sending_domain_id, id desc);
create index key_rotations_due on key_rotations (next_check_at) where next_check_at is not null;
