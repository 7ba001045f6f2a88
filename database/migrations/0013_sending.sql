-- A second DKIM key of a sending domain (Ed25519, RFC 8463) with a selector of its own. It signs once it was seen in the DNS.
alter table sending_domains
  add column second_selector text,
  add column second_private_key text,
  add column second_public_key text,
  add column second_seen_at timestamptz;
