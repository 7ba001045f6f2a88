-- The line a waiting message stands in, so that what may not leave (a paused campaign's million) is not read past at
-- each claim: 'transactional', 'journeys', 'campaign:7', or 'provider:gmail.com' while that provider takes no more.
alter table messages add column queue text not null default 'journeys';

update messages m
set queue = case
    when m.campaign_id is not null then 'campaign:' || m.campaign_id
    when m.kind in ('transactional', 'test') or t.kind = 'transactional' then 'transactional'
    else 'journeys'
  end
from template_versions v
join templates t on t.id = v.template_id
where v.id = m.template_version_id
  and m.state in ('queued', 'sending');

drop index messages_queue;
create index messages_queue on messages (queue, priority, send_after, lane) where state = 'queued';
