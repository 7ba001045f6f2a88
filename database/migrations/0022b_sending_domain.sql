-- From which of our domains a mail left; null: before it was recorded, or not yet.
alter table messages add column from_domain text;

-- Numbers by day know the sending domain, and their providers are those of the sending lanes: counted anew from the messages.
drop table delivery_days;
create table delivery_days (
  day date not null,
  provider text not null,
  domain text not null,
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
  primary key (day, provider, domain, sender_id, campaign_id, journey_id, source)
);
delete from settings where key = 'deliveries_counted';
