/** Campaigns, journeys, templates, pools, pipelines and stages 1 and 2, so that conditions can name them. */
export const worldRows = `
  truncate pipelines, coupon_pools, journeys, campaigns, templates restart identity cascade;
  insert into templates (name) values ('one'), ('two');
  insert into template_versions (template_id, number, document) values (1, 1, '{}'), (2, 1, '{}');
  insert into campaigns (name) values ('one'), ('two');
  insert into journeys (name, draft) values ('one', '{"steps": {"a": {}, "b": {}}}'), ('two', '{"steps": {"a": {}, "b": {}}}');
  insert into journey_versions (journey_id, number, graph) values (1, 1, '{}'), (2, 1, '{}');
  insert into coupon_pools (name, kind) values ('one', 'list'), ('two', 'list');
  insert into pipelines (name) values ('one'), ('two');
  insert into stages (pipeline_id, name) values (1, 'new'), (2, 'new');
`
