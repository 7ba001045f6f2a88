-- How mails of a day fared, by receiving provider, sender, campaign or journey and source of the contact. 0: none. See docs/decisions/0027.
create table delivery_days (
  day date not null,
  provider text not null,
  sender_id bigint not null,
  campaign_id bigint not null,
  journey_id bigint not null,
  source text not null,
  sent bigint not null,
  bounced_hard bigint not null,
  bounced_soft bigint not null,
  complained bigint not null,
  opened bigint not null,
  opened_by_machines bigint not null,
  clicked bigint not null,
  clicked_by_machines bigint not null,
  unsubscribed bigint not null,
  primary key (day, provider, sender_id, campaign_id, journey_id, source)
);
